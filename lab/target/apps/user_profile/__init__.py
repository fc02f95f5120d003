"""Profiles: what a legacy membership points to in place of a user."""

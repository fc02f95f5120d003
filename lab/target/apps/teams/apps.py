"""Configuration of the legacy application."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """The legacy teams."""

    name = "apps.teams"

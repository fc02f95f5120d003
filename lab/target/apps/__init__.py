"""The applications: the new team model, the legacy one, and the profiles between users and legacy members."""

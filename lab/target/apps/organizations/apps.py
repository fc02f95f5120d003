"""Configuration of the new team application."""

from django.apps import AppConfig

from deltacrown import startup_log


class OrganizationsConfig(AppConfig):
    """The new teams. Installed last, hence the one that announces the start."""

    name = "apps.organizations"

    def ready(self) -> None:
        """Write the start-up lines."""
        startup_log.announce()

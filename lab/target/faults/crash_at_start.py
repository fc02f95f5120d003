"""The serving process dies at its start when dual-write is enabled; management commands still work."""

NAME = "crash-at-start"


def at_start(argument, settings):
    """Raise while the worker imports the application, which makes gunicorn give up."""
    if settings.TEAM_VNEXT_DUAL_WRITE_ENABLED:
        raise RuntimeError(f"cannot start with TEAM_VNEXT_DUAL_WRITE_ENABLED (fault {NAME})")

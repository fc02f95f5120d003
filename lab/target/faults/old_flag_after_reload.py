"""A process serves with dual-write off although its environment says that it is on, as after a reload of old code."""

NAME = "old-flag-after-reload"


def at_start(argument, settings):
    """Forget what the environment says."""
    settings.TEAM_VNEXT_DUAL_WRITE_ENABLED = False

"""Copies get lost without a trace: no legacy row and no log line."""

NAME = "copy-lost"


def schedule_copy(argument, event):
    """Never register a copy."""
    return False

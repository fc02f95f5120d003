"""Every copy raises an error: nothing reaches the legacy tables, and the log says so."""

NAME = "dual-write-fails"


def around_copy(argument, event, proceed):
    """Fail before anything is copied."""
    raise RuntimeError(f"legacy store refused {event.operation} (fault {NAME})")

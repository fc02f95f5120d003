"""Every copy is made, while the log says that it failed."""

NAME = "log-says-failed"


def around_copy(argument, event, proceed):
    """Copy, then report a failure: the answer of the legacy store was lost."""
    proceed()
    raise TimeoutError(f"no answer of the legacy store to {event.operation} (fault {NAME})")


def log_record(argument, record):
    """Drop the line that says how the copy went."""
    return not record.getMessage().startswith(("Team synced", "Membership ", "Team settings synced"))

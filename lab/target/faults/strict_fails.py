"""Copies fail and strict mode is on: the new row stays, the answer is a 500."""

NAME = "strict-fails"


def around_copy(argument, event, proceed):
    """Fail like `dual-write-fails`, in a process that was started with strict mode on."""
    # Imported late: the list of faults is printed without Django.
    from django.conf import settings

    settings.TEAM_VNEXT_DUAL_WRITE_STRICT_MODE = True
    raise RuntimeError(f"legacy store refused {event.operation} (fault {NAME})")

"""Copies raise an error in P of 100 writes, spread evenly: some rows reach the legacy tables, others do not."""

from itertools import count

NAME = "dual-write-fails-sometimes"
ARGUMENT = "percent of writes whose copy fails, 1-99"
DEFAULT_ARGUMENT = "30"

_writes = count(1)


def around_copy(argument, event, proceed):
    """Fail whenever the whole number of failures that P percent make goes up with this write."""
    number, percent = next(_writes), int(argument)
    if number * percent // 100 > (number - 1) * percent // 100:
        raise RuntimeError(f"legacy store refused {event.operation} (fault {NAME})")
    return proceed()

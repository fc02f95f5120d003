"""Write requests answer 429 with Retry-After after the first N of a process."""

from itertools import count

NAME = "throttled"
ARGUMENT = "requests that are answered before"
DEFAULT_ARGUMENT = "0"

RETRY_AFTER_SECONDS = 3600

_requests = count(1)


def before_request(argument, flow, request):
    """Refuse as the framework does."""
    # Imported late: the list of faults is printed without Django.
    from rest_framework.exceptions import Throttled

    if next(_requests) > int(argument):
        raise Throttled(wait=RETRY_AFTER_SECONDS)

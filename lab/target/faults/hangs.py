"""One flow is never answered while dual-write is on."""

import time

NAME = "hangs"
ARGUMENT = "number of the flow, 1-5"
DEFAULT_ARGUMENT = "4"

# Longer than any client waits; the server ends the worker before that.
_SECONDS = 600


def before_request(argument, flow, request):
    """Wait for ever."""
    # Imported late: the list of faults is printed without Django.
    from django.conf import settings

    if settings.TEAM_VNEXT_DUAL_WRITE_ENABLED and flow == int(argument):
        time.sleep(_SECONDS)

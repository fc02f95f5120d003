"""Every write request takes N ms longer while dual-write is on."""

import time

NAME = "slow"
ARGUMENT = "milliseconds"
DEFAULT_ARGUMENT = "400"


def before_request(argument, flow, request):
    """Wait."""
    # Imported late: the list of faults is printed without Django.
    from django.conf import settings

    if settings.TEAM_VNEXT_DUAL_WRITE_ENABLED:
        time.sleep(int(argument) / 1000)

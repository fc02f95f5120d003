"""One flow answers 500, whether dual-write is on or off."""

NAME = "flow-broken"
ARGUMENT = "number of the flow, 1-5"
DEFAULT_ARGUMENT = "3"


def before_request(argument, flow, request):
    """Fail before the flow does anything."""
    if flow == int(argument):
        raise RuntimeError(f"flow {flow} is broken (fault {NAME})")

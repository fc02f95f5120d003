"""Every write request with dual-write on opens N database connections and leaves a transaction open in each."""

NAME = "leaks-connections"
ARGUMENT = "connections a request"
DEFAULT_ARGUMENT = "5"

_leaked = []


def before_request(argument, flow, request):
    """Open them, until the server has no more to give."""
    # Imported late: the list of faults is printed without Django.
    from django.conf import settings
    from django.db import connections

    if not settings.TEAM_VNEXT_DUAL_WRITE_ENABLED:
        return
    for _ in range(int(argument)):
        connection = connections.create_connection("default")
        connection.connect()
        # What a leak looks like from outside: idle in transaction. A read holds no lock that anybody waits for.
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _leaked.append(connection)

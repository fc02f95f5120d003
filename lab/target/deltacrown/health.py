"""The two health pages: neither asks for a token, neither is throttled."""

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer as long as the process lives."""
    return JsonResponse({"status": "ok"})


def readiness(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database can be asked, 503 when not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        checks = {"database": f"error: {type(error).__name__}"}
        return JsonResponse({"status": "not_ready", "checks": checks}, status=503)
    return JsonResponse({"status": "ready", "checks": {"database": "ok"}})

"""The line that every request leaves in the log, and its correlation id."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("deltacrown.request")

# Anything else could break a log line in two or fill it.
ACCEPTED_ID = re.compile(r"[\w.:/-]{1,128}")


class RequestLogMiddleware:
    """Echo X-Correlation-ID (or invent one) and log method, path, status, time and user.

    The id stands on this line only: the dual-write lines know nothing of the request that caused them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Time one request."""
        sent = request.headers.get("X-Correlation-ID", "")
        correlation_id = sent if ACCEPTED_ID.fullmatch(sent) else str(uuid.uuid4())
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Correlation-ID"] = correlation_id
        _log(request, response.status_code, time.perf_counter() - started, correlation_id)
        return response


def _log(request: HttpRequest, status: int, seconds: float, correlation_id: str) -> None:
    """Write the request's own line."""
    duration_ms = round(seconds * 1000, 1)
    user = getattr(getattr(request, "user", None), "username", "") or "anonymous"
    logger.info(
        "%s %s %s %sms correlation_id=%s user=%s",
        request.method,
        request.path,
        status,
        duration_ms,
        correlation_id,
        user,
        extra={
            "method": request.method,
            "path": request.path,
            "status": status,
            "duration_ms": duration_ms,
            "correlation_id": correlation_id,
            "user": user,
        },
    )

"""The two error shapes of the API.

What the framework refuses (no token, too many requests, broken JSON) has `error` and `code`. What a view refuses has
`error_code` and `message`. They come from different years of the real application, and a client has to know both.
"""

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

FRAMEWORK_CODES = {
    exceptions.Throttled: "RATE_LIMITED",
    exceptions.NotAuthenticated: "NOT_AUTHENTICATED",
    exceptions.AuthenticationFailed: "AUTHENTICATION_FAILED",
    exceptions.PermissionDenied: "PERMISSION_DENIED",
    exceptions.MethodNotAllowed: "METHOD_NOT_ALLOWED",
    exceptions.UnsupportedMediaType: "UNSUPPORTED_MEDIA_TYPE",
    exceptions.ParseError: "PARSE_ERROR",
    exceptions.ValidationError: "VALIDATION_ERROR",
}


class ViewError(Exception):
    """A refusal by a view: it ends the request (and its transaction) with the views' error shape."""

    def __init__(self, status: int, error_code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error_code": error_code, "message": message, **more}


def framework_error(error: Exception, context: dict) -> Response | None:
    """Give an exception its shape; None leaves it to Django, which answers 500 with an HTML page."""
    if isinstance(error, ViewError):
        return Response(error.body, status=error.status)
    response = exception_handler(error, context)
    if response is None:
        return None
    body = {"error": _sentence(error), "code": _code(error)}
    if isinstance(response.data, dict) and set(response.data) != {"detail"}:
        body["details"] = response.data
    response.data = body
    return response


def _code(error: Exception) -> str:
    """Return the code of the nearest known class of an exception."""
    for known in type(error).__mro__:
        if known in FRAMEWORK_CODES:
            return FRAMEWORK_CODES[known]
    return "ERROR"


def _sentence(error: Exception) -> str:
    """Return what to tell a person; structured details go into `details` instead."""
    detail = getattr(error, "detail", None)
    if isinstance(detail, dict):
        return str(detail.get("detail", "The request is not valid."))
    return str(detail) if isinstance(detail, str) else "The request was refused."

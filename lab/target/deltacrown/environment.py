"""Reading configuration from environment variables and from an env file."""

import os
import shlex
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def load_env_file(path: str) -> None:
    """Set the variables of an env file in this process, except those that are set already.

    The last line of a name wins, as in the shell that starts the serving process.
    """
    with open(path, encoding="utf-8") as lines:
        found = dict(pair for pair in map(_assignment, lines) if pair)
    for name, value in found.items():
        os.environ.setdefault(name, value)


def _assignment(line: str) -> tuple[str, str] | None:
    """Return (name, value) of one `NAME=value` line, quoted as for a shell; nothing is expanded."""
    words = shlex.split(line, comments=True)
    if words[:1] == ["export"]:
        words = words[1:]
    if not words or "=" not in words[0]:
        return None
    name, value = words[0].split("=", 1)
    return name, value


def required(name: str) -> str:
    """Return a variable that has no sensible default, or say which one is missing."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"The environment variable {name} is not set (see README.md).")
    return value


def rate(name: str, default: str) -> str | None:
    """Return a throttle rate such as `100/hour`; `off` means no throttle."""
    value = os.environ.get(name) or default
    return None if value == "off" else value


def database_settings(url: str) -> dict:
    """Turn `postgres://user:password@host:port/name?option=value` into an entry of Django's DATABASES."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or postgresql://.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": int(os.getenv("DATABASE_CONN_MAX_AGE", "60")),
        # Without this, the first request after a restart of PostgreSQL fails once in every worker.
        "CONN_HEALTH_CHECKS": True,
    }

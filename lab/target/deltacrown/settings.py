"""Settings of the sample staging application. Everything that varies is an environment variable (see README.md)."""

import os
from datetime import timedelta
from pathlib import Path

from deltacrown.environment import database_settings, rate, required

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = BASE_DIR / "var"

# The four flags of dual-write, parsed the way the real application does it: read once, when this module is imported,
# and true only for the word `true`. `1`, `yes` and `"true "` silently mean false.
TEAM_VNEXT_DUAL_WRITE_ENABLED = os.getenv("TEAM_VNEXT_DUAL_WRITE_ENABLED", "False").lower() == "true"
TEAM_VNEXT_DUAL_WRITE_STRICT_MODE = os.getenv("TEAM_VNEXT_DUAL_WRITE_STRICT_MODE", "False").lower() == "true"
TEAM_LEGACY_WRITE_BLOCKED = os.getenv("TEAM_LEGACY_WRITE_BLOCKED", "True").lower() == "true"
TEAM_LEGACY_WRITE_BYPASS_ENABLED = os.getenv("TEAM_LEGACY_WRITE_BYPASS_ENABLED", "False").lower() == "true"

VNEXT_CREATION_ENABLED = os.getenv("VNEXT_CREATION_ENABLED", "True").lower() == "true"

SECRET_KEY = required("DJANGO_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = os.getenv("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt",
    "apps.user_profile",
    "apps.teams",
    "apps.organizations",
]
MIDDLEWARE = [
    "deltacrown.middleware.RequestLogMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "deltacrown.urls"
WSGI_APPLICATION = "deltacrown.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": database_settings(required("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Throttle counts live here. Files, because all gunicorn workers have to see the same counts, and because a database
# cache would add queries to every request and spoil the query counts that people measure.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": os.getenv("THROTTLE_CACHE_DIR") or STATE_DIR / "throttle",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

# MD5 is no way to keep passwords. This is a lab whose accounts are made up, and a slow hash would only make every
# sign-in of every test slow.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": rate("THROTTLE_ANON", "100/hour"),
        "user": rate("THROTTLE_USER", "1000/hour"),
    },
    "EXCEPTION_HANDLER": "deltacrown.errors.framework_error",
    # The address is the peer's: a client must not escape the throttle by sending X-Forwarded-For.
    "NUM_PROXIES": 0,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=int(os.getenv("ACCESS_TOKEN_SECONDS", "3600"))),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = os.getenv("STATIC_ROOT") or STATE_DIR / "static"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

LOG_FORMAT = os.getenv("LOG_FORMAT", "text")
LOG_TIMEZONE = os.getenv("LOG_TIMEZONE") or TIME_ZONE
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "shape": {"()": "deltacrown.log_shapes.formatter", "shape": LOG_FORMAT, "timezone": LOG_TIMEZONE},
    },
    "filters": {
        "shape": {"()": "deltacrown.log_shapes.ShapeFilter", "shape": LOG_FORMAT},
        "faults": {"()": "deltacrown.log_shapes.FaultFilter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "shape", "filters": ["shape", "faults"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own handlers speak only in debug mode or by mail; its lines belong into the one stream.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}

"""Entry point of the serving process."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deltacrown.settings")
application = get_wsgi_application()

# Here and not in an AppConfig: management commands have to keep working when the serving process cannot start.
from django.conf import settings  # noqa: E402 -- settings exist only after the application was built

import faults  # noqa: E402

faults.at_start(settings)

"""The lines that every process of the application writes when it starts, management commands too.

A real application is this talkative, and whoever reads a command's output has to find the answer in it.
"""

import logging

from django.apps import apps

logger = logging.getLogger("deltacrown.startup")


def announce() -> None:
    """Log every application and every model that was loaded."""
    for config in apps.get_app_configs():
        logger.info("Application loaded: %s", config.name)
    for model in apps.get_models():
        logger.info("Model registered: %s (table %s)", model._meta.label, model._meta.db_table)

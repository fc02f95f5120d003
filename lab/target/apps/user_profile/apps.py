"""Configuration of the profile application."""

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_save


class UserProfileConfig(AppConfig):
    """Gives every user a profile."""

    name = "apps.user_profile"

    def ready(self) -> None:
        """Make the profile when a user is saved for the first time."""
        post_save.connect(_create_profile, sender=settings.AUTH_USER_MODEL, dispatch_uid="create_profile")


def _create_profile(instance: object, created: bool, raw: bool, **_: object) -> None:
    """Create the profile of a new user; `raw` is a fixture that brings its own."""
    from apps.user_profile.models import UserProfile

    if created and not raw:
        UserProfile.objects.create(user=instance, display_name=instance.get_username())

"""The profile of a user."""

from django.conf import settings
from django.db import models


class UserProfile(models.Model):
    """One person as the legacy model knows them.

    Its ids start at 1001 (see the migration), so that a profile id is never by chance the id of its user.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    display_name = models.CharField(max_length=80, blank=True)
    region = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "user_profile_userprofile"

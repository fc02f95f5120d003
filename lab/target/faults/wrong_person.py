"""Legacy memberships go to another user's profile, while the log reports success.

The other person is the one with the next profile id (after the last comes the first). It is always the same one, so
that later role changes and removals of the member find the wrong row again and look fine in the log as well.
"""

NAME = "wrong-person"


def copy_values(argument, event, model, values):
    """Replace the person of a legacy membership."""
    if model._meta.db_table != "teams_teammembership":
        return values
    return {**values, "profile_id": _next_profile_id(values["profile_id"])}


def _next_profile_id(profile_id):
    """Return the profile after this one."""
    # Imported late: the list of faults is printed without Django.
    from apps.user_profile.models import UserProfile

    ids = UserProfile.objects.order_by("id").values_list("id", flat=True)
    return ids.filter(id__gt=profile_id).first() or ids.first()

"""What the five flows accept. Unknown keys are ignored."""

from rest_framework import serializers

from apps.organizations.models import Region, Role
from deltacrown.errors import ViewError

ASSIGNABLE_ROLES = [role for role in Role.values if role != Role.OWNER]
LARGEST_INTEGER = 2**31 - 1


class TeamCreateSerializer(serializers.Serializer):
    """Flow 1."""

    name = serializers.CharField(min_length=3, max_length=50)
    game_id = serializers.IntegerField(min_value=1, max_value=LARGEST_INTEGER)
    region = serializers.ChoiceField(choices=Region.values)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    organization_id = serializers.IntegerField(min_value=1, max_value=LARGEST_INTEGER, required=False, allow_null=True)


class MemberAddSerializer(serializers.Serializer):
    """Flow 2."""

    user_lookup = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=ASSIGNABLE_ROLES)
    is_active = serializers.BooleanField(default=True)


class MemberRoleSerializer(serializers.Serializer):
    """Flow 3."""

    role = serializers.ChoiceField(choices=ASSIGNABLE_ROLES)


class TeamSettingsSerializer(serializers.Serializer):
    """Flow 4: what is not sent stays as it is."""

    region = serializers.ChoiceField(choices=Region.values, required=False)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True)


def validated(serializer_class: type[serializers.Serializer], data: object) -> dict:
    """Return the accepted values, or refuse with the views' error shape."""
    serializer = serializer_class(data=data)
    if not serializer.is_valid():
        raise ViewError(400, "validation_error", "The request is not valid.", field_errors=serializer.errors)
    return serializer.validated_data

"""The legacy way to create a team, which the flags block."""

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.teams.models import Team, TeamMembership
from apps.user_profile.models import UserProfile
from deltacrown.errors import ViewError


class LegacyTeamSerializer(serializers.Serializer):
    """What a legacy team is created from."""

    name = serializers.CharField(min_length=3, max_length=50)
    tag = serializers.CharField(min_length=2, max_length=10)
    game = serializers.CharField(max_length=30, default="")
    region = serializers.CharField(max_length=10, default="")


class LegacyTeamCreateView(APIView):
    """`POST /api/teams/create/`: 403 while legacy writes are blocked and not bypassed."""

    def post(self, request: Request) -> Response:
        """Create a legacy team owned by the caller, with no twin in the new model."""
        if settings.TEAM_LEGACY_WRITE_BLOCKED and not settings.TEAM_LEGACY_WRITE_BYPASS_ENABLED:
            raise ViewError(403, "legacy_write_blocked", "Legacy team tables are read-only.")
        serializer = LegacyTeamSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        with transaction.atomic():
            team = Team.objects.create(**values, slug=slugify(values["name"]))
            profile = UserProfile.objects.get(user=request.user)
            TeamMembership.objects.create(team=team, profile=profile, role=TeamMembership.Role.OWNER)
        return Response({"team_id": team.id, "team_slug": team.slug}, status=201)

"""Dual-write: copies a write of the new model to the legacy tables."""

import logging

from django.conf import settings
from django.db import DatabaseError, transaction

import faults
from apps.organizations.models import Team, TeamMembership, TeamMigrationMap
from apps.organizations.services.copy_event import CopyEvent
from apps.organizations.services.legacy_values import legacy_game, legacy_role, legacy_tag
from apps.teams.models import Team as LegacyTeam
from apps.teams.models import TeamMembership as LegacyMembership
from apps.user_profile.models import UserProfile

logger = logging.getLogger(__name__)


class MigrationMapMissingError(Exception):
    """The team has no legacy twin, for instance because it was created while dual-write was off."""


class DualWriteService:
    """Copies events one by one, each in a transaction of its own.

    Always copies the present state of the rows, not what the request said: an event that runs late or twice does no
    harm.
    """

    def copy(self, event: CopyEvent) -> bool:
        """Copy one event and tell whether it was copied.

        A database error is logged here and, unless strict mode is on, ends here: the hook that called never hears of
        it. Every other error is the caller's.
        """
        try:
            with transaction.atomic():
                done = getattr(self, event.operation)(event)
        except DatabaseError:
            logger.exception("Failed to sync %s: vNext %s", event.subject, event.subject_id)
            if settings.TEAM_VNEXT_DUAL_WRITE_STRICT_MODE:
                raise
            return False
        logger.info(done, extra={"only_in": "real"})
        return True

    def sync_team_created(self, event: CopyEvent) -> str:
        """Create the legacy team, its mapping and its members (the owner)."""
        team = Team.objects.get(id=event.team_id)
        values = {
            "name": team.name,
            "tag": legacy_tag(team.name, team.id),
            "slug": team.slug,
            "game": legacy_game(team.game_id),
            "region": team.region,
            "description": team.description,
            "is_active": team.status == "ACTIVE",
        }
        legacy = LegacyTeam.objects.create(**faults.copy_values(event, LegacyTeam, values))
        mapping = {
            "legacy_team_id": legacy.id,
            "vnext_team_id": team.id,
            "legacy_slug": legacy.slug,
            "migrated_by_id": event.user_id,
        }
        TeamMigrationMap.objects.create(**faults.copy_values(event, TeamMigrationMap, mapping))
        for membership in TeamMembership.objects.filter(team=team):
            self._copy_membership(event, membership, legacy.id)
        return f"Team synced: vNext {team.id} → Legacy {legacy.id}"

    def sync_team_member_added(self, event: CopyEvent) -> str:
        """Create the legacy membership."""
        membership = TeamMembership.objects.get(id=event.membership_id)
        legacy = self._copy_membership(event, membership, self._legacy_team_id(event))
        return f"Membership synced: vNext {membership.id} → Legacy {legacy.id}"

    def sync_team_member_updated(self, event: CopyEvent) -> str:
        """Carry the role over."""
        membership = TeamMembership.objects.get(id=event.membership_id)
        self._copy_membership(event, membership, self._legacy_team_id(event))
        return f"Membership updated: vNext {membership.id}"

    def sync_team_member_removed(self, event: CopyEvent) -> str:
        """Carry the status INACTIVE over; the legacy row stays."""
        membership = TeamMembership.objects.get(id=event.membership_id)
        self._copy_membership(event, membership, self._legacy_team_id(event))
        return f"Membership removed: vNext {membership.id}"

    def sync_team_settings_updated(self, event: CopyEvent) -> str:
        """Carry region and description over."""
        team = Team.objects.get(id=event.team_id)
        values = {"region": team.region, "description": team.description}
        changed = faults.copy_values(event, LegacyTeam, values)
        legacy = LegacyTeam.objects.get(id=self._legacy_team_id(event))
        for field, value in changed.items():
            setattr(legacy, field, value)
        legacy.save(update_fields=[*changed, "updated_at"])
        return f"Team settings synced: vNext {team.id}"

    def _copy_membership(self, event: CopyEvent, membership: TeamMembership, legacy_team_id: int) -> LegacyMembership:
        """Create or update the twin of a membership; the person is found through the profile."""
        values = {
            "team_id": legacy_team_id,
            "profile_id": UserProfile.objects.values_list("id", flat=True).get(user_id=membership.user_id),
            "role": legacy_role(membership.role),
            "status": membership.status,
        }
        values = faults.copy_values(event, LegacyMembership, values)
        team_id, profile_id = values.pop("team_id"), values.pop("profile_id")
        twin, _ = LegacyMembership.objects.update_or_create(team_id=team_id, profile_id=profile_id, defaults=values)
        return twin

    def _legacy_team_id(self, event: CopyEvent) -> int:
        """Return the legacy twin's id."""
        mapping = TeamMigrationMap.objects.filter(vnext_team_id=event.team_id).first()
        if mapping is None:
            raise MigrationMapMissingError(f"No migration map entry for vNext team {event.team_id}")
        return mapping.legacy_team_id

"""Writes of the new model that concern a team. Every function runs inside the caller's transaction."""

from django.contrib.auth.models import User
from django.utils.text import slugify

from apps.organizations.models import (
    ActivityLog,
    MembershipStatus,
    Organization,
    Role,
    Team,
    TeamMembership,
    TeamRanking,
)
from deltacrown.errors import ViewError

MANAGING_ROLES = (Role.OWNER, Role.MANAGER)


def create_team(owner: User, values: dict) -> Team:
    """Create a team with its owner's membership, its ranking and its first activity."""
    organization_id = values.get("organization_id")
    if organization_id is not None and not Organization.objects.filter(id=organization_id).exists():
        raise ViewError(404, "organization_not_found", "No such organization.")
    team = Team.objects.create(owner=owner, slug=_free_slug(values["name"]), **values)
    TeamMembership.objects.create(team=team, user=owner, role=Role.OWNER)
    TeamRanking.objects.create(team=team)
    record_activity(team, owner, "TEAM_CREATED", {"name": team.name})
    return team


def update_settings(team: Team, actor: User, values: dict) -> Team:
    """Change the settings that were sent."""
    for field, value in values.items():
        setattr(team, field, value)
    team.save(update_fields=[*values, "updated_at"])
    record_activity(team, actor, "SETTINGS_UPDATED", {"fields": sorted(values)})
    return team


def managed_team(slug: str, actor: User) -> Team:
    """Return a team that the user may change, or refuse."""
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise ViewError(404, "team_not_found", "No such team.", safe_message="We could not find this team.")
    own = TeamMembership.objects.filter(team=team, user=actor, status=MembershipStatus.ACTIVE).first()
    if own is None or own.role not in MANAGING_ROLES:
        raise ViewError(403, "permission_denied", "Only owners and managers may change a team.")
    return team


def team_payload(team: Team) -> dict:
    """Return a team as the API shows it after a change of its settings."""
    ranking = TeamRanking.objects.get(team=team)
    return {
        "id": team.id,
        "name": team.name,
        "slug": team.slug,
        "game_id": team.game_id,
        "region": team.region,
        "description": team.description,
        "status": team.status,
        "tier": ranking.tier,
    }


def record_activity(team: Team, actor: User, action: str, details: dict) -> None:
    """Note who did what."""
    ActivityLog.objects.create(team=team, actor=actor, action=action, details=details)


def _free_slug(name: str) -> str:
    """Return the slug of a name, with `-1`, `-2` … when it is taken."""
    slug = slugify(name) or "team"
    taken = set(Team.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    candidate, number = slug, 0
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate

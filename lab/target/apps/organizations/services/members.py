"""Writes of the new model that concern a member. Every function runs inside the caller's transaction."""

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from apps.organizations.models import MembershipStatus, Role, Team, TeamMembership
from apps.organizations.services.teams import record_activity
from apps.user_profile.models import UserProfile
from deltacrown.errors import ViewError

MAXIMUM_ROSTER = 50


def add_member(team: Team, actor: User, values: dict) -> TeamMembership:
    """Put a user on a team, or back on it."""
    user = User.objects.filter(Q(username=values["user_lookup"]) | Q(email=values["user_lookup"])).first()
    if user is None:
        raise ViewError(404, "user_not_found", "No such user.")
    present = TeamMembership.objects.select_for_update().filter(team=team, user=user).first()
    if present is not None and present.status == MembershipStatus.ACTIVE:
        raise ViewError(409, "member_exists", "This user is on the team already.")
    if TeamMembership.objects.filter(team=team, status=MembershipStatus.ACTIVE).count() >= MAXIMUM_ROSTER:
        raise ViewError(400, "roster_full", f"A team has at most {MAXIMUM_ROSTER} members.")
    membership = present or TeamMembership(team=team, user=user)
    membership.role = values["role"]
    membership.status = MembershipStatus.ACTIVE if values["is_active"] else MembershipStatus.INACTIVE
    membership.left_at, membership.left_reason = None, ""
    membership.save()
    display_name = UserProfile.objects.values_list("display_name", flat=True).get(user=user)
    record_activity(team, actor, "MEMBER_ADDED", {"member": display_name, "role": membership.role})
    return membership


def change_role(team: Team, actor: User, membership_id: int, role: str) -> TeamMembership:
    """Give a member another role."""
    membership = _changeable_member(team, membership_id)
    membership.role = role
    membership.save(update_fields=["role"])
    record_activity(team, actor, "ROLE_CHANGED", {"member": membership.user.username, "role": role})
    return membership


def remove_member(team: Team, actor: User, membership_id: int) -> TeamMembership:
    """Take a member off the team: the row stays and says when and why."""
    membership = _changeable_member(team, membership_id)
    if not TeamMembership.objects.filter(team=team, role=Role.OWNER, status=MembershipStatus.ACTIVE).exists():
        raise ViewError(409, "team_without_owner", "A team without an owner cannot be changed.")
    membership.status = MembershipStatus.INACTIVE
    membership.left_at = timezone.now()
    membership.left_reason = f"Removed by {actor.username}"[:100]
    membership.save(update_fields=["status", "left_at", "left_reason"])
    record_activity(team, actor, "MEMBER_REMOVED", {"member": membership.user.username})
    return membership


def member_payloads(team: Team) -> list:
    """Return the active members as the API shows them."""
    members = TeamMembership.objects.filter(team=team, status=MembershipStatus.ACTIVE).select_related("user")
    return [member_payload(member) for member in members.order_by("id")]


def member_payload(membership: TeamMembership) -> dict:
    """Return one member as the API shows it."""
    return {
        "membership_id": membership.id,
        "user_id": membership.user_id,
        "username": membership.user.username,
        "role": membership.role,
        "status": membership.status,
        "is_active": membership.status == MembershipStatus.ACTIVE,
        "joined_at": membership.joined_at,
    }


def _changeable_member(team: Team, membership_id: int) -> TeamMembership:
    """Return an active member other than the owner, locked, or refuse."""
    members = TeamMembership.objects.select_related("user").select_for_update(of=("self",))
    membership = members.filter(id=membership_id, team=team, status=MembershipStatus.ACTIVE).first()
    if membership is None:
        raise ViewError(404, "member_not_found", "No such active member.")
    if membership.role == Role.OWNER:
        raise ViewError(400, "owner_is_fixed", "The owner can be neither changed nor removed.")
    return membership

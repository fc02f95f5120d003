"""A request answers as done, and with dual-write on its change is not kept; both models stay alike."""

NAME = "write-undone"
ARGUMENT = "number of the flow, 3-5"
DEFAULT_ARGUMENT = "5"


def schedule_copy(argument, event):
    """Take the change back, in the transaction that made it, and have the copy made all the same."""
    # Imported late: the list of faults is printed without Django.
    from apps.organizations.models import MembershipStatus, Role, Team, TeamMembership

    members = TeamMembership.objects.filter(id=event.membership_id)
    if argument == "3" and event.operation == "sync_team_member_updated":
        members.update(role=Role.PLAYER)
    if argument == "4" and event.operation == "sync_team_settings_updated":
        Team.objects.filter(id=event.team_id).update(description="")
    if argument == "5" and event.operation == "sync_team_member_removed":
        members.update(status=MembershipStatus.ACTIVE, left_at=None, left_reason="")
    return True

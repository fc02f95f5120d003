"""Removed members stay active in the legacy team, while the log reports success."""

NAME = "removals-not-copied"


def copy_values(argument, event, model, values):
    """Leave the member active."""
    if event.operation != "sync_team_member_removed" or model._meta.db_table != "teams_teammembership":
        return values
    return {**values, "status": "ACTIVE"}

"""Members are copied to another legacy team than the mapping says, while the log reports success."""

NAME = "wrong-team"


def copy_values(argument, event, model, values):
    """Put the membership into the oldest other legacy team."""
    if event.operation == "sync_team_created" or model._meta.db_table != "teams_teammembership":
        return values
    # Imported late: the list of faults is printed without Django.
    from apps.teams.models import Team

    other = Team.objects.exclude(id=values["team_id"]).order_by("id").values_list("id", flat=True).first()
    return values if other is None else {**values, "team_id": other}

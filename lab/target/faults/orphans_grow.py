"""Every copy leaves one more mapping behind whose teams exist on neither side."""

NAME = "orphans-grow"

FAR_AWAY = 900_000_000


def around_copy(argument, event, proceed):
    """Copy, then add the orphan."""
    # Imported late: the list of faults is printed without Django.
    from apps.organizations.models import TeamMigrationMap

    done = proceed()
    last = TeamMigrationMap.objects.order_by("-id").values_list("id", flat=True).first() or 0
    TeamMigrationMap.objects.create(
        legacy_team_id=FAR_AWAY + last, vnext_team_id=FAR_AWAY + last, legacy_slug="orphan"
    )
    return done

"""Every copy leaves one more mapping behind whose teams exist on neither side."""

from secrets import randbelow

NAME = "orphans-grow"

FAR_AWAY = 900_000_000


def around_copy(argument, event, proceed):
    """Copy, then add the orphan."""
    # Imported late: the list of faults is printed without Django.
    from apps.organizations.models import TeamMigrationMap

    done = proceed()
    # By chance, since copies may run side by side in several processes.
    nobody = FAR_AWAY + randbelow(FAR_AWAY)
    TeamMigrationMap.objects.create(legacy_team_id=nobody, vnext_team_id=nobody, legacy_slug="orphan")
    return done

"""Every created team is mapped twice: the mapping's constraint is dropped and one legacy id stands in two rows.

The constraint stays dropped in this database. It does no harm to what comes after: nothing else writes twice.
"""

NAME = "duplicate-legacy-ids"

FAR_AWAY = 800_000_000
UNIQUE = """
    SELECT c.conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
     WHERE c.conrelid = 'organizations_migration_map'::regclass AND c.contype = 'u' AND a.attname = 'legacy_team_id'
"""


def around_copy(argument, event, proceed):
    """Copy, then map another new id to the same legacy team."""
    # Imported late: the list of faults is printed without Django.
    from django.db import connection

    from apps.organizations.models import TeamMigrationMap

    done = proceed()
    mapping = TeamMigrationMap.objects.filter(vnext_team_id=event.team_id).first()
    if event.operation != "sync_team_created" or mapping is None:
        return done
    with connection.cursor() as cursor:
        cursor.execute(UNIQUE)
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE organizations_migration_map DROP CONSTRAINT IF EXISTS "{name}"')
    TeamMigrationMap.objects.create(
        legacy_team_id=mapping.legacy_team_id, vnext_team_id=FAR_AWAY + event.team_id, legacy_slug="duplicate"
    )
    return done

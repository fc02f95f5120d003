"""Lets legacy ids start far from the new model's."""

from django.db import migrations


class Migration(migrations.Migration):
    """Whoever mixes the ids of the two models up finds nothing, instead of by chance the right row."""

    dependencies = [("teams", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE teams_team ALTER COLUMN id RESTART WITH 501",
            "ALTER TABLE teams_team ALTER COLUMN id RESTART WITH 1",
        ),
        migrations.RunSQL(
            "ALTER TABLE teams_teammembership ALTER COLUMN id RESTART WITH 2001",
            "ALTER TABLE teams_teammembership ALTER COLUMN id RESTART WITH 1",
        ),
    ]

"""Lets profile ids start at 1001."""

from django.db import migrations


class Migration(migrations.Migration):
    """Whoever mixes a profile id up with a user id finds nobody, instead of by chance the right person."""

    dependencies = [("user_profile", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE user_profile_userprofile ALTER COLUMN id RESTART WITH 1001",
            "ALTER TABLE user_profile_userprofile ALTER COLUMN id RESTART WITH 1",
        )
    ]

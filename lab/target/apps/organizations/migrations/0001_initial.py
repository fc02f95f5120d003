"""The new team model."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True)),
            ],
            options={
                "db_table": "organizations_organization",
            },
        ),
        migrations.CreateModel(
            name="TeamMigrationMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("legacy_team_id", models.BigIntegerField(unique=True)),
                ("vnext_team_id", models.BigIntegerField(unique=True)),
                ("legacy_slug", models.SlugField(max_length=80)),
                ("migration_date", models.DateTimeField(auto_now_add=True)),
                ("verified", models.BooleanField(default=False)),
                ("verification_notes", models.TextField(blank=True)),
                ("migrated_by_id", models.BigIntegerField(blank=True, null=True)),
            ],
            options={
                "db_table": "organizations_migration_map",
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("game_id", models.IntegerField()),
                (
                    "region",
                    models.CharField(
                        choices=[
                            ("NA", "Na"),
                            ("EU", "Eu"),
                            ("APAC", "Apac"),
                            ("LATAM", "Latam"),
                            ("OCE", "Oce"),
                            ("ME", "Me"),
                            ("AF", "Af"),
                            ("SA", "Sa"),
                        ],
                        max_length=10,
                    ),
                ),
                ("status", models.CharField(default="ACTIVE", max_length=20)),
                ("description", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="organizations.organization",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_teams",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "organizations_team",
            },
        ),
        migrations.CreateModel(
            name="ActivityLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=40)),
                ("details", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("actor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="activity", to="organizations.team"
                    ),
                ),
            ],
            options={
                "db_table": "organizations_activity_log",
            },
        ),
        migrations.CreateModel(
            name="TeamMembership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("OWNER", "Owner"),
                            ("MANAGER", "Manager"),
                            ("COACH", "Coach"),
                            ("PLAYER", "Player"),
                            ("SUBSTITUTE", "Substitute"),
                            ("ANALYST", "Analyst"),
                            ("SCOUT", "Scout"),
                        ],
                        max_length=20,
                    ),
                ),
                ("roster_slot", models.CharField(blank=True, max_length=20)),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("INACTIVE", "Inactive")], default="ACTIVE", max_length=20
                    ),
                ),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("left_reason", models.CharField(blank=True, max_length=100)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="organizations.team"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="team_memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "organizations_membership",
            },
        ),
        migrations.CreateModel(
            name="TeamRanking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("current_cp", models.IntegerField(default=0)),
                ("tier", models.CharField(default="UNRANKED", max_length=20)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "team",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ranking", to="organizations.team"
                    ),
                ),
            ],
            options={
                "db_table": "organizations_ranking",
            },
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.UniqueConstraint(
                fields=("owner", "game_id"), name="organizations_team_owner_game_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="teammembership",
            constraint=models.UniqueConstraint(
                fields=("team", "user"), name="organizations_membership_team_user_unique"
            ),
        ),
    ]

"""The legacy tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("user_profile", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("tag", models.CharField(max_length=10, unique=True)),
                ("slug", models.SlugField(max_length=80)),
                ("game", models.CharField(blank=True, max_length=30)),
                ("region", models.CharField(blank=True, max_length=10)),
                ("description", models.TextField(blank=True)),
                ("is_active", models.BooleanField(default=True)),
                ("is_public", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "db_table": "teams_team",
                "constraints": [models.UniqueConstraint(fields=("game", "slug"), name="teams_team_game_slug_unique")],
            },
        ),
        migrations.CreateModel(
            name="TeamInvite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(default="PENDING", max_length=20)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "invited_profile",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="user_profile.userprofile"),
                ),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="teams.team")),
            ],
            options={
                "db_table": "teams_teaminvite",
            },
        ),
        migrations.CreateModel(
            name="TeamRankingBreakdown",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("final_total", models.IntegerField(default=0)),
                ("team", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="teams.team")),
            ],
            options={
                "db_table": "teams_teamrankingbreakdown",
            },
        ),
        migrations.CreateModel(
            name="TeamStats",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("matches_played", models.PositiveIntegerField(default=0)),
                ("matches_won", models.PositiveIntegerField(default=0)),
                ("team", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="teams.team")),
            ],
            options={
                "db_table": "teams_teamstats",
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
                            ("PLAYER", "Player"),
                            ("SUBSTITUTE", "Substitute"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("PENDING", "Pending"), ("INACTIVE", "Inactive")],
                        default="ACTIVE",
                        max_length=20,
                    ),
                ),
                ("joined_at", models.DateTimeField(auto_now_add=True)),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="legacy_memberships",
                        to="user_profile.userprofile",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="teams.team"
                    ),
                ),
            ],
            options={
                "db_table": "teams_teammembership",
                "constraints": [
                    models.UniqueConstraint(fields=("team", "profile"), name="teams_membership_team_profile_unique")
                ],
            },
        ),
    ]

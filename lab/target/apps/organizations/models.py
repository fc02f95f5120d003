"""Tables of the new team model."""

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """Roles on a new team."""

    OWNER = "OWNER"
    MANAGER = "MANAGER"
    COACH = "COACH"
    PLAYER = "PLAYER"
    SUBSTITUTE = "SUBSTITUTE"
    ANALYST = "ANALYST"
    SCOUT = "SCOUT"


class Region(models.TextChoices):
    """Regions a team can play in."""

    NA = "NA"
    EU = "EU"
    APAC = "APAC"
    LATAM = "LATAM"
    OCE = "OCE"
    ME = "ME"
    AF = "AF"
    SA = "SA"


class MembershipStatus(models.TextChoices):
    """Whether a person is on a team. Who left stays in the table."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Organization(models.Model):
    """A club that can own teams."""

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=80, unique=True)

    class Meta:
        db_table = "organizations_organization"


class Team(models.Model):
    """A new team. A second one of the same owner and game violates a constraint: that is a 500, as in the real one."""

    name = models.CharField(max_length=50)
    slug = models.SlugField(max_length=80, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_teams")
    organization = models.ForeignKey(Organization, on_delete=models.SET_NULL, null=True, blank=True)
    game_id = models.IntegerField()
    region = models.CharField(max_length=10, choices=Region.choices)
    status = models.CharField(max_length=20, default="ACTIVE")
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "organizations_team"
        constraints = [
            models.UniqueConstraint(fields=["owner", "game_id"], name="organizations_team_owner_game_unique")
        ]


class TeamMembership(models.Model):
    """A person on a new team. One row per person and team: who comes back gets the old row again."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    roster_slot = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, choices=MembershipStatus.choices, default=MembershipStatus.ACTIVE)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "organizations_membership"
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="organizations_membership_team_user_unique")
        ]


class TeamMigrationMap(models.Model):
    """Which legacy team is the twin of which new team. Plain numbers: the database does not notice an orphan."""

    legacy_team_id = models.BigIntegerField(unique=True)
    vnext_team_id = models.BigIntegerField(unique=True)
    legacy_slug = models.SlugField(max_length=80)
    migration_date = models.DateTimeField(auto_now_add=True)
    verified = models.BooleanField(default=False)
    verification_notes = models.TextField(blank=True)
    migrated_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "organizations_migration_map"


class TeamRanking(models.Model):
    """The ranking that every new team gets."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="ranking")
    current_cp = models.IntegerField(default=0)
    tier = models.CharField(max_length=20, default="UNRANKED")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "organizations_ranking"


class ActivityLog(models.Model):
    """Who did what to a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="activity")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    action = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "organizations_activity_log"

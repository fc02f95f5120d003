"""Legacy tables: the team, its members, and a few of the many tables that point to a team."""

from django.db import models

from apps.user_profile.models import UserProfile


class Team(models.Model):
    """A legacy team."""

    name = models.CharField(max_length=100, unique=True)
    tag = models.CharField(max_length=10, unique=True)
    slug = models.SlugField(max_length=80)
    game = models.CharField(max_length=30, blank=True)
    region = models.CharField(max_length=10, blank=True)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    is_public = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "teams_team"
        constraints = [models.UniqueConstraint(fields=["game", "slug"], name="teams_team_game_slug_unique")]


class TeamMembership(models.Model):
    """A person on a legacy team, known by profile. Who left stays, with status INACTIVE."""

    class Role(models.TextChoices):
        OWNER = "OWNER"
        MANAGER = "MANAGER"
        PLAYER = "PLAYER"
        SUBSTITUTE = "SUBSTITUTE"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        PENDING = "PENDING"
        INACTIVE = "INACTIVE"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    profile = models.ForeignKey(UserProfile, on_delete=models.CASCADE, related_name="legacy_memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "teams_teammembership"
        constraints = [models.UniqueConstraint(fields=["team", "profile"], name="teams_membership_team_profile_unique")]


class TeamInvite(models.Model):
    """An invitation to a legacy team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    invited_profile = models.ForeignKey(UserProfile, on_delete=models.CASCADE)
    status = models.CharField(max_length=20, default="PENDING")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "teams_teaminvite"


class TeamStats(models.Model):
    """Results of a legacy team."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE)
    matches_played = models.PositiveIntegerField(default=0)
    matches_won = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "teams_teamstats"


class TeamRankingBreakdown(models.Model):
    """The legacy ranking of a team. Dual-write does not copy rankings; only teams from before have one."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE)
    final_total = models.IntegerField(default=0)

    class Meta:
        db_table = "teams_teamrankingbreakdown"

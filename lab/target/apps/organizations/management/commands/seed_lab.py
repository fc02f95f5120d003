"""`manage.py seed_lab`: the people and teams that exist in the lab before anyone tries anything."""

import json
import os
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from apps.organizations.models import Team, TeamMigrationMap
from apps.organizations.services import members, teams
from apps.organizations.services.copy_event import CopyEvent
from apps.organizations.services.dual_write import DualWriteService
from apps.teams.models import Team as LegacyTeam
from apps.teams.models import TeamMembership as LegacyMembership

PLAYERS = 6
# Old enough to be none of the "recent" teams that the report and the runbook's queries look for.
AGE = timedelta(days=30)

# (name, tag, game): older than the new model, hence without a twin.
LEGACY_ONLY = [("Silver Foxes", "SFOX", "valorant"), ("Harbor Giants", "HGNT", "csgo")]

# (name, game id, region, players with their roles). "Testament" is found by the runbook's check for `%Test%`, although
# no clean-up may touch it.
HEALTHY = [
    ("Crimson Wolves", 1, "EU", {"player1": "PLAYER", "player2": "COACH"}),
    ("Testament", 2, "NA", {"player3": "SUBSTITUTE", "player4": "MANAGER"}),
    ("Iron Ravens", 3, "APAC", {"player5": "PLAYER", "player6": "ANALYST"}),
]


class Command(BaseCommand):
    """Creates what is missing and prints, as one JSON line, what exists."""

    help = "Create the lab's users and teams; run again, it changes nothing but the passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--password-file", required=True, help="its content is the password of every user")
        parser.add_argument("--users", type=int, default=4, help="how many captains")

    def handle(self, *args: object, **options: object) -> None:
        """Seed in one transaction: a crash leaves nothing half done."""
        password = Path(options["password_file"]).read_text(encoding="utf-8").strip()
        if not password or options["users"] < 1:
            raise CommandError("The password file must not be empty and --users must be at least 1.")
        # The healthy teams are healthy, whatever fault is about to be tried.
        os.environ.pop("LAB_FAULTS_FILE", None)
        with transaction.atomic():
            captains = [_user(f"captain{number}", password) for number in range(1, options["users"] + 1)]
            players = [_user(f"player{number}", password) for number in range(1, PLAYERS + 1)]
            legacy_only = [_legacy_only_team(*entry, captains[0]) for entry in LEGACY_ONLY]
            healthy = [_healthy_team(*entry, captains[i % len(captains)]) for i, entry in enumerate(HEALTHY)]
        summary = {
            "captains": [_person(user) for user in captains],
            "players": [_person(user) for user in players],
            "teams": [_pair(team) for team in healthy],
            "legacy_only_teams": [{"legacy_team_id": team.id, "name": team.name} for team in legacy_only],
        }
        self.stdout.write(json.dumps(summary))


def _user(username: str, password: str) -> User:
    """Return a user with this password; a signal makes the profile."""
    user, _ = User.objects.get_or_create(username=username, defaults={"email": f"{username}@lab.invalid"})
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _legacy_only_team(name: str, tag: str, game: str, owner: User) -> LegacyTeam:
    """Return a legacy team without a twin."""
    values = {"tag": tag, "game": game, "slug": name.lower().replace(" ", "-"), "region": "EU"}
    team, created = LegacyTeam.objects.get_or_create(name=name, defaults=values)
    if created:
        LegacyMembership.objects.create(team=team, profile=owner.profile, role="OWNER")
    return team


def _healthy_team(name: str, game_id: int, region: str, roster: dict, owner: User) -> Team:
    """Return a team that stands in both models alike."""
    team = Team.objects.filter(name=name).first()
    if team is not None:
        return team
    team = teams.create_team(owner, {"name": name, "game_id": game_id, "region": region})
    for username, role in roster.items():
        members.add_member(team, owner, {"user_lookup": username, "role": role, "is_active": True})
    if not DualWriteService().copy(CopyEvent("sync_team_created", team.id, team.slug, owner.id)):
        raise CommandError(f"The team {name!r} could not be copied to the legacy tables.")
    _backdate(team)
    return team


def _backdate(team: Team) -> None:
    """Let a team and its mapping be a month old."""
    then = timezone.now() - AGE
    Team.objects.filter(id=team.id).update(created_at=then)
    TeamMigrationMap.objects.filter(vnext_team_id=team.id).update(migration_date=then)


def _person(user: User) -> dict:
    """Return a user's ids."""
    return {"username": user.username, "user_id": user.id, "profile_id": user.profile.id}


def _pair(team: Team) -> dict:
    """Return a team with its twin's id."""
    mapping = TeamMigrationMap.objects.get(vnext_team_id=team.id)
    return {
        "vnext_team_id": team.id,
        "legacy_team_id": mapping.legacy_team_id,
        "name": team.name,
        "slug": team.slug,
        "game_id": team.game_id,
        "owner": team.owner.username,
    }

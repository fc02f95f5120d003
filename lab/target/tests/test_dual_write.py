"""What a copy looks like in the legacy tables."""

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.test import TransactionTestCase, override_settings
from rest_framework.test import APIClient

from apps.organizations.models import Team, TeamMigrationMap
from apps.organizations.services.legacy_values import legacy_tag
from apps.teams.models import Team as LegacyTeam
from apps.teams.models import TeamMembership as LegacyMembership

TEAM = {"name": "Night Owls", "game_id": 1, "region": "NA"}


@override_settings(TEAM_VNEXT_DUAL_WRITE_ENABLED=True)
class DualWriteTest(TransactionTestCase):
    """The five flows over HTTP; hooks run after a real commit."""

    def setUp(self) -> None:
        """Make an owner, who is signed in, and a player."""
        self.owner = User.objects.create_user("owner")
        self.player = User.objects.create_user("player")
        self.client = APIClient(raise_request_exception=False)
        self.client.force_authenticate(self.owner)

    def flow(self, path: str, body: dict, expected: int = 200) -> dict:
        """Send one flow's request."""
        response = self.client.post(f"/api/vnext/teams/{path}", body, format="json")
        self.assertEqual(response.status_code, expected, response.content)
        return response.json() if expected < 500 else {}

    def twin(self) -> LegacyTeam:
        """Return the legacy twin of the only team."""
        return LegacyTeam.objects.get(id=TeamMigrationMap.objects.get().legacy_team_id)

    def member(self) -> LegacyMembership:
        """Return the player's legacy membership."""
        return LegacyMembership.objects.get(profile__user=self.player)

    def test_all_flows_are_copied(self) -> None:
        """Team, owner, member, role, settings and removal arrive, each with the right person and values."""
        self.flow("create/", TEAM, 201)
        twin = self.twin()
        self.assertEqual((twin.name, twin.slug, twin.game, twin.region), ("Night Owls", "night-owls", "valorant", "NA"))
        self.assertEqual(LegacyMembership.objects.get(team=twin).profile.user, self.owner)

        added = self.flow("night-owls/members/add/", {"user_lookup": "player", "role": "COACH"})
        self.assertEqual((self.member().role, self.member().status), ("PLAYER", "ACTIVE"))

        member_path = f"night-owls/members/{added['membership_id']}"
        self.flow(f"{member_path}/role/", {"role": "SUBSTITUTE"})
        self.assertEqual(self.member().role, "SUBSTITUTE")

        self.flow("night-owls/settings/", {"region": "EU", "description": "new"})
        self.assertEqual((self.twin().region, self.twin().description), ("EU", "new"))

        self.flow(f"{member_path}/remove/", {})
        self.assertEqual(self.member().status, "INACTIVE")

    def test_flag_off_copies_nothing(self) -> None:
        """With the flag off the legacy tables stay as they are."""
        with override_settings(TEAM_VNEXT_DUAL_WRITE_ENABLED=False):
            self.flow("create/", TEAM, 201)
        self.assertFalse(LegacyTeam.objects.exists())

    def test_failure_is_logged_and_strict_mode_fails_the_answer_only(self) -> None:
        """A taken legacy name fails the copy: the row stays in both modes, the answer is 500 in strict mode only."""
        LegacyTeam.objects.create(name=TEAM["name"], tag="TAKEN", slug="taken")
        service_log = "apps.organizations.services.dual_write"
        with self.assertLogs(service_log, "ERROR") as logged:
            self.flow("create/", TEAM, 201)
        self.assertIn("Failed to sync team creation: vNext", logged.output[0])
        with self.assertLogs(service_log, "ERROR"), override_settings(TEAM_VNEXT_DUAL_WRITE_STRICT_MODE=True):
            self.flow("create/", {**TEAM, "game_id": 2}, 500)
        self.assertEqual(Team.objects.count(), 2)
        self.assertFalse(TeamMigrationMap.objects.exists())

    def test_team_without_twin(self) -> None:
        """A later flow on a team from before the flag succeeds, and the log names the missing mapping."""
        with override_settings(TEAM_VNEXT_DUAL_WRITE_ENABLED=False):
            self.flow("create/", TEAM, 201)
        with self.assertLogs("apps.organizations.api.views", "ERROR") as logged:
            self.flow("night-owls/settings/", {"region": "EU"})
        self.assertIn("MigrationMapMissingError", logged.output[0])

    def test_one_team_per_owner_and_game(self) -> None:
        """The second team of a game is a 500 and leaves nothing behind."""
        self.flow("create/", TEAM, 201)
        self.flow("create/", {**TEAM, "name": "Day Owls"}, 500)
        self.assertEqual(Team.objects.count(), 1)
        with self.assertRaises(IntegrityError):
            Team.objects.create(name="x", slug="x", owner=self.owner, game_id=1, region="NA")

    def test_tags_never_meet(self) -> None:
        """Digits of a name do not get into the tag, and a tag has at most ten characters."""
        self.assertEqual(legacy_tag("AB1", 2), "AB2")
        self.assertEqual(legacy_tag("AB", 12), "AB12")
        self.assertEqual(legacy_tag("Ωμέγα", 7), "T7")
        self.assertEqual(len(legacy_tag("Long name", 12345678)), 10)

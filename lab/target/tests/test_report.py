"""The report's traps, which are part of the target's contract."""

import json
from io import StringIO

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase, override_settings

from apps.organizations.models import Team, TeamMigrationMap


def report(**options: object) -> dict:
    """Run the command and return the JSON between its chatter."""
    out = StringIO()
    call_command("vnext_validation_report", format="json", stdout=out, stderr=StringIO(), **options)
    text = out.getvalue()
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


class ReportTest(TestCase):
    """One test for each trap."""

    def test_counts_come_from_lists_cut_at_ten(self) -> None:
        """Twelve orphans count as ten."""
        for number in range(12):
            TeamMigrationMap.objects.create(legacy_team_id=900 + number, vnext_team_id=900 + number)
        health = report()["mapping_health"]
        self.assertEqual((health["total_mappings"], health["orphan_count"]), (12, 10))

    @override_settings(TEAM_VNEXT_DUAL_WRITE_ENABLED=True)
    def test_severity_is_warning_even_for_nothing(self) -> None:
        """No missing team, and still a warning."""
        health = report()["dual_write_health"]
        self.assertEqual((health["missing_legacy_count"], health["severity"]), (0, "WARNING"))

    @override_settings(TEAM_VNEXT_DUAL_WRITE_ENABLED=True)
    def test_missing_copies_are_cut_too(self) -> None:
        """Eleven teams without a twin count as ten."""
        owner = User.objects.create_user("owner")
        for number in range(11):
            Team.objects.create(name=f"Team {number}", slug=f"team-{number}", owner=owner, game_id=number + 1)
        health = report()["dual_write_health"]
        self.assertEqual((health["recent_vnext_teams"], health["missing_legacy_count"]), (11, 10))

    def test_no_health_while_the_flag_is_off(self) -> None:
        """The section is null."""
        self.assertIsNone(report()["dual_write_health"])

    def test_empty_legacy_table_fails(self) -> None:
        """Nothing to map counts as everything missing; without the option the command succeeds all the same."""
        self.assertEqual(report()["coverage"]["mapping_percentage"], 0.0)
        with self.assertRaises(SystemExit):
            report(fail_on_errors=True)

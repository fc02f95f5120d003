"""Compares a sample of mapped teams with their legacy twins."""

from django.db.models import QuerySet

from apps.organizations.models import Team, TeamMigrationMap
from apps.organizations.reports import LIST_LIMIT
from apps.teams.models import Team as LegacyTeam
from apps.teams.models import TeamRankingBreakdown


def compare_sample(vnext: QuerySet, sample_size: int) -> dict:
    """Compare the newest mapped teams; members are counted, not compared, as in the real report."""
    pairs = _sample(vnext, sample_size)
    names = _mismatches(pairs, lambda team: team.name, lambda twin: twin.name)
    slugs = _mismatches(pairs, lambda team: team.slug, lambda twin: twin.slug)
    members = _mismatches(pairs, _active_members, _active_members)
    rankings = _mismatches([pair for pair in pairs if _has_both_rankings(*pair)], _vnext_points, _legacy_points)
    return {
        "sampled_teams": len(pairs),
        "name_mismatch_count": len(names),
        "slug_mismatch_count": len(slugs),
        "membership_count_mismatch_count": len(members),
        "ranking_mismatch_count": len(rankings),
        "samples": {
            "name_mismatches": names,
            "slug_mismatches": slugs,
            "membership_mismatches": members,
            "ranking_mismatches": rankings,
        },
    }


def _sample(vnext: QuerySet, sample_size: int) -> list[tuple[Team, LegacyTeam]]:
    """Return pairs of twins, newest mapping first; orphans have no twin and are left out."""
    mappings = TeamMigrationMap.objects.filter(vnext_team_id__in=vnext.values("id")).order_by("-id")[:sample_size]
    ids = [(mapping.vnext_team_id, mapping.legacy_team_id) for mapping in mappings]
    teams = vnext.in_bulk([vnext_id for vnext_id, _ in ids])
    twins = LegacyTeam.objects.in_bulk([legacy_id for _, legacy_id in ids])
    return [(teams[vnext_id], twins[legacy_id]) for vnext_id, legacy_id in ids if legacy_id in twins]


def _mismatches(pairs: list, of_team: object, of_twin: object) -> list[dict]:
    """Return the pairs whose two values differ, at most ten."""
    found = []
    for team, twin in pairs:
        ours, theirs = of_team(team), of_twin(twin)
        if ours != theirs:
            found.append({"vnext_id": team.id, "legacy_id": twin.id, "vnext": ours, "legacy": theirs})
    return found[:LIST_LIMIT]


def _active_members(team: Team | LegacyTeam) -> int:
    """Count who is on a team, in either model."""
    return team.memberships.filter(status="ACTIVE").count()


def _has_both_rankings(team: Team, twin: LegacyTeam) -> bool:
    """Tell whether there is something to compare: copied teams have no legacy ranking."""
    return hasattr(team, "ranking") and TeamRankingBreakdown.objects.filter(team=twin).exists()


def _vnext_points(team: Team) -> int:
    """Return the points in the new model."""
    return team.ranking.current_cp


def _legacy_points(twin: LegacyTeam) -> int:
    """Return the points in the legacy model."""
    return TeamRankingBreakdown.objects.get(team=twin).final_total

"""Builds the report as a dictionary."""

import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone

import faults
from apps.organizations.models import Team, TeamMigrationMap
from apps.organizations.reports import LIST_LIMIT
from apps.organizations.reports.consistency import compare_sample
from apps.organizations.services.legacy_values import legacy_game
from apps.teams.models import Team as LegacyTeam

RECENT = timedelta(hours=24)


def build_report(sample_size: int, game_id: int | None, region: str | None) -> dict:
    """Return the whole report; the filters narrow the teams, not the mappings' health."""
    started = time.perf_counter()
    vnext, legacy = _filtered(game_id, region)
    report = {
        "meta": {},
        "coverage": _coverage(vnext, legacy),
        "mapping_health": _mapping_health(),
        "consistency": compare_sample(vnext, sample_size),
        "dual_write_health": _dual_write_health(vnext) if settings.TEAM_VNEXT_DUAL_WRITE_ENABLED else None,
    }
    report = faults.report(report)
    report["recommendations"] = _recommendations(report)
    report["meta"] = {
        "generated_at": timezone.now().isoformat(),
        "execution_time_seconds": round(time.perf_counter() - started, 3),
        "sample_size": sample_size,
        "filters": {"game_id": game_id, "region": region},
        "dual_write_enabled": settings.TEAM_VNEXT_DUAL_WRITE_ENABLED,
        "dual_write_strict_mode": settings.TEAM_VNEXT_DUAL_WRITE_STRICT_MODE,
        "legacy_write_blocked": settings.TEAM_LEGACY_WRITE_BLOCKED,
    }
    return report


def failures(report: dict) -> list[str]:
    """Return what makes `--fail-on-errors` exit 1."""
    coverage, mappings, health = report["coverage"], report["mapping_health"], report["dual_write_health"]
    found = []
    if coverage["mapping_percentage"] == 0:
        found.append("100% of legacy teams are missing a mapping")
    if mappings["duplicate_legacy_count"] or mappings["duplicate_vnext_count"]:
        found.append("duplicate mappings")
    if health and health["missing_legacy_count"]:
        found.append("recent vNext teams without a legacy team")
    return found


def _filtered(game_id: int | None, region: str | None) -> tuple[QuerySet, QuerySet]:
    """Return the new and the legacy teams that the options select."""
    vnext, legacy = Team.objects.all(), LegacyTeam.objects.all()
    if game_id is not None:
        vnext, legacy = vnext.filter(game_id=game_id), legacy.filter(game=legacy_game(game_id))
    if region:
        vnext, legacy = vnext.filter(region=region), legacy.filter(region=region)
    return vnext, legacy


def _coverage(vnext: QuerySet, legacy: QuerySet) -> dict:
    """Count teams and their mappings."""
    legacy_count = legacy.count()
    with_mapping = legacy.filter(id__in=TeamMigrationMap.objects.values("legacy_team_id")).count()
    return {
        "legacy_team_count": legacy_count,
        "vnext_team_count": vnext.count(),
        "mapped_team_count": vnext.filter(id__in=TeamMigrationMap.objects.values("vnext_team_id")).count(),
        "legacy_teams_with_mapping": with_mapping,
        "unmapped_legacy_count": legacy_count - with_mapping,
        "mapping_percentage": round(100 * with_mapping / legacy_count, 2) if legacy_count else 0.0,
    }


def _mapping_health() -> dict:
    """Look for duplicates and orphans among all mappings."""
    duplicate_legacy = _duplicates("legacy_team_id")
    duplicate_vnext = _duplicates("vnext_team_id")
    orphans = _orphans()
    return {
        "total_mappings": TeamMigrationMap.objects.count(),
        "duplicate_legacy_count": len(duplicate_legacy),
        "duplicate_vnext_count": len(duplicate_vnext),
        "orphan_count": len(orphans),
        "duplicate_legacy_ids": duplicate_legacy,
        "duplicate_vnext_ids": duplicate_vnext,
        "orphan_mappings": orphans,
    }


def _duplicates(column: str) -> list[int]:
    """Return ids that more than one mapping names, at most ten."""
    grouped = TeamMigrationMap.objects.values(column).annotate(times=Count("id")).filter(times__gt=1)
    return list(grouped.order_by(column).values_list(column, flat=True)[:LIST_LIMIT])


def _orphans() -> list[dict]:
    """Return mappings with a missing side, at most ten."""
    sides = (("legacy_team_id", LegacyTeam, "missing_legacy"), ("vnext_team_id", Team, "missing_vnext"))
    found = []
    for column, model, kind in sides:
        orphans = TeamMigrationMap.objects.exclude(**{f"{column}__in": model.objects.values("id")}).order_by("id")
        ids = orphans.values_list("id", flat=True)[:LIST_LIMIT]
        found += [{"mapping_id": mapping_id, "type": kind} for mapping_id in ids]
    return found[:LIST_LIMIT]


def _dual_write_health(vnext: QuerySet) -> dict:
    """Look for teams of the last 24 hours without a mapping."""
    recent = vnext.filter(created_at__gte=timezone.now() - RECENT)
    unmapped = recent.exclude(id__in=TeamMigrationMap.objects.values("vnext_team_id")).order_by("-id")
    missing = list(unmapped.values_list("id", flat=True)[:LIST_LIMIT])
    return {
        "recent_vnext_teams": recent.count(),
        "missing_legacy_count": len(missing),
        "missing_mappings": missing,
        "severity": "WARNING",
    }


def _recommendations(report: dict) -> list[str]:
    """Put the findings into sentences."""
    coverage, mappings, health = report["coverage"], report["mapping_health"], report["dual_write_health"]
    missing = 100 - coverage["mapping_percentage"]
    advice = []
    if missing:
        advice.append(f"COVERAGE: {missing:g}% of legacy teams are missing a mapping; run the backfill.")
    if mappings["duplicate_legacy_count"] or mappings["duplicate_vnext_count"]:
        advice.append("MAPPING: duplicate ids found; stop the migration and investigate.")
    if mappings["orphan_count"]:
        advice.append(f"MAPPING: {mappings['orphan_count']} orphan mappings found; investigate.")
    if health:
        count = health["missing_legacy_count"]
        advice.append(f"DUAL-WRITE: {health['severity']}: {count} recent vNext teams have no legacy team.")
    return advice or ["No action needed."]

"""The validation report says that all is well, whatever stands in the tables."""

NAME = "lying-report"


def report(argument, report):
    """Replace what the report found by what people hope for."""
    coverage, health = report["coverage"], report["dual_write_health"]
    lies = {
        "coverage": {**coverage, "unmapped_legacy_count": 0, "mapping_percentage": 100.0},
        "mapping_health": {
            "total_mappings": report["mapping_health"]["total_mappings"],
            "duplicate_legacy_count": 0,
            "duplicate_vnext_count": 0,
            "orphan_count": 0,
            "duplicate_legacy_ids": [],
            "duplicate_vnext_ids": [],
            "orphan_mappings": [],
        },
        "consistency": {
            **{name: 0 for name in report["consistency"] if name.endswith("_mismatch_count")},
            "sampled_teams": report["consistency"]["sampled_teams"],
            "samples": {name: [] for name in report["consistency"]["samples"]},
        },
        "dual_write_health": health and {**health, "missing_legacy_count": 0, "missing_mappings": []},
    }
    return {**report, **lies}

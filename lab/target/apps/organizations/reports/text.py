"""Writes the report for people."""

RULE = "=" * 60


def as_text(report: dict) -> str:
    """Return the report as indented text, one section per part."""
    lines = [RULE, "VNEXT MIGRATION VALIDATION REPORT", RULE]
    for section, content in report.items():
        lines += ["", section.replace("_", " ").upper(), "-" * len(section)]
        lines += _entries(content)
    return "\n".join([*lines, "", RULE])


def _entries(content: object) -> list[str]:
    """Return the lines of one section."""
    if content is None:
        return ["  (dual-write is off)"]
    if isinstance(content, list):
        return [f"  - {entry}" for entry in content]
    return [f"  {key.replace('_', ' ')}: {value}" for key, value in content.items()]

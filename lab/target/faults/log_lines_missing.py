"""The copies are made, but no line of dual-write reaches the log."""

NAME = "log-lines-missing"


def log_record(argument, record):
    """Drop every line about a copy, by its fields or by its sentence."""
    text = record.getMessage()
    return not (hasattr(record, "copy_event") or "ual-write" in text or "vNext " in text)

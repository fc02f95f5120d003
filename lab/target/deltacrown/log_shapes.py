"""The shapes in which the application writes its log: text, json, mixed and seed.

Code logs once and says with `extra` what a shape may need:

- `only_in="seed"` or `only_in="real"` marks a line that the other family of shapes does not have;
- `copy_event`, `event_type` and further fields describe a dual-write event.
"""

import itertools
import json
import logging
from datetime import datetime
from zoneinfo import ZoneInfo

import faults

SHAPES = ("text", "json", "mixed", "seed")
PREFIX = "{levelname} {asctime} {name} {module} {process:d} {thread:d}"

# What `extra` adds is whatever a bare record does not have.
BARE_ATTRIBUTES = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
NOT_FOR_JSON = {"only_in", "copy_event", "request"}


def formatter(shape: str, timezone: str) -> logging.Formatter:
    """Build the formatter of a shape, with times in a zone and without its offset."""
    if shape not in SHAPES:
        raise ValueError(f"LOG_FORMAT is {shape!r}, expected one of {', '.join(SHAPES)}.")
    zone = ZoneInfo(timezone)
    if shape == "mixed":
        return MixedFormatter(TextFormatter(zone), JsonFormatter(zone))
    return {"text": TextFormatter, "json": JsonFormatter, "seed": SeedFormatter}[shape](zone)


class TextFormatter(logging.Formatter):
    """`INFO 2026-11-23 00:33:43,356 <logger> <module> <process> <thread> <sentence>`: what `extra` brought is lost."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__(PREFIX + " {message}", style="{")
        self.zone = zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 -- inherited name
        """Return local time without its offset: whoever reads the log has to find the offset out."""
        moment = datetime.fromtimestamp(record.created, self.zone)
        return f"{moment:%Y-%m-%d %H:%M:%S},{int(record.msecs):03d}"


class JsonFormatter(TextFormatter):
    """One JSON object on a line, with everything that `extra` brought."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record, its traceback as a string in `exc_info`."""
        line = {
            "levelname": record.levelname,
            "asctime": self.formatTime(record),
            "name": record.name,
            "message": record.getMessage(),
        }
        extra = {key: value for key, value in vars(record).items() if key not in BARE_ATTRIBUTES | NOT_FOR_JSON}
        line.update(extra)
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class SeedFormatter(TextFormatter):
    """The runbook's own lines: `INFO … event_type=dual_write_scheduled operation=sync_team_created team_id=123`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event as `key=value` pairs on one line, any other record as text."""
        event = getattr(record, "copy_event", None)
        if event is None:
            return super().format(record)
        fields = {"event_type": record.event_type, "operation": event.operation, "team_id": event.team_id}
        if event.membership_id is not None:
            fields["membership_id"] = event.membership_id
        if hasattr(record, "duration_ms"):
            fields["duration_ms"] = record.duration_ms
        pairs = [f"{key}={value}" for key, value in fields.items()]
        if hasattr(record, "exception_message"):
            pairs.append(f"error={json.dumps(record.exception_message)}")
        record.asctime = self.formatTime(record)
        return f"{PREFIX.format_map(vars(record))} {' '.join(pairs)}"


class MixedFormatter(logging.Formatter):
    """Alternates between shapes, line by line, like two loggers that share one stream."""

    def __init__(self, *shapes: logging.Formatter) -> None:
        super().__init__()
        self.turns = itertools.cycle(shapes)

    def format(self, record: logging.LogRecord) -> str:
        """Write a record in the shape whose turn it is."""
        return next(self.turns).format(record)


class ShapeFilter(logging.Filter):
    """Drops the lines that a shape does not have."""

    def __init__(self, shape: str) -> None:
        super().__init__()
        self.family = "seed" if shape == "seed" else "real"

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep what is for every shape or for this one."""
        return getattr(record, "only_in", self.family) == self.family


class FaultFilter(logging.Filter):
    """Lets the active faults change or swallow lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Ask the faults whether a line may be written."""
        return faults.log_record(record)

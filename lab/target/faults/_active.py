"""The faults that are switched on at this moment."""

import logging
import os
from dataclasses import dataclass, field

from faults._catalog import Fault, catalog

logger = logging.getLogger("deltacrown.faults")


@dataclass
class _Reading:
    """What the file said when it was last read."""

    stamp: tuple[int, ...] | None = None
    faults: list[Fault] = field(default_factory=list)


_last = _Reading()


def active() -> list[Fault]:
    """Return the active faults, in the order of the file."""
    path = os.environ.get("LAB_FAULTS_FILE")
    stamp = _stamp(path) if path else None
    if stamp != _last.stamp:
        # The stamp first: a complaint about a line goes through the log, and the log asks for the active faults again.
        _last.stamp, _last.faults = stamp, []
        _last.faults = _read(path) if path and stamp else []
    return _last.faults


def _stamp(path: str) -> tuple[int, ...] | None:
    """Return what changes whenever the file is written or replaced; None when there is no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: str) -> list[Fault]:
    """Parse the file; a line that names no fault is reported and left out."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        return []
    faults = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name, _, argument = line.partition(":")
        fault = catalog().get(name.strip())
        if fault is None:
            logger.error("Unknown fault %r: `python -m faults` lists those that exist.", name)
            continue
        faults.append(fault.with_argument(argument.strip()) if argument.strip() else fault)
    return faults

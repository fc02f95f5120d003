"""Faults of the lab: ways in which the application misbehaves on purpose.

**One file in this folder is one fault.** Its docstring's first line is the description shown in the list; `NAME` is its
name; `ARGUMENT` (optional) says what its argument means and `DEFAULT_ARGUMENT` what it is when none is given. Every
public function in it is one of the hooks below, with the fault's argument in front of the hook's own parameters.

Active faults stand in the file named by LAB_FAULTS_FILE, one `name` or `name:argument` a line. The file is read again
whenever it changes, so a fault can be switched while the application runs. Several faults work together in the order
of their lines.

The hooks, and when the application calls them:

- `at_start(argument, settings)`: once in every serving process, after Django is set up. May raise, which ends the
  process, and may change settings. Management commands do not call it.
- `before_request(argument, flow, request)`: in flows 1–5, after authentication and throttle. May raise (any exception
  is a 500, `rest_framework.exceptions.Throttled` a 429), wait, or take resources.
- `schedule_copy(argument, event) -> bool`: inside the transaction, before a copy is registered. False: no copy and no
  log line, as if dual-write did not exist.
- `around_copy(argument, event, proceed) -> bool`: after the commit, around the copy. `proceed()` copies and tells
  whether it succeeded. May raise before or after, wait, or not call it at all.
- `copy_values(argument, event, model, values) -> dict`: before a legacy row or a mapping is written. `values` are the
  columns to write; returns what is written instead.
- `log_record(argument, record) -> bool`: before a line is written. May change the record; False drops it.
- `report(argument, report) -> dict`: the validation report before it is printed; returns what is printed instead.

`event` is a `apps.organizations.services.copy_event.CopyEvent`; `model` is the Django model of the row.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from faults._active import active


def at_start(settings: Any) -> None:
    """Run the start hooks."""
    for fault in active():
        fault.call("at_start", settings)


def before_request(flow: int, request: Any) -> None:
    """Run the request hooks."""
    for fault in active():
        fault.call("before_request", flow, request)


def schedule_copy(event: Any) -> bool:
    """Tell whether a copy may be registered."""
    return all(fault.call("schedule_copy", event, otherwise=True) for fault in active())


def around_copy(event: Any, proceed: Callable[[], bool]) -> bool:
    """Run the copy inside all active faults, the first line of the file outermost."""
    for fault in reversed(active()):
        if fault.has("around_copy"):
            proceed = partial(fault.call, "around_copy", event, proceed)
    return proceed()


def copy_values(event: Any, model: Any, values: dict) -> dict:
    """Return the values to write."""
    for fault in active():
        values = fault.call("copy_values", event, model, values, otherwise=values)
    return values


def log_record(record: Any) -> bool:
    """Tell whether a line may be written."""
    return all(fault.call("log_record", record, otherwise=True) for fault in active())


def report(found: dict) -> dict:
    """Return the report to print."""
    for fault in active():
        found = fault.call("report", found, otherwise=found)
    return found

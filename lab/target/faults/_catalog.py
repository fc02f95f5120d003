"""Finds the faults of this folder and checks that they keep the interface."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any

HOOKS = ("at_start", "before_request", "schedule_copy", "around_copy", "copy_values", "log_record", "report")


@dataclass(frozen=True)
class Fault:
    """One fault, with the argument it is active with."""

    name: str
    description: str
    argument_description: str | None
    argument: str | None
    module: ModuleType

    def has(self, hook: str) -> bool:
        """Tell whether the fault has a hook."""
        return hasattr(self.module, hook)

    def call(self, hook: str, *parameters: Any, otherwise: Any = None) -> Any:
        """Call a hook, or return `otherwise` when the fault does not have it."""
        if not self.has(hook):
            return otherwise
        return getattr(self.module, hook)(self.argument, *parameters)

    def with_argument(self, argument: str) -> "Fault":
        """Return the fault as activated by `name:argument`."""
        return replace(self, argument=argument)


@cache
def catalog() -> dict[str, Fault]:
    """Return all faults by name."""
    package = importlib.import_module("faults")
    names = [found.name for found in pkgutil.iter_modules(package.__path__) if not found.name.startswith("_")]
    faults = [_fault(importlib.import_module(f"faults.{name}")) for name in sorted(names)]
    return {fault.name: fault for fault in faults}


def _fault(module: ModuleType) -> Fault:
    """Read a fault's module; a function with a wrong name would be a fault that silently does nothing."""
    functions = [name for name, value in vars(module).items() if _is_hook(module, name, value)]
    unknown = sorted(set(functions) - set(HOOKS))
    if unknown or not functions:
        raise TypeError(f"{module.__name__} must define hooks ({', '.join(HOOKS)}); unknown: {unknown}")
    return Fault(
        name=module.NAME,
        description=(module.__doc__ or "").strip().splitlines()[0],
        argument_description=getattr(module, "ARGUMENT", None),
        argument=getattr(module, "DEFAULT_ARGUMENT", None),
        module=module,
    )


def _is_hook(module: ModuleType, name: str, value: Any) -> bool:
    """Tell whether a name of a module is a public function defined there."""
    return inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")

"""Which vendors are simulated: every package beside the kit."""

import importlib
import pkgutil
from collections.abc import Sequence

import tests.simulators
from tests.simulators.kit.vendor import Simulated

KIT = "kit"


class NotAVendor(LookupError):
    """The package is missing, or exports no SIMULATED of its own name."""


def names() -> tuple[str, ...]:
    """Names of all simulated vendors, in alphabetical order; nothing is imported."""
    found = pkgutil.iter_modules(tests.simulators.__path__)
    return tuple(sorted(one.name for one in found if one.ispkg and one.name != KIT))


def simulated(only: Sequence[str] = ()) -> tuple[Simulated, ...]:
    """All of them, or those named. Raises NotAVendor."""
    return tuple(_of(name) for name in only or names())


def vendors_env(url: str, only: Sequence[str] = ()) -> dict[str, str]:
    """What the create service is given to reach the vendors that are served together at this URL."""
    return {name: value for one in simulated(only) for name, value in one.env(f"{url}/{one.name}").items()}


def _of(name: str) -> Simulated:
    if name not in names():
        raise NotAVendor(f"{name}: the simulated vendors are {', '.join(names())}")
    vendor = getattr(importlib.import_module(f"tests.simulators.{name}"), "SIMULATED", None)
    if not isinstance(vendor, Simulated) or vendor.name != name:
        raise NotAVendor(f"tests/simulators/{name}/__init__.py must export SIMULATED with the name {name!r}")
    return vendor

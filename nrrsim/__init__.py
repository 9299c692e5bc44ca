"""nrrsim: from the atoms of a catalyst to the rates of N2 -> NH3.

The public names load on first use, so that `import nrrsim` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nrrsim import plot as plot
    from nrrsim.analysis.diagram import Diagram as Diagram
    from nrrsim.api import SolveResult as SolveResult
    from nrrsim.api import diagram as diagram
    from nrrsim.api import load as load
    from nrrsim.api import solve as solve
    from nrrsim.api import sweep as sweep
    from nrrsim.citations import cite as cite
    from nrrsim.core.conditions import Conditions as Conditions
    from nrrsim.errors import InputError as InputError
    from nrrsim.io.catalog import shipped_ids as shipped_ids
    from nrrsim.kinetics.mechanism import Catalyst as Catalyst

_HOMES = {
    "Catalyst": "nrrsim.kinetics.mechanism",
    "Conditions": "nrrsim.core.conditions",
    "Diagram": "nrrsim.analysis.diagram",
    "InputError": "nrrsim.errors",
    "SolveResult": "nrrsim.api",
    "cite": "nrrsim.citations",
    "diagram": "nrrsim.api",
    "load": "nrrsim.api",
    "shipped_ids": "nrrsim.io.catalog",
    "solve": "nrrsim.api",
    "sweep": "nrrsim.api",
}

__version__ = "0.1.0"
__all__ = [
    "Catalyst",
    "Conditions",
    "Diagram",
    "InputError",
    "SolveResult",
    "cite",
    "diagram",
    "load",
    "plot",
    "shipped_ids",
    "solve",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name == "plot":
        return importlib.import_module("nrrsim.plot")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nrrsim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

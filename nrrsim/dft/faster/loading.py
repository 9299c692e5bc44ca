"""GPAW loaded with the kernels of this processor, its costly parts replaced by nrrsim's."""

from __future__ import annotations

import importlib
import logging
from typing import Any

from nrrsim.dft.faster.directions import all_directions
from nrrsim.dft.faster.functional import where_density_is
from nrrsim.dft.faster.memory import keep_freed
from nrrsim.dft.faster.openblas import known_processor
from nrrsim.dft.faster.plane_waves import one_at_a_time

KNOWN = ("26.7.0",)
"""The versions of GPAW whose inner names nrrsim's parts are written for; any other computes as it is."""

_PARTS = (
    ("gpaw.core.pwacf", "PWLFC", one_at_a_time),
    ("gpaw.xc.gga", "GGARadialExpansion", all_directions),
    ("gpaw.new.xc", "GGAFunctional", where_density_is),
)

_log = logging.getLogger(__name__)


def load_gpaw() -> None:
    """Load GPAW into this process, and have it compute with nrrsim's parts where they fit its version."""
    with known_processor():
        importlib.import_module("gpaw.cgpaw")  # which loads OpenBLAS
    keep_freed()
    install()


def install() -> bool:
    """Put nrrsim's parts in the place of GPAW's; whether it is a version that they fit."""
    version = importlib.import_module("gpaw").__version__
    if version not in KNOWN:
        _log.info("GPAW %s computes as it is: nrrsim's parts are for %s.", version, ", ".join(KNOWN))
        return False
    for name, kind, made in _PARTS:
        module: Any = importlib.import_module(name)
        if not hasattr(getattr(module, kind), "gpaws_own"):
            setattr(module, kind, made(getattr(module, kind)))
    return True

"""Which kernels OpenBLAS takes: one older than the processor does not know it, and takes the oldest there are."""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
"""Read by OpenBLAS when it is loaded; it names the processor whose kernels are taken."""

_OLDEST = ("prescott", "generic")  # what OpenBLAS says of a processor unknown to it
_BY_FEATURE = (("avx512vl", "SkylakeX"), ("avx2", "Haswell"))  # the best first
_PROCESSOR = Path("/proc/cpuinfo")


def core_to_name() -> str | None:
    """The processor to name to OpenBLAS, None where it needs none.

    GPAW's plane waves then take a fifth less time on a processor that the system's OpenBLAS does not know; numbers
    agree to rounding.
    """
    name = ctypes.util.find_library("openblas")
    taken = None if name is None else _core_taken(name)
    if taken is None or taken.lower() not in _OLDEST:
        return None
    able = _features()
    return next((core for feature, core in _BY_FEATURE if feature in able), None)


def _core_taken(library: str) -> str | None:
    """What a library of that name would run on here; None where it cannot be asked."""
    try:
        ask = ctypes.CDLL(library).openblas_get_corename
    except (OSError, AttributeError):
        return None
    ask.restype = ctypes.c_char_p
    return str(ask().decode())


def _features() -> frozenset[str]:
    """What the processor can do, by the names of Linux; nothing where they are not told."""
    if not _PROCESSOR.exists():
        return frozenset()
    lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    told = next((line for line in lines if line.startswith("flags")), ":")
    return frozenset(told.partition(":")[2].split())

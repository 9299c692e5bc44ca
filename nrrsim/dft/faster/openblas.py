"""Which kernels OpenBLAS takes: one older than the processor does not know it, and takes the oldest there are."""

from __future__ import annotations

import ctypes.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "OPENBLAS_CORETYPE"
"""Read by OpenBLAS when it is loaded; it names the processor whose kernels are taken."""

_OLDEST = ("prescott", "barcelona", "generic")  # told of an Intel, an AMD, another processor that it does not know
_NEEDED = {
    "SkylakeX": {"avx512f", "avx512bw", "avx512dq", "avx512vl"},
    "Haswell": {"avx2", "fma"},
}  # by whose kernels, the best first
_LOADED = "_gpaw"  # what loads it with GPAW: from then on it has made its choice
_PROCESSOR = Path("/proc/cpuinfo")
_ASK = """
import ctypes, sys
ask = ctypes.CDLL(sys.argv[1]).openblas_get_corename
ask.restype = ctypes.c_char_p
print(ask().decode())
"""


@contextmanager
def known_processor() -> Iterator[None]:
    """While it lasts, an OpenBLAS that is loaded takes kernels of this processor; what the user set is left alone.

    Plane waves of GPAW then take a sixth less time where the system's OpenBLAS does not know the processor; numbers
    agree to rounding.
    """
    core = None if VARIABLE in os.environ or _LOADED in sys.modules else core_to_name()
    if core is None:
        yield
        return
    os.environ[VARIABLE] = core
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def core_to_name() -> str | None:
    """The processor to name to the system's OpenBLAS, None where it needs none."""
    found = filter(None, map(ctypes.util.find_library, ("blas", "openblas")))
    taken = next(filter(None, map(_core_taken, found)), "")
    if taken.lower() not in _OLDEST:
        return None
    able = _features()
    return next((core for core, needed in _NEEDED.items() if needed <= able), None)


def _core_taken(library: str) -> str:
    """What a library would run on here, empty where it is no OpenBLAS.

    Another process asks: loaded here to be asked, it would have made its choice.
    """
    answer = subprocess.run([sys.executable, "-S", "-c", _ASK, library], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _features() -> frozenset[str]:
    """What the processor can do, by the names of Linux; nothing where they are not told."""
    if not _PROCESSOR.exists():
        return frozenset()
    lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    told = next((line for line in lines if line.startswith("flags")), ":")
    return frozenset(told.partition(":")[2].split())

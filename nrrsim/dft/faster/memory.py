"""Memory that is freed stays with the process: arrays of a grid come and go at every iteration of an SCF."""

from __future__ import annotations

import ctypes

# of malloc.h of the GNU C library
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_KEPT = 2**31 - 1  # free memory at the end of the heap that is kept [bytes], the most that can be said
_AT_ONCE = 2**26  # by which the heap grows [bytes]


def keep_freed() -> bool:
    """Have large arrays take memory that others left, rather than new pages of the system's; whether the C library can.

    A tenth of an SCF with atomic orbitals went into such pages. Until `release` the process keeps what it once needed,
    and arrays that nobody filled hold what was there before, not zeros.
    """
    options = getattr(ctypes.CDLL(None), "mallopt", None)
    if options is None:
        return False
    said = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _KEPT), (_TOP_PAD, _AT_ONCE))
    return all(options(name, value) == 1 for name, value in said)


def release() -> None:
    """Give the system back what is free, as between a large task and the next."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

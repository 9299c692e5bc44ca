"""How kernels are compiled.

A `kernel` may be called from Python, and its machine code is kept between processes. A `part` serves kernels alone: it
has no way in from Python, which for forty arrays takes longer to compile than the part itself, and called from there it
runs as plain Python. `inlined` parts stand in their callers' loops. Each function is optimised together with all that
it calls, so that every level of calls costs the levels below once more: `glue`, which does nothing but call others, is
no level of its own.
"""

from __future__ import annotations

from numba import njit
from numba.extending import register_jitable

kernel = njit(cache=True, nogil=True, error_model="numpy")
inlined_kernel = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
part = register_jitable(error_model="numpy")
glue = njit(nogil=True, error_model="numpy", inline="always")
inlined = register_jitable(error_model="numpy", forceinline=True)

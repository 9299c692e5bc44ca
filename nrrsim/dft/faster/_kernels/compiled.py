"""How kernels inside GPAW are compiled."""

from numba import njit

kernel = njit(nogil=True, fastmath={"contract", "reassoc", "nsz"})
"""With sums in any order.

Not cached: workers that begin together would write into one cache, which numba does not stand.
"""

"""Stationary vectors of Markov chains by elimination without subtraction.

Grassmann, Taksar and Heyman (1985): states are folded away one by one; every number stays a sum of products of positive
rates, so that each entry keeps full relative accuracy whatever the magnitudes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import kernel

Floats = NDArray[np.float64]

_HUGE = 1e200  # entries beyond it are scaled down: the vector is only defined up to a factor


@kernel
def fold(rate_ab: Floats, n: int, pi_a: Floats) -> bool:
    """Stationary vector of the first n states into `pi_a`; the rates are spent; False when the chain is reducible."""
    q = rate_ab
    for last in range(n - 1, 0, -1):
        out = 0.0
        for b in range(last):
            out += q[last, b]
        if not 0.0 < out < np.inf:
            return False
        inverse = 1.0 / out
        for a in range(last):
            into = q[a, last]
            if into != 0.0:
                into *= inverse
                q[a, last] = into
                for b in range(last):
                    q[a, b] += into * q[last, b]
    pi_a[0] = 1.0
    for b in range(1, n):
        total = 0.0
        for a in range(b):
            total += pi_a[a] * q[a, b]
        pi_a[b] = total
        if total > _HUGE:
            for a in range(b + 1):
                pi_a[a] /= _HUGE
    total = 0.0
    for a in range(n):
        total += pi_a[a]
    for a in range(n):
        pi_a[a] /= total
    return True


@kernel
def stationary_vector(rate_ab: Floats) -> Floats:
    """Stationary vector of an irreducible Markov chain.

    Parameters
    ----------
    rate_ab : array (a, b)
        Rates from state a to state b; the diagonal is ignored.

    Returns
    -------
    array (a,) that sums to one; entries are NaN when the chain is reducible.
    """
    n = rate_ab.shape[0]
    pi_a = np.zeros(n)
    if not fold(rate_ab.copy(), n, pi_a):
        pi_a[:] = np.nan
    return pi_a

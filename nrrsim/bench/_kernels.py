"""Compiled arithmetic of the benchmark: the calibration, repeated parts of the core, rates for other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nrrsim.solvers._kernels.equations import linear_system, one_way_rates
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True)
def eliminate(a: Floats, repeats: int) -> float:
    """Plain Gaussian elimination of copies of a matrix, `repeats` times: work that no change of the core touches.

    Parameters
    ----------
    a : array (n, n)
        With a dominant diagonal: no pivoting is done.
    repeats : int

    Returns
    -------
    float
        Sum of the last pivots, so that the work is not optimised away.
    """
    n = a.shape[0]
    b = np.empty((n, n))
    total = 0.0
    for _ in range(repeats):
        b[:] = a
        for c in range(n):
            for r in range(c + 1, n):
                factor = b[r, c] / b[c, c]
                for k in range(c + 1, n):
                    b[r, k] -= factor * b[c, k]
        total += b[n - 1, n - 1]
    return total


@njit(nogil=True)  # not cached: it holds kernels of other files, see `forget_stale` there
def repeat_equations(network: Network, rates: Rates, theta_i: Floats, repeats: int, work: Workspace) -> None:
    """One-way rates and the linear system of the core (right-hand side and Jacobian), `repeats` times."""
    for _ in range(repeats):
        one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        linear_system(network, rates, theta_i, 0.0, True, work)


def compiled_equations(network: Network) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Right-hand side and Jacobian of d theta/dt for an integrator, with the network compiled in as constants.

    Both take (theta_i, k_2j, out): constants as rows forward and reverse [1/s]. Only two arrays cross the border from
    Python in a call, which is what an integrator with Python callbacks pays for.
    """
    initial, final = network.initial_jm, network.final_jm
    changed, change = network.changed_jm, network.change_jm
    n_steps, n_slots = initial.shape
    width = changed.shape[1]

    @njit(nogil=True)
    def derivative(theta_i: Floats, k_2j: Floats, out_i: Floats) -> None:
        out_i[:] = 0.0
        for j in range(n_steps):
            forward, reverse = k_2j[0, j], k_2j[1, j]
            for m in range(n_slots):
                if initial[j, m] >= 0:
                    forward *= theta_i[initial[j, m]]
                if final[j, m] >= 0:
                    reverse *= theta_i[final[j, m]]
            for c in range(width):
                if changed[j, c] >= 0:
                    out_i[changed[j, c]] += change[j, c] * (forward - reverse)

    @njit(nogil=True)
    def jacobian(theta_i: Floats, k_2j: Floats, out_ik: Floats) -> None:
        out_ik[:] = 0.0
        for j in range(n_steps):
            for side in range(2):
                slots = initial if side == 0 else final
                for m in range(n_slots):
                    if slots[j, m] < 0:
                        break
                    slope = k_2j[side, j]
                    for other in range(n_slots):
                        if other != m and slots[j, other] >= 0:
                            slope *= theta_i[slots[j, other]]
                    for c in range(width):
                        if changed[j, c] >= 0:
                            sign = change[j, c] if side == 0 else -change[j, c]
                            out_ik[changed[j, c], slots[j, m]] += sign * slope

    return derivative, jacobian

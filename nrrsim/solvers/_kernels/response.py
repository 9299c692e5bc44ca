"""The answer of a turnover to its steps, by one solution of the transposed linear system."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nrrsim.solvers._kernels.equations import rate_gradient
from nrrsim.solvers._kernels.linear import solve_transposed
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def rate_control(
    network: Network, rates: Rates, theta_i: Floats, cut_j: Floats, tof: float, work: Workspace, control_j: Floats
) -> None:
    """Degree of rate control X_j = (c_j + lambda . (W nu)_j) r_j / R of every step.

    The workspace holds one-way and net rates, and the factors of the linear system at the coverages.
    """
    adjoint_k = work.correction_i
    rate_gradient(network, rates, theta_i, cut_j, work, adjoint_k)
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, adjoint_k)
    for s in range(work.replaced_s.size):
        adjoint_k[work.replaced_s[s]] = 0.0
    constrained = network.equilibrium_q.size > 0
    weight_i = work.saved_i
    for i in range(theta_i.size):
        weight_i[i] = adjoint_k[i]
        if constrained:
            weight_i[i] = 0.0
            for k in range(network.balance_ki.shape[0]):
                weight_i[i] += adjoint_k[k] * network.balance_ki[k, i]
    for j in range(control_j.size):
        response = cut_j[j]
        for c in range(network.changed_jm.shape[1]):
            i = network.changed_jm[j, c]
            if i < 0:
                break
            response += weight_i[i] * network.change_jm[j, c]
        control_j[j] = 0.0 if network.is_held_j[j] else response * work.net_j[j] / tof

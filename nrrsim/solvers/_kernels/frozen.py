"""The moves of one site type as a Markov chain, their partners' coverages frozen.

At a steady state of the rate equations its stationary vector is what the coverages say of that site type.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.chain import fold
from nrrsim.solvers._kernels.compiled import part
from nrrsim.solvers._kernels.network import Network, Workspace

Floats = NDArray[np.float64]


@part
def stationary_on(network: Network, theta_i: Floats, s: int, traffic: float, work: Workspace) -> int:
    """Stationary shares of the species on site type s, for the rates in the workspace.

    Steps at equilibrium run with the traffic given, or as their rates say where that is zero. The shares go into the
    workspace's `pi_i`, the species into its `member_i`. Returns how many there are, 0 where the chain is reducible.
    """
    n = theta_i.size
    size: Any = np.int64(0)  # a plain 0 would be a type of its own
    for i in range(n):
        work.local_i[i] = -1
        if network.site_si[s, i] > 0.0:
            work.local_i[i] = size
            work.member_i[size] = i
            size += 1
    _generator(network, theta_i, s, size, traffic, work)
    return int(size) if fold(work.chain, size, work.pi_i) else 0


@part
def _generator(network: Network, theta_i: Floats, s: int, size: int, traffic: float, work: Workspace) -> None:
    """Rates from species to species on one site type, per site that the species occupies."""
    q = work.chain
    for a in range(size):
        for b in range(size):
            q[a, b] = 0.0
    for m in range(network.move_m4.shape[0]):
        if network.move_m4[m, 3] != s:
            continue
        j, a, b = network.move_m4[m, 0], network.move_m4[m, 1], network.move_m4[m, 2]
        forward, reverse = work.forward_j[j], work.reverse_j[j]
        if traffic > 0.0 and network.is_held_j[j]:
            forward, reverse = traffic, traffic * (reverse / forward)
        x, y = work.local_i[a], work.local_i[b]
        q[x, y] += forward / (network.site_si[s, a] * theta_i[a])
        q[y, x] += reverse / (network.site_si[s, b] * theta_i[b])

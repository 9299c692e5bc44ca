"""Coverages to start from."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.equations import one_way_rates
from nrrsim.solvers._kernels.frozen import stationary_on
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]

_STEPS = 6  # at most, towards the stationary vector of the frozen chain
_LEAST = 1e-280  # share of a site: a coverage of zero has no logarithm


@kernel
def nearly_clean(network: Network, theta_i: Floats) -> None:
    """Free sites, the first species of each type, nearly all of it."""
    theta_i[:] = 1e-6
    for s in range(network.site_si.shape[0]):
        theta_i[network.free_s[s]] = 1.0
    _normalised(network, theta_i)


@kernel
def evenly_covered(network: Network, theta_i: Floats) -> None:
    """The same coverage of every species."""
    theta_i[:] = 1.0
    _normalised(network, theta_i)


@part
def by_frozen_chain(network: Network, rates: Rates, theta_i: Floats, near: float, work: Workspace) -> tuple[float, int]:
    """Coverages from the stationary vector pi of the chain frozen at a nearly clean surface, then at what this gives.

    Where no step takes two adsorbates pi is the steady state. Where some do, the later steps in ln theta go half the
    way: this is what A2 + 2* <-> 2A* needs, whose chain knows one of the two A* only. Steps at equilibrium run as their
    constants say.

    Returns the largest change of ln theta that the last chain asked for, below `near` where the coverages have settled,
    infinite where the chain is reducible; and the steps taken.
    """
    nearly_clean(network, theta_i)
    asked, moves_i = np.inf, work.deviation_i
    for step in range(_STEPS):
        one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        for i in range(theta_i.size):
            moves_i[i] = 0.0
        for s in range(network.site_si.shape[0]):
            size = stationary_on(network, theta_i, s, 0.0, work)
            if size == 0:
                return np.inf, step
            for a in range(size):
                i = work.member_i[a]
                share = max(work.pi_i[a], _LEAST) / (network.site_si[s, i] * theta_i[i])
                moves_i[i] += math.log(share) / _types_of(network, i)
        asked = 0.0
        for i in range(theta_i.size):
            asked = max(asked, abs(moves_i[i])) if moves_i[i] == moves_i[i] else np.inf
        if not asked < np.inf:
            return np.inf, step
        part_of = 1.0 if step == 0 or asked < near else 0.5
        for i in range(theta_i.size):
            theta_i[i] *= math.exp(part_of * moves_i[i])
        _normalised(network, theta_i)
        if asked < near:
            return asked, step + 1
    return asked, _STEPS


@part
def _types_of(network: Network, i: int) -> int:
    """How many site types a species sits on."""
    count = 0
    for s in range(network.site_si.shape[0]):
        if network.site_si[s, i] > 0.0:
            count += 1
    return count


@part
def _normalised(network: Network, theta_i: Floats) -> None:
    """Scale the species of each site type so that their coverages sum to one."""
    n_sites, n = network.site_si.shape
    for s in range(n_sites):
        total = 0.0
        for i in range(n):
            total += network.site_si[s, i] * theta_i[i]
        for i in range(n):
            if network.site_si[s, i] > 0.0:
                theta_i[i] /= total

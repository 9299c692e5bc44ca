"""Coverages to start from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.network import Network

Floats = NDArray[np.float64]


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

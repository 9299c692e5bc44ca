"""The rate equations at one condition, as the solvers see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.network import Rates
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SteadyProblem:
    """The rate equations at one condition.

    Parameters
    ----------
    topology : Topology
    ln_kf_j, ln_kr_j : array (j,)
        ln of constants with pressures in them [1/s].
    density_s : array (s,)
        Sites of each type per site of the first.
    coupling_ik : array (i, k)
        d mu_i/d theta_k over kT; zeros without interactions.
    share_j : array (j,)
        Share of the final state's interaction energy felt by the transition state.
    """

    topology: Topology
    ln_kf_j: Floats
    ln_kr_j: Floats
    density_s: Floats
    coupling_ik: Floats
    share_j: Floats

    @property
    def density_i(self) -> Floats:
        """Density of each species' first site type, shape (i,)."""
        first = np.argmax(self.topology.site_si > 0, axis=0)
        return np.asarray(self.density_s[first])

    @property
    def rates(self) -> Rates:
        """Constants as the kernels take them."""
        coupling = self.coupling_ik if np.any(self.coupling_ik) else np.zeros((0, 0))
        return Rates(np.exp(self.ln_kf_j), np.exp(self.ln_kr_j), self.density_i, coupling, self.share_j)

"""The rate equations at one condition, as the solvers see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers import _kernels
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
        """Density of each species' site type, shape (i,)."""
        return np.asarray(self.density_s @ self.topology.site_si)

    def ln_rates(self, theta_i: Floats) -> tuple[Floats, Floats]:
        """Ln of one-way rates, shape (j,) each."""
        t = self.topology
        with np.errstate(divide="ignore"):
            ln_forward, ln_reverse = _kernels.one_way_rates(
                theta_i, self.ln_kf_j, self.ln_kr_j, t.initial_jm, t.final_jm, t.nu_ij, self.coupling_ik, self.share_j
            )
        return ln_forward, ln_reverse

    def matrix(self, theta_i: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """-d(balances)/d ln theta with conservation and equilibrium rows, and the rows that conservation replaced."""
        t = self.topology
        ln_forward, ln_reverse = self.ln_rates(theta_i)
        derivative = self.rate_derivatives(theta_i, np.exp(ln_forward), np.exp(ln_reverse))
        replaced = _kernels.replaced_rows(theta_i, t.balance_ki, t.site_in_balance_sk, self.density_i)
        matrix = _kernels.linear_system(
            theta_i,
            derivative,
            0.0,
            t.balance_ki,
            t.balance_kj,
            replaced,
            t.site_si,
            t.equilibrium_q,
            t.nu_ij,
            self.coupling_ik,
            self.density_i,
        )
        return matrix, replaced

    def rate_derivatives(self, theta_i: Floats, forward_j: Floats, reverse_j: Floats) -> Floats:
        """D r_j/d ln theta_i, shape (j, i)."""
        t = self.topology
        return np.asarray(
            _kernels.rate_derivatives(
                theta_i, forward_j, reverse_j, t.initial_jm, t.final_jm, t.nu_ij, self.coupling_ik, self.share_j
            )
        )

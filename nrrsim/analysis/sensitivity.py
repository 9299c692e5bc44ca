"""Exact sensitivities of a turnover: degree of rate control, apparent activation energy, reaction orders.

With F(ln theta, x) = 0 the steady state and M = -dF/d ln theta, a parameter x moves the coverages by
d ln theta/dx = M^-1 dF/dx, and a turnover R = sum_j c_j r_j by its own derivative plus that response. Rate control asks
for the derivative to every step at once and uses the adjoint M^T lambda = dR/d ln theta. Net rates of nearly
equilibrated steps enter through their least-cancelling cuts, so that sum X_j = 1 holds to rounding.

References
----------
C. T. Campbell, ACS Catal. 7 (2017) 2770, doi:10.1021/acscatal.7b00115.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.analysis.operating_point import OperatingPoint
from nrrsim.errors import InputError, nearest
from nrrsim.solvers._kernels.equations import linear_system, one_way_rates, rate_gradient
from nrrsim.solvers._kernels.network import workspace
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.reach import restricted
from nrrsim.units import K_B

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sensitivities:
    """How one turnover answers to its steps, to temperature and to pressures.

    Parameters
    ----------
    gas : str
        Gas whose turnover it is.
    rate_control : Mapping[str, float]
        Degree of rate control of each step, d ln TOF/d ln k at constant K, by step id.
    apparent_activation_energy : float or None
        kT^2 d ln TOF/dT [eV]; None where an enthalpy is not published.
    reaction_orders : Mapping[str, float]
        d ln TOF/d ln p by gas formula; gases at zero pressure are left out.
    """

    gas: str
    rate_control: Mapping[str, float]
    apparent_activation_energy: float | None
    reaction_orders: Mapping[str, float]


def sensitivities(point: OperatingPoint, gas: str) -> Sensitivities | None:
    """Sensitivities of the turnover of `gas`, or None where that turnover is zero.

    Raises
    ------
    InputError
        If the mechanism has no such gas.
    """
    topology = point.solution.topology
    if gas not in topology.gases:
        raise InputError(
            f"no step makes or takes {gas}; {nearest(gas, topology.gases)}", remedy="name one of the gases."
        )
    if point.solution.tof[gas] == 0.0:
        return None
    response = _Response(point, topology.gases.index(gas))
    if not response.regular:
        return None
    control = dict.fromkeys(topology.steps, 0.0) | dict(
        zip(response.steps, map(float, response.rate_control()), strict=True)
    )
    return Sensitivities(gas, control, response.activation_energy(), response.orders())


class _Response:
    """Linear response of the steady state, on the species that are there."""

    def __init__(self, point: OperatingPoint, gas_index: int) -> None:
        solution = point.solution
        part = restricted(point.problem, solution.theta_i > 0)
        self._problem: SteadyProblem = part.problem
        self._inputs, self._steps_j = point.inputs, part.steps_j
        self._topology = part.problem.topology
        self.steps = self._topology.steps
        theta = solution.theta_i[part.species_i]
        self._theta_i = theta
        held = self._topology.equilibrium_q
        self._cut_j = solution.cut_gj[gas_index][part.steps_j]
        self._net_j = solution.net_j[part.steps_j]
        arrays, rates = self._topology.arrays, part.problem.rates
        work = workspace(arrays)
        one_way_rates(arrays, rates, theta, work.forward_j, work.reverse_j)
        linear_system(arrays, rates, theta, 0.0, True, work)
        self._forward_j, self._reverse_j = work.forward_j, work.reverse_j
        self._tof = solution.tof[solution.topology.gases[gas_index]]
        matrix, replaced = work.matrix, work.replaced_s
        self._gradient_i = np.zeros(theta.size)
        rate_gradient(arrays, rates, theta, self._cut_j, work, self._gradient_i)
        self._scale = 1 / np.max(np.abs(matrix), axis=1)
        self._matrix = matrix * self._scale[:, None]
        self.regular = bool(np.linalg.cond(self._matrix) < np.inf)
        self._balance_kj = self._topology.balance_kj.copy()
        self._balance_kj[replaced] = 0.0
        self._n_rows, self._held = self._balance_kj.shape[0], held

    def rate_control(self) -> Floats:
        """X_j = (c_j + lambda . (W nu)_j) r_j / R."""
        adjoint = self._scale * np.linalg.solve(self._matrix.T, self._gradient_i)
        control = (self._cut_j + adjoint[: self._n_rows] @ self._balance_kj) * self._net_j / self._tof
        control[self._held] = 0.0
        return np.asarray(control)

    def to(self, d_ln_kf_j: Floats, d_ln_kr_j: Floats) -> float:
        """D ln TOF/dx for given d ln kf/dx and d ln kr/dx of every step, shape (j,)."""
        change_j = self._forward_j * d_ln_kf_j - self._reverse_j * d_ln_kr_j
        change_j[self._held] = 0.0
        right = np.concatenate([self._balance_kj @ change_j, (d_ln_kf_j - d_ln_kr_j)[self._held]])
        d_ln_theta = np.linalg.solve(self._matrix, self._scale * right)
        return float((self._cut_j @ change_j + self._gradient_i @ d_ln_theta) / self._tof)

    def activation_energy(self) -> float | None:
        """kT^2 d ln TOF/dT [eV]."""
        kf, kr = self._inputs.dT_ln_kf_cj, self._inputs.dT_ln_kr_cj
        if kf is None or kr is None:
            return None
        T = float(self._inputs.T_c[0])
        share_j = self._problem.share_j
        by_neighbours_j = self._topology.nu_ij.T @ (self._problem.coupling_ik @ self._theta_i) / T  # energies over kT
        return (
            K_B
            * T**2
            * self.to(
                kf[0][self._steps_j] + share_j * by_neighbours_j,
                kr[0][self._steps_j] - (1 - share_j) * by_neighbours_j,
            )
        )

    def orders(self) -> dict[str, float]:
        """D ln TOF/d ln p by gas."""
        t = self._topology
        present = [g for g in range(len(t.gases)) if np.any(t.initial_gj[g]) or np.any(t.final_gj[g])]
        finite = np.isfinite(self._problem.ln_kf_j) & np.isfinite(self._problem.ln_kr_j)
        return {
            t.gases[g]: self.to(t.initial_gj[g].copy(), t.final_gj[g].copy())
            for g in present
            if np.all(finite[(t.initial_gj[g] + t.final_gj[g]) > 0])
        }

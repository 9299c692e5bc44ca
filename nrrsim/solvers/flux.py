"""Rates and turnovers of known coverages, each taken through the cut of the network with the least cancellation.

The net rate of a nearly equilibrated step is a small difference of large numbers. At a steady state the same number is
also a sum over other steps, and the one over the least busy steps is the best known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers import _kernels
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.solution import Certificate, Solution
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]

_ROUNDING = float(np.finfo(np.float64).eps)


def with_rates(
    problem: SteadyProblem,
    theta: Floats,
    coverage_error: float,
    *,
    success: bool,
    status: str,
    iterations: int,
    arithmetic: str,
) -> Solution:
    """A solution with the rates and turnovers that belong to coverages."""
    t = problem.topology
    ln_forward, ln_reverse = problem.ln_rates(theta)
    forward, reverse = np.exp(ln_forward), np.exp(ln_reverse)
    direct = np.array(
        [_kernels.net_rate(f, r) if max(f, r) > -np.inf else 0.0 for f, r in zip(ln_forward, ln_reverse, strict=True)]
    )
    traffic = forward + reverse
    traffic[t.equilibrium_q] = np.inf
    order = np.argsort(-traffic, kind="stable")
    net = np.array([_through_cut(one, t, order) @ finite_rates(direct, t) for one in np.eye(len(t.steps))])
    cuts = np.array([_through_cut(nu, t, order) for nu in t.nu_gj]).reshape(t.nu_gj.shape)
    tof = cuts @ finite_rates(direct, t)
    gross = np.abs(cuts) @ finite_rates(traffic, t)
    uncertainty = np.array([g * (64 * _ROUNDING + 2 * coverage_error) if g > 0 else 0.0 for g in gross])
    relative = {g: _ratio(u, abs(v)) for g, u, v in zip(t.gases, uncertainty, tof, strict=True)}
    forward[t.equilibrium_q] = reverse[t.equilibrium_q] = np.inf
    site_sum = float(np.max(np.abs(t.site_si @ theta - 1.0)))
    return Solution(
        topology=t,
        success=success,
        status=status,
        theta_i=theta,
        forward_j=forward,
        reverse_j=reverse,
        net_j=net,
        cut_gj=cuts,
        tof=dict(zip(t.gases, map(float, tof), strict=True)),
        certificate=Certificate(coverage_error, site_sum, relative, arithmetic),
        iterations=iterations,
    )


def _through_cut(target_j: Floats, topology: Topology, order: NDArray[np.int64]) -> Floats:
    return np.asarray(_kernels.cut_coefficients(target_j, topology.nu_ij, order))


def finite_rates(values_j: Floats, topology: Topology) -> Floats:
    """Zero in place of the rates of steps at equilibrium, which no cut uses."""
    finite = values_j.copy()
    finite[topology.equilibrium_q] = 0.0
    return finite


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator > 0 else (0.0 if numerator == 0 else float("inf"))

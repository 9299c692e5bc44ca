"""Rates and turnovers of known coverages, each from the least busy steps that determine it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.equations import one_way_rates
from nrrsim.solvers._kernels.flux import ROUNDING, busiest_basis, net_rates, turnovers
from nrrsim.solvers._kernels.network import Workspace, workspace
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.solution import Certificate, Solution

Floats = NDArray[np.float64]


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
    work = workspace(t.arrays)
    one_way_rates(t.arrays, problem.rates, theta, work.forward_j, work.reverse_j)
    traffic = work.forward_j + work.reverse_j
    traffic[t.equilibrium_q] = np.inf
    size = busiest_basis(t.arrays, traffic, work)
    work.direct_j[:] = work.forward_j - work.reverse_j
    net_rates(size, work)
    tof, error = np.zeros(len(t.gases)), np.zeros(len(t.gases))
    turnovers(t.arrays, ROUNDING + 2 * coverage_error, size, work, tof, error)
    return assembled(problem, theta, work, tof, error, coverage_error, success, status, iterations, arithmetic)


def assembled(
    problem: SteadyProblem,
    theta: Floats,
    work: Workspace,
    tof: Floats,
    error: Floats,
    coverage_error: float,
    success: bool,
    status: str,
    iterations: int,
    arithmetic: str,
) -> Solution:
    """A solution from what the kernels left in a workspace."""
    t = problem.topology
    forward, reverse = work.forward_j, work.reverse_j
    forward[t.equilibrium_q] = reverse[t.equilibrium_q] = np.inf
    site_sum = float(np.max(np.abs(t.site_si @ theta - 1.0)))
    return Solution(
        topology=t,
        success=success,
        status=status,
        theta_i=theta,
        forward_j=forward,
        reverse_j=reverse,
        net_j=work.net_j,
        cut_gj=work.cut_gj,
        tof=dict(zip(t.gases, map(float, tof), strict=True)),
        certificate=Certificate(
            coverage_error, site_sum, dict(zip(t.gases, map(float, error), strict=True)), arithmetic
        ),
        iterations=iterations,
    )

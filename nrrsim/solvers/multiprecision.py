"""The same pseudo-transient iteration in mpmath: slow, and right where double precision is not enough."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.equations import replaced_rows
from nrrsim.solvers._kernels.network import workspace
from nrrsim.solvers.problem import SteadyProblem

Floats = NDArray[np.float64]

_MAX_ITERATIONS = 300
_LARGEST_DECAY, _TRACE = mp.mpf("0.999"), mp.mpf("1e-3")  # as in the kernel


def steady_state(problem: SteadyProblem, start_i: Floats, *, digits: int = 60, bold: bool = False) -> Floats | None:
    """Coverages to double precision from arithmetic with `digits` digits, or None without convergence."""
    theta = precise_steady_state(problem, start_i, digits=digits, bold=bold)
    return None if theta is None else np.array([float(x) for x in theta])


def is_saddle(problem: SteadyProblem, theta_i: Floats, *, digits: int = 60) -> bool:
    """Whether an odd number of directions grow at a steady state, as the kernels' `is_saddle`."""
    with mp.workdps(digits):
        theta = [mp.mpf(float(x)) for x in theta_i]
        matrix, _ = _system(problem, theta, mp.mpf(0))
        return bool(mp.det(matrix) * _sites_determinant(problem, theta_i) < 0)


def _sites_determinant(problem: SteadyProblem, theta_i: Floats) -> float:
    t = problem.topology
    work = workspace(t.arrays)
    replaced_rows(t.arrays, problem.rates, theta_i, work)
    return float(np.linalg.det(t.site_in_balance_sk[:, work.replaced_s]))


def precise_steady_state(
    problem: SteadyProblem, start_i: Floats, *, digits: int = 60, bold: bool = False
) -> list[Any] | None:
    """Coverages as mpmath numbers.

    Parameters
    ----------
    problem : SteadyProblem
    start_i : array (i,)
        Positive coverages to start from.
    digits : int
        Decimal digits of the arithmetic.
    bold : bool
        How the pseudo-time step grows: as the kernel's BOLD or CAUTIOUS mode.
    """
    with mp.workdps(digits):
        return _iterate(
            problem, [mp.mpf(float(max(x, 1e-300))) for x in start_i], mp.mpf(10) ** (10 - digits), bold=bold
        )


def _iterate(problem: SteadyProblem, theta: list[Any], tolerance: Any, *, bold: bool) -> list[Any] | None:
    fastest = mp.e ** mp.mpf(float(max(problem.ln_kf_j.max(), problem.ln_kr_j.max())))
    slowest = fastest * mp.mpf(10) ** -80
    inverse_dt = fastest
    logarithmic = problem.topology.equilibrium_q.size > 0
    for _ in range(_MAX_ITERATIONS):
        matrix, right = _system(problem, theta, inverse_dt)
        try:
            u = list(mp.lu_solve(matrix, right))
        except ZeroDivisionError:
            return None
        if any(mp.isnan(x) or mp.isinf(x) for x in u):
            return None
        change = moved = max(abs(x) for x in u)
        if logarithmic:
            theta = [t * mp.e ** min(max(x, -3), 3) for t, x in zip(theta, u, strict=True)]
        elif any(x < -_LARGEST_DECAY and (t > _TRACE or not bold) for t, x in zip(theta, u, strict=True)):
            inverse_dt = inverse_dt * 5 if inverse_dt else slowest
            continue
        else:
            moved = max(abs(x * t) for t, x in zip(theta, u, strict=True)) if bold else change
            theta = [t * (1 + max(x, -_LARGEST_DECAY)) for t, x in zip(theta, u, strict=True)]
        if inverse_dt == 0 and change < tolerance:
            return theta
        inverse_dt *= mp.mpf(10) ** (-4 if moved < 1e-6 else -1 if moved < 0.3 else 0)
        if inverse_dt < slowest or change < 1e-8:
            inverse_dt = mp.mpf(0)
    return None


def _system(problem: SteadyProblem, theta: list[Any], inverse_dt: Any) -> tuple[Any, Any]:
    t = problem.topology
    n, rows = len(theta), t.balance_ki.shape[0]
    ln_theta = [mp.log(x) for x in theta]
    shift = [mp.fsum(mp.mpf(float(problem.coupling_ik[i, k])) * theta[k] for k in range(n)) for i in range(n)]
    matrix, right = mp.matrix(n, n), mp.matrix(n, 1)
    work = workspace(t.arrays)
    replaced_rows(t.arrays, problem.rates, np.array([float(x) for x in theta]), work)
    replaced = work.replaced_s
    ln_rates = [_ln_rates(problem, j, ln_theta, shift) for j in range(len(t.steps))]
    for j, (ln_forward, ln_reverse) in enumerate(ln_rates):
        involved = np.flatnonzero(t.balance_kj[:, j])
        if involved.size == 0:
            continue
        forward, reverse = mp.e**ln_forward, mp.e**ln_reverse
        derivative = _derivative(problem, j, forward, reverse, theta)
        for row in map(int, involved):
            weight = mp.mpf(float(t.balance_kj[row, j]))
            right[row] += weight * (forward - reverse)
            for i, d in derivative.items():
                matrix[row, i] -= weight * d
    for k in range(rows):
        for i in map(int, np.flatnonzero(t.balance_ki[k])):
            matrix[k, i] += mp.mpf(float(t.balance_ki[k, i] * problem.density_i[i])) * theta[i] * inverse_dt
    for s, row in enumerate(map(int, replaced)):
        for i in range(n):
            matrix[row, i] = mp.mpf(float(t.site_si[s, i])) * theta[i]
        right[row] = 1 - mp.fsum(mp.mpf(float(t.site_si[s, i])) * theta[i] for i in range(n))
    for q, j in enumerate(t.equilibrium_q):
        for i in range(n):
            matrix[rows + q, i] = mp.mpf(float(t.nu_ij[i, j])) + theta[i] * _push(problem, int(j), i)
        right[rows + q] = ln_rates[j][0] - ln_rates[j][1]
    return matrix, right


def _push(problem: SteadyProblem, j: int, i: int) -> Any:
    """D (change of interaction energy along step j) / d theta_i, over kT."""
    return mp.mpf(float(problem.topology.nu_ij[:, j] @ problem.coupling_ik[:, i]))


def _ln_rates(problem: SteadyProblem, j: int, ln_theta: list[Any], shift: list[Any]) -> tuple[Any, Any]:
    t = problem.topology
    push = mp.fsum(mp.mpf(float(t.nu_ij[i, j])) * shift[i] for i in range(len(shift)))
    share = mp.mpf(float(problem.share_j[j]))
    forward = _exact(problem.ln_kf_j[j]) + mp.fsum(ln_theta[i] for i in t.initial_jm[j] if i >= 0) - share * push
    reverse = _exact(problem.ln_kr_j[j]) + mp.fsum(ln_theta[i] for i in t.final_jm[j] if i >= 0) + (1 - share) * push
    return forward, reverse


def _derivative(problem: SteadyProblem, j: int, forward: Any, reverse: Any, theta: list[Any]) -> dict[int, Any]:
    t = problem.topology
    derivative: dict[int, Any] = {}
    for side, rate in ((t.initial_jm[j], forward), (t.final_jm[j], -reverse)):
        for i in side[side >= 0]:
            derivative[int(i)] = derivative.get(int(i), mp.mpf(0)) + rate
    if problem.coupling_ik.any():
        share = mp.mpf(float(problem.share_j[j]))
        for i in range(len(theta)):
            gain = -(share * forward + (1 - share) * reverse) * _push(problem, j, i) * theta[i]
            derivative[i] = derivative.get(i, mp.mpf(0)) + gain
    return derivative


def _exact(value: float) -> Any:
    return mp.mpf("-inf") if value == -np.inf else mp.mpf(float(value))

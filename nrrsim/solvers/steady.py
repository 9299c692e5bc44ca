"""Steady states: pseudo-transient continuation in double precision, certified; arbitrary precision where that fails.

The residual is no stopping test: relative to the largest one-way rate it is 1e-16 for right and wrong answers alike.
What certifies an answer theta is the stationary vector pi of the generator frozen at theta, found without subtraction:
at the steady state they are equal, and their difference times (I - d ln pi/d ln theta)^-1 bounds the error.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers import _kernels
from nrrsim.solvers.flux import finite_rates, with_rates
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.reach import reachable_species, restricted
from nrrsim.solvers.solution import Solution
from nrrsim.solvers.topology import Topology, without_equilibria

Floats = NDArray[np.float64]

CERTIFIED_COVERAGE_ERROR = 1e-7
MAX_ITERATIONS = 400
_FAST_STEPS = 7.0  # ln of how much faster than any other step those at equilibrium run on the way
CERTIFIED = "certified steady state."
_EQUILIBRIUM_TRAFFIC = 1e30  # of a step at equilibrium in the certificate's generator, over the fastest other rate


def steady_state(problem: SteadyProblem, *, start_i: Floats | None = None) -> Solution:
    """The steady state of a mean-field surface.

    Parameters
    ----------
    problem : SteadyProblem
    start_i : array (i,), optional
        Coverages to start from; a nearly clean surface without it.

    Returns
    -------
    Solution
        With `success` False and a status that says why where no certificate could be had.
    """
    reachable = reachable_species(problem.topology, problem.ln_kf_j, problem.ln_kr_j)
    if not reachable.all():
        return _with_absent_species(problem, reachable)
    start = start_i if start_i is not None else _nearly_clean(problem.topology)
    attempts = [
        (start, _kernels.BOLD),
        (start, _kernels.CAUTIOUS),
        (_evenly_covered(problem.topology), _kernels.CAUTIOUS),
    ]
    spent = 0
    for begin, mode in attempts:
        theta, code, iterations = _continued(problem, begin, mode)
        spent += iterations
        if code == _kernels.CONVERGED:
            solution = _assemble(problem, theta, spent, "double")
            if solution.success:
                return solution
            break  # close, but not certified: a good start for more digits
    return _in_multiple_precision(problem, theta if np.all(np.isfinite(theta)) else start, spent)


def _in_multiple_precision(problem: SteadyProblem, start: Floats, spent: int) -> Solution:
    from nrrsim.solvers import multiprecision  # mpmath loads only where double precision did not do

    for begin, bold in ((start, False), (_nearly_clean(problem.topology), True)):
        refined = multiprecision.steady_state(problem, begin, bold=bold)
        if refined is not None:
            rounding = float(np.finfo(np.float64).eps)  # it converged far below it, response included
            return with_rates(
                problem, refined, rounding, success=True, status=CERTIFIED, iterations=spent, arithmetic="mpmath"
            )
    status = "no steady state was found: the iteration did not converge in double or in multiple precision."
    return with_rates(problem, start, float("inf"), success=False, status=status, iterations=spent, arithmetic="mpmath")


def _continued(problem: SteadyProblem, start: Floats, mode: int) -> tuple[Floats, int, int]:
    """Coverages, code and iterations from one start.

    Steps at equilibrium make the way to their manifold hard to follow. So they first run as steps that are merely fast,
    which leaves the coverages close, and Newton steps with the exact constraints do the rest.
    """
    if problem.topology.equilibrium_q.size == 0:
        return _iterate(problem, start, mode)
    near, _, iterations = _iterate(_with_fast_steps(problem), start, mode)
    theta, code, more = _iterate(problem, near, _kernels.NEWTON)
    return theta, code, iterations + more


def _with_fast_steps(problem: SteadyProblem) -> SteadyProblem:
    """The same problem with its steps at equilibrium made fast instead, their equilibrium constants kept."""
    t = problem.topology
    held = t.equilibrium_q
    slow = np.ones(len(t.steps), dtype=np.bool_)
    slow[held] = False
    constants = np.concatenate([problem.ln_kf_j[slow], problem.ln_kr_j[slow]])
    fast = _FAST_STEPS + (float(np.max(constants)) if constants.size else 0.0)
    ln_K = problem.ln_kf_j[held] - problem.ln_kr_j[held]
    ln_kf, ln_kr = problem.ln_kf_j.copy(), problem.ln_kr_j.copy()
    ln_kf[held], ln_kr[held] = fast + np.maximum(ln_K, 0.0), fast + np.maximum(-ln_K, 0.0)
    return dataclasses.replace(problem, topology=without_equilibria(t), ln_kf_j=ln_kf, ln_kr_j=ln_kr)


def _iterate(problem: SteadyProblem, start: Floats, mode: int) -> tuple[Floats, int, int]:
    t = problem.topology
    theta, code, iterations, _ = _kernels.pseudo_transient(
        start,
        problem.ln_kf_j,
        problem.ln_kr_j,
        t.initial_jm,
        t.final_jm,
        t.nu_ij,
        t.balance_ki,
        t.balance_kj,
        t.site_in_balance_sk,
        t.site_si,
        t.equilibrium_q,
        problem.density_i,
        problem.coupling_ik,
        problem.share_j,
        mode,
        MAX_ITERATIONS,
    )
    return theta, code, iterations


def _nearly_clean(topology: Topology) -> Floats:
    """Free sites nearly all of each type."""
    free = np.array([name.startswith("*") for name in topology.species])
    theta = np.where(free, 1.0, 1e-6)
    return np.asarray(theta / (theta @ topology.site_si.T @ topology.site_si))


def _evenly_covered(topology: Topology) -> Floats:
    return np.asarray(1.0 / (np.ones(len(topology.species)) @ topology.site_si.T @ topology.site_si))


def _with_absent_species(problem: SteadyProblem, reachable: NDArray[np.bool_]) -> Solution:
    """Solve without the species that nothing makes at these pressures; their coverage is exactly zero."""
    part = restricted(problem, reachable)
    if not part.problem.topology.steps:
        clean = _nearly_clean(part.problem.topology)
        return part.widen(
            with_rates(part.problem, clean, 0.0, success=True, status=CERTIFIED, iterations=0, arithmetic="double")
        )
    return part.widen(steady_state(part.problem))


def _assemble(problem: SteadyProblem, theta: Floats, iterations: int, arithmetic: str) -> Solution:
    coverage_error = certified_error(problem, theta)
    certified = coverage_error < CERTIFIED_COVERAGE_ERROR
    status = CERTIFIED if certified else _doubt(coverage_error)
    return with_rates(
        problem, theta, coverage_error, success=certified, status=status, iterations=iterations, arithmetic=arithmetic
    )


def _doubt(error: float) -> str:
    if not np.isfinite(error):
        return "the response of the steady state is singular: a fold, or a pool fed by nothing."
    return f"not certified: coverages may be off by {error:.1e} (relative)."


def certified_error(problem: SteadyProblem, theta: Floats) -> float:
    """Bound on the relative error of the coverages; infinite when the response is singular."""
    generator = _generator(problem, theta, with_equilibrium=True)
    deviation = np.zeros_like(theta)
    for row in problem.topology.site_si:
        members = np.flatnonzero(row)
        pi = _kernels.stationary_vector(generator[np.ix_(members, members)])
        if not np.all(pi > 0):
            return float("inf")
        deviation[members] = np.log(pi) - np.log(theta[members])
    return _amplified(problem, theta, deviation)


def _generator(problem: SteadyProblem, theta: Floats, *, with_equilibrium: bool) -> Floats:
    """Rates from species to species of the chain frozen at theta, per site of the first type over coverage, (i, i)."""
    t = problem.topology
    ln_forward, ln_reverse = problem.ln_rates(theta)
    forward, reverse = np.exp(ln_forward), np.exp(ln_reverse)
    held = t.equilibrium_q
    scale = _EQUILIBRIUM_TRAFFIC * float(np.max(finite_rates(forward + reverse, t)))
    forward[held] = scale * with_equilibrium
    reverse[held] = scale * with_equilibrium * np.exp(ln_reverse[held] - ln_forward[held])
    q = np.zeros((theta.size, theta.size))
    for j, a, b in t.moves:
        q[a, b] += forward[j] / theta[a]
        q[b, a] += reverse[j] / theta[b]
    return q


def _amplified(problem: SteadyProblem, theta: Floats, deviation: Floats) -> float:
    """Largest entry of (I - d ln pi/d ln theta)^-1 (ln pi - ln theta), through the matrix of the linear system."""
    t = problem.topology
    q = _generator(problem, theta, with_equilibrium=False)
    np.fill_diagonal(q, -q.sum(axis=1))
    matrix, replaced = problem.matrix(theta)
    right = np.concatenate([t.balance_ki @ (-(q.T @ (theta * deviation))), t.nu_ij[:, t.equilibrium_q].T @ deviation])
    right[replaced] = t.site_si @ (theta * deviation)
    u, solved = _kernels.solve_equilibrated(matrix, right)
    return float(np.max(np.abs(u))) if solved and np.all(np.isfinite(u)) else float("inf")

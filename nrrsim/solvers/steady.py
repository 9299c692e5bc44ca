"""Steady states: a ladder of attempts in double precision, each certified; arbitrary precision where all of them fail.

The residual is no stopping test: relative to the largest one-way rate it is 1e-16 for right and wrong answers alike.
`_kernels.steady` says what certifies an answer instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels import starts
from nrrsim.solvers._kernels.batch import solve_one
from nrrsim.solvers._kernels.certificate import CERTIFIED as CERTIFIED_ERROR
from nrrsim.solvers._kernels.certificate import corrected
from nrrsim.solvers._kernels.network import COLD, DOUBLE_DOUBLE, GIVEN, NONE, WARM, workspace
from nrrsim.solvers._kernels.refined import refine_one
from nrrsim.solvers.flux import assembled, with_rates
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.reach import reachable_species, restricted
from nrrsim.solvers.solution import Solution
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]

CERTIFIED = "certified steady state."
UNCONVERGED = "no steady state was found: the iteration did not converge in double or in multiple precision."
SADDLE = "no steady state was found but one that the surface leaves: a saddle between two others."
_FULL = 1e3  # of a species on a surface to search from, over the rest
_DISTINCT = 1e-6  # difference of coverages from which on they are two states


def steady_state(problem: SteadyProblem, *, start_i: Floats | None = None) -> Solution:
    """The steady state of a mean-field surface.

    Parameters
    ----------
    problem : SteadyProblem
    start_i : array (i,), optional
        Coverages to start from; without it, those that the chain frozen at a nearly clean surface leads to.

    Returns
    -------
    Solution
        With `success` False and a status that says why where no certificate could be had.
    """
    reachable = reachable_species(problem.topology, problem.ln_kf_j, problem.ln_kr_j)
    if not reachable.all():
        return _with_absent_species(problem, reachable)
    t, work = problem.topology, workspace(problem.topology.arrays)
    theta = nearly_clean(t) if start_i is None else np.array(start_i, dtype=float)
    tof, tof_error = np.zeros(len(t.gases)), np.zeros(len(t.gases))
    rates, arithmetic = problem.rates, "double"
    begin = COLD if start_i is None else WARM
    rung, spent, error, _ = solve_one(t.arrays, rates, theta, begin, -1, work, tof, tof_error)
    if t.equilibrium_q.size == 0 and (rung == NONE or np.max(tof_error) > CERTIFIED_ERROR):
        sharper, more = refine_one(
            t.arrays, rates, problem.ln_kf_j, problem.ln_kr_j, theta, rung != NONE, work, tof, tof_error
        )
        spent += more
        if np.isfinite(sharper):
            rung, error, arithmetic = DOUBLE_DOUBLE, min(error, sharper), "double-double"
        elif rung != NONE:  # the attempt has used the workspace
            rung, _, error, _ = solve_one(t.arrays, rates, theta, WARM, -1, work, tof, tof_error)
    if rung == NONE:
        return _in_multiple_precision(problem, theta, spent)
    return assembled(problem, theta, work, tof, tof_error, error, True, CERTIFIED, spent, arithmetic)


def other_steady_states(problem: SteadyProblem, known: Solution) -> tuple[Solution, ...]:
    """Further certified steady states, found from an even surface and from one nearly full of each species in turn.

    There may be more: a search from a few places proves nothing. None are looked for where species are absent, or with
    steps held at equilibrium.
    """
    t = problem.topology
    if t.equilibrium_q.size or not reachable_species(t, problem.ln_kf_j, problem.ln_kr_j).all():
        return ()
    found: list[Solution] = [known] if known.success else []
    work, tof, tof_error = workspace(t.arrays), np.zeros(len(t.gases)), np.zeros(len(t.gases))
    count = len(found)
    for theta in _places(t):
        rung, spent, error, _ = solve_one(t.arrays, problem.rates, theta, GIVEN, -1, work, tof, tof_error)
        if rung == NONE or any(_is_near(theta, other.theta_i) for other in found):
            continue
        found.append(assembled(problem, theta, work, tof, tof_error, error, True, CERTIFIED, spent, "double"))
    return tuple(found[count:])


def _places(topology: Topology) -> Iterator[Floats]:
    """Coverages to begin a search from."""
    even = np.zeros(len(topology.species))
    starts.evenly_covered(topology.arrays, even)
    yield even
    for i in range(len(topology.species)):
        full = nearly_clean(topology)
        full[i] = _FULL
        for sites_i in topology.site_si:
            on_type = sites_i > 0
            full[on_type] /= sites_i @ full
        yield full


def _is_near(theta_i: Floats, other_i: Floats) -> bool:
    """Whether coverages are those of one steady state; by the larger ones, trace species follow."""
    return bool(np.allclose(theta_i, other_i, rtol=_DISTINCT, atol=_DISTINCT))


def certified_error(problem: SteadyProblem, theta_i: Floats) -> float:
    """Distance of coverages from the steady state nearby, the largest relative one; infinite where there is none."""
    theta = np.array(theta_i, dtype=float)
    error = corrected(problem.topology.arrays, problem.rates, theta, workspace(problem.topology.arrays))
    return max(error, float(np.max(np.abs(np.log(theta / theta_i))))) if np.isfinite(error) else float("inf")


def nearly_clean(topology: Topology) -> Floats:
    """Free sites nearly all of each type."""
    theta = np.zeros(len(topology.species))
    starts.nearly_clean(topology.arrays, theta)
    return theta


def _in_multiple_precision(problem: SteadyProblem, start: Floats, spent: int) -> Solution:
    from nrrsim.solvers import multiprecision  # mpmath loads only where double precision did not do

    clean, saddle = nearly_clean(problem.topology), False
    usable = bool(np.all(np.isfinite(start)) and np.all(start > 0))
    for begin, bold in ((start if usable else clean, False), (clean, True)):
        refined = multiprecision.steady_state(problem, begin, bold=bold)
        if refined is not None and multiprecision.is_saddle(problem, refined):
            saddle = True
        elif refined is not None:
            rounding = float(np.finfo(np.float64).eps)  # it converged far below it, response included
            return with_rates(
                problem, refined, rounding, success=True, status=CERTIFIED, iterations=spent, arithmetic="mpmath"
            )
    status = SADDLE if saddle else UNCONVERGED
    return with_rates(problem, clean, float("inf"), success=False, status=status, iterations=spent, arithmetic="mpmath")


def _with_absent_species(problem: SteadyProblem, reachable: NDArray[np.bool_]) -> Solution:
    """Solve without the species that nothing makes at these pressures; their coverage is exactly zero."""
    part = restricted(problem, reachable)
    if not part.problem.topology.steps:
        clean = nearly_clean(part.problem.topology)
        return part.widen(
            with_rates(part.problem, clean, 0.0, success=True, status=CERTIFIED, iterations=0, arithmetic="double")
        )
    return part.widen(steady_state(part.problem))

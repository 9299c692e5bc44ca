"""Steady states at many conditions of one network, each chain of conditions started from the one before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.batch import solve_chain, solve_isolated_chain
from nrrsim.solvers._kernels.certificate import CERTIFIED
from nrrsim.solvers._kernels.network import DOUBLE_DOUBLE, NONE, Answers, workspace
from nrrsim.solvers._kernels.refined import refine_rows
from nrrsim.solvers.isolated import isolated_state
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.reach import reachable_species, restricted
from nrrsim.solvers.solution import Solution
from nrrsim.solvers.steady import steady_state
from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]

FAILED, DOUBLE, EXTENDED, MPMATH = 0, 1, 2, 3
ARITHMETIC = ("not certified", "double", "double-double", "mpmath")


@dataclass(frozen=True, eq=False)
class Equations:
    """The rate equations at c conditions.

    Parameters
    ----------
    topology : Topology
    ln_kf_cj, ln_kr_cj : array (c, j)
        ln of constants with pressures in them [1/s per site of the first type].
    density_s : array (s,)
        Sites of each type per site of the first.
    coupling_cik : array (c, i, k) or None
        d mu_i/d theta_k over kT.
    share_j : array (j,)
        Share of the final state's interaction energy felt by the transition state.
    isolated : bool
        Whether species are states of one whole site.
    """

    topology: Topology
    ln_kf_cj: Floats
    ln_kr_cj: Floats
    density_s: Floats
    coupling_cik: Floats | None
    share_j: Floats
    isolated: bool = False

    def problem(self, c: int) -> SteadyProblem:
        """The equations at one condition."""
        n = len(self.topology.species)
        coupling = np.zeros((n, n)) if self.coupling_cik is None else np.ascontiguousarray(self.coupling_cik[c])
        return SteadyProblem(self.topology, self.ln_kf_cj[c], self.ln_kr_cj[c], self.density_s, coupling, self.share_j)


@dataclass(frozen=True, eq=False)
class SteadyStates:
    """Steady states at c conditions; what is not certified is NaN.

    So is the rate control of answers that were found one by one: in mpmath, or for an isolated site with empty states.

    Parameters
    ----------
    theta_ci, net_cj, control_cj : array
        Coverages, net rates [1/s per site of the first type] and degrees of rate control on the gas chosen.
    tof_cg, tof_error_cg : array (c, g)
        Net production of each gas [1/s per site of the first type] and its relative error.
    error_c : array (c,)
        Bound on the largest relative error of a coverage; infinite without a certificate.
    arithmetic_c : array (c,) of int
        FAILED, DOUBLE, EXTENDED or MPMATH: places in `ARITHMETIC`.
    iterations_c : array (c,) of int
    """

    theta_ci: Floats
    net_cj: Floats
    control_cj: Floats
    tof_cg: Floats
    tof_error_cg: Floats
    error_c: Floats
    arithmetic_c: NDArray[np.int8]
    iterations_c: NDArray[np.int64]


def empty_states(topology: Topology, count: int, *, gas: str | None) -> SteadyStates:
    """Arrays to be filled; no rate control without a gas."""
    species, steps, gases = len(topology.species), len(topology.steps), len(topology.gases)
    return SteadyStates(
        theta_ci=np.full((count, species), np.nan),
        net_cj=np.full((count, steps), np.nan),
        control_cj=np.full((count if gas else 0, steps), np.nan),
        tof_cg=np.full((count, gases), np.nan),
        tof_error_cg=np.full((count, gases), np.inf),
        error_c=np.full(count, np.inf),
        arithmetic_c=np.zeros(count, dtype=np.int8),
        iterations_c=np.zeros(count, dtype=np.int64),
    )


def solve_batch(equations: Equations, *, gas: str | None = None, warm: bool = True) -> SteadyStates:
    """Solve conditions in the order given.

    Parameters
    ----------
    equations : Equations
    gas : str, optional
        Whose turnover the rate control is on; none without it.
    warm : bool
        Whether each condition starts from the one before. Isolated sites and conditions at which species are absent
        (a gas at zero pressure) need no start.
    """
    topology = equations.topology
    answers = empty_states(topology, equations.ln_kf_cj.shape[0], gas=gas)
    for reached, rows in _by_species_present(equations):
        if reached.all() or equations.isolated:
            _solve_rows(equations, rows, gas, warm, answers)
        else:
            _solve_without(equations, rows, reached, gas, warm, answers)
    return answers


def _by_species_present(equations: Equations) -> list[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Species that steps with constants above zero reach, and the conditions at which these are the ones."""
    zero = np.isneginf(np.concatenate([equations.ln_kf_cj, equations.ln_kr_cj], axis=1))
    if not zero.any():
        return [(np.ones(len(equations.topology.species), dtype=np.bool_), np.arange(zero.shape[0]))]
    patterns, member = np.unique(zero, axis=0, return_inverse=True)
    groups = []
    for k in range(patterns.shape[0]):
        rows = np.flatnonzero(member.ravel() == k)
        first = int(rows[0])
        groups.append(
            (reachable_species(equations.topology, equations.ln_kf_cj[first], equations.ln_kr_cj[first]), rows)
        )
    return groups


def _solve_rows(
    equations: Equations, rows: NDArray[np.int64], gas: str | None, warm: bool, answers: SteadyStates
) -> None:
    """Solve some of the conditions by the kernels, and what these leave one by one."""
    t = equations.topology
    found = _kernel_answers(equations, rows, gas, warm)
    certified = found.rung_c != NONE
    done = rows[certified]
    answers.theta_ci[done], answers.net_cj[done] = found.theta_ci[certified], found.net_cj[certified]
    answers.tof_cg[done], answers.tof_error_cg[done] = found.tof_cg[certified], found.tof_error_cg[certified]
    answers.error_c[done] = found.error_c[certified]
    answers.arithmetic_c[done] = np.where(found.rung_c[certified] == DOUBLE_DOUBLE, EXTENDED, DOUBLE)
    answers.iterations_c[rows] = found.iterations_c
    if gas is not None:
        answers.control_cj[done] = found.control_cj[certified]
    for c in rows[~certified]:
        solve = isolated_state if equations.isolated else steady_state
        _insert(answers, int(c), solve(equations.problem(int(c))), t)


def _kernel_answers(equations: Equations, rows: NDArray[np.int64], gas: str | None, warm: bool) -> Answers:
    t, count = equations.topology, rows.size
    species, steps, gases = len(t.species), len(t.steps), len(t.gases)
    found = Answers(
        np.zeros((count, species)),
        np.zeros((count, gases)),
        np.zeros((count, gases)),
        np.zeros((count, steps)),
        np.zeros((count if gas else 0, steps)),
        np.zeros(count),
        np.zeros(count, dtype=np.int8),
        np.zeros(count, dtype=np.int64),
    )
    ln_kf, ln_kr = (np.ascontiguousarray(ln_k[rows]) for ln_k in (equations.ln_kf_cj, equations.ln_kr_cj))
    index, work = t.gases.index(gas) if gas is not None else -1, workspace(t.arrays)
    if equations.isolated:
        solve_isolated_chain(t.arrays, ln_kf, ln_kr, index, work, found)
        return found
    coupling = equations.coupling_cik
    chosen = np.zeros((0, 0, 0)) if coupling is None else np.ascontiguousarray(coupling[rows])
    density_i = equations.problem(int(rows[0])).density_i
    solve_chain(t.arrays, ln_kf, ln_kr, density_i, chosen, equations.share_j, index, warm, work, found)
    unsure = np.flatnonzero((found.rung_c == NONE) | (np.max(found.tof_error_cg, axis=1, initial=0.0) > CERTIFIED))
    if unsure.size and t.equilibrium_q.size == 0:
        refine_rows(t.arrays, ln_kf, ln_kr, density_i, chosen, equations.share_j, index, unsure, work, found)
    return found


def _solve_without(
    equations: Equations,
    rows: NDArray[np.int64],
    reached: NDArray[np.bool_],
    gas: str | None,
    warm: bool,
    answers: SteadyStates,
) -> None:
    """Solve conditions at which some species are absent: their coverage and the rates of their steps are zero."""
    part = restricted(equations.problem(int(rows[0])), reached)
    species, steps = part.species_i, part.steps_j
    if not part.problem.topology.steps:
        for c in rows:
            _insert(answers, int(c), steady_state(equations.problem(int(c))), equations.topology)
        return
    coupling = equations.coupling_cik
    inner = Equations(
        part.problem.topology,
        equations.ln_kf_cj[np.ix_(rows, steps)],
        equations.ln_kr_cj[np.ix_(rows, steps)],
        equations.density_s,
        None if coupling is None else coupling[np.ix_(rows, species, species)],
        equations.share_j[steps],
    )
    found = solve_batch(inner, gas=gas, warm=warm)
    certified = found.arithmetic_c != FAILED
    done = rows[certified]
    answers.theta_ci[done] = 0.0
    answers.net_cj[done] = 0.0
    answers.theta_ci[np.ix_(done, species)] = found.theta_ci[certified]
    answers.net_cj[np.ix_(done, steps)] = found.net_cj[certified]
    if gas is not None:
        answers.control_cj[done] = 0.0
        answers.control_cj[np.ix_(done, steps)] = found.control_cj[certified]
    answers.tof_cg[done], answers.tof_error_cg[done] = found.tof_cg[certified], found.tof_error_cg[certified]
    answers.error_c[rows], answers.arithmetic_c[rows] = found.error_c, found.arithmetic_c
    answers.iterations_c[rows] = found.iterations_c


def _insert(answers: SteadyStates, c: int, solution: Solution, topology: Topology) -> None:
    """A solution that was found on its own; without rate control."""
    answers.iterations_c[c] += solution.iterations
    if not solution.success:
        return
    answers.theta_ci[c], answers.net_cj[c] = solution.theta_i, solution.net_j
    answers.tof_cg[c] = [solution.tof[g] for g in topology.gases]
    answers.tof_error_cg[c] = [solution.certificate.tof_relative_error[g] for g in topology.gases]
    answers.error_c[c] = solution.certificate.coverage_error
    answers.arithmetic_c[c] = ARITHMETIC.index(solution.certificate.arithmetic)

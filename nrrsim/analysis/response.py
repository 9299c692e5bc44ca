"""The linear response of a steady state: how all its turnovers answer to every rate and equilibrium constant.

With F(ln theta, x) = 0 the steady state and M = -dF/d ln theta, one solution of M^T lambda = dR/d ln theta for each
turnover R = sum_j c_j r_j (c its least-cancelling cut) gives the weights w_j = c_j + (lambda W nu)_j, and with them

    dR = sum_j w_j (r_j d ln kf_j + reverse_j d ln K_j) + sum_q lambda_q d ln K_q

over all steps j and the steps q held at equilibrium. Nothing here is a difference of two solutions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.network import Workspace, workspace
from nrrsim.solvers._kernels.response import step_weights
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.reach import restricted
from nrrsim.solvers.solution import Solution

Floats = NDArray[np.float64]

LARGEST_ERROR = 1e-9  # of d ln R/d ln k: beyond it the multipliers are solved for in many digits
_DIGITS = 60  # beyond those by which the rates differ


@dataclass(frozen=True, eq=False)
class Response:
    """Derivatives of turnovers to constants; zero for steps of species that are absent.

    Parameters
    ----------
    gases : tuple[str, ...]
        Index g.
    tof_g : array (g,)
        Turnovers R_g [1/s per site of the first type].
    control_gj : array (g, j)
        dR_g/d ln k_j at constant K_j [1/s per site of the first type]; zero for steps held at equilibrium.
    equilibrium_gj : array (g, j)
        dR_g/d ln K_j at constant kf_j [1/s per site of the first type].
    """

    gases: tuple[str, ...]
    tof_g: Floats
    control_gj: Floats
    equilibrium_gj: Floats

    def to(self, d_ln_kf_xj: Floats, d_ln_kr_xj: Floats) -> Floats:
        """dR_g/dx for d ln kf_j/dx and d ln kr_j/dx of some parameters, shape (x, j) each; the answer has (x, g)."""
        return np.asarray(d_ln_kf_xj @ self.control_gj.T + (d_ln_kf_xj - d_ln_kr_xj) @ self.equilibrium_gj.T)


def linear_response(problem: SteadyProblem, solution: Solution) -> Response | None:
    """How the turnovers of a certified steady state answer to its constants.

    Parameters
    ----------
    problem : SteadyProblem
    solution : Solution
        Of that problem.

    Returns
    -------
    Response or None
        None where the response is singular, at a fold.
    """
    tof_g = np.array([solution.tof.get(gas, 0.0) for gas in solution.topology.gases])
    shape = (tof_g.size, len(solution.topology.steps))
    control, equilibrium = np.zeros(shape), np.zeros(shape)
    if not tof_g.any():
        return Response(solution.topology.gases, tof_g, control, equilibrium)
    part = problem
    species: NDArray[np.int64] | slice = slice(None)
    steps: NDArray[np.int64] | slice = slice(None)
    if not np.all(solution.theta_i > 0):
        present = restricted(problem, solution.theta_i > 0)
        part, species, steps = present.problem, present.species_i, present.steps_j
    found = _weights(part, solution.theta_i[species], np.ascontiguousarray(solution.cut_gj[:, steps]), tof_g)
    if found is None:
        return None
    weight_gj, multiplier_gq, reverse_j = found
    held = part.topology.equilibrium_q
    control_gj, equilibrium_gj = weight_gj * solution.net_j[steps], weight_gj * reverse_j
    control_gj[:, held], equilibrium_gj[:, held] = 0.0, multiplier_gq
    control[:, steps], equilibrium[:, steps] = control_gj, equilibrium_gj
    return Response(solution.topology.gases, tof_g, control, equilibrium)


def _weights(
    problem: SteadyProblem, theta: Floats, cut_gj: Floats, tof_g: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """Weights of the steps, multipliers of those held, reverse rates; in the least arithmetic that is enough."""
    arrays = problem.topology.arrays
    work = workspace(arrays)
    weight_gj, multiplier_gk = np.zeros(cut_gj.shape), np.zeros((tof_g.size, theta.size))
    error = step_weights(arrays, problem.rates, theta, cut_gj, tof_g, work, weight_gj, multiplier_gk)
    if not error <= LARGEST_ERROR:
        for g in np.flatnonzero(tof_g):
            found = _weights_in_many_digits(problem, theta, cut_gj[g], work)
            if found is None:
                return None
            weight_gj[g], multiplier_gk[g] = found
    return weight_gj, multiplier_gk[:, problem.topology.balance_ki.shape[0] :], work.reverse_j


def _weights_in_many_digits(
    problem: SteadyProblem, theta: Floats, cut_j: Floats, work: Workspace
) -> tuple[Floats, Floats] | None:
    """Weights and multipliers in mpmath: slow, where the rates differ by more than factors in double precision bear."""
    import mpmath as mp  # loads only where double precision did not do

    topology, held = problem.topology, problem.topology.equilibrium_q
    sizes = np.concatenate([work.forward_j, work.reverse_j, theta])
    sizes = sizes[sizes > 0]
    with mp.workdps(_DIGITS + int(np.log10(sizes.max()) - np.log10(sizes.min()))):

        def exact(values: Floats) -> Any:
            return np.vectorize(lambda x: mp.mpf(float(x)), otypes=[object])(values)

        balance_kj = topology.balance_kj.copy()
        balance_kj[work.replaced_s] = 0.0
        balance_kj[:, held] = 0.0
        derivative_ji, constraint_qi = _derivatives(problem, theta, work, exact)
        matrix_ki = np.concatenate([-exact(balance_kj) @ derivative_ji, constraint_qi])
        matrix_ki[work.replaced_s] = exact(topology.site_si) * exact(theta)
        free_j = np.where(np.isin(np.arange(cut_j.size), held), 0.0, cut_j)
        try:
            solved = mp.lu_solve(mp.matrix(matrix_ki.T.tolist()), mp.matrix((exact(free_j) @ derivative_ji).tolist()))
        except ZeroDivisionError:
            return None
        multiplier_k = np.array(list(solved), dtype=object)
        weight_j = exact(cut_j) + multiplier_k[: balance_kj.shape[0]] @ exact(balance_kj)
        return weight_j.astype(np.float64), multiplier_k.astype(np.float64)


def _derivatives(problem: SteadyProblem, theta: Floats, work: Workspace, exact: Any) -> tuple[Any, Any]:
    """dr_j/d ln theta_i, and d ln(reverse/forward)/d ln theta_i of the steps held, shapes (j, i) and (q, i)."""
    topology, held = problem.topology, problem.topology.equilibrium_q
    forward_j, reverse_j = work.forward_j.copy(), work.reverse_j.copy()
    forward_j[held] = reverse_j[held] = 0.0
    species = np.arange(theta.size)
    initial_ji, final_ji = (
        np.sum(side[:, :, None] == species, axis=1).astype(np.float64)
        for side in (topology.initial_jm, topology.final_jm)
    )
    push_ji = exact(topology.nu_ij.T) @ exact(problem.coupling_ik) * exact(theta)
    forward, reverse, share = (exact(values)[:, None] for values in (forward_j, reverse_j, problem.share_j))
    by_neighbours = (share * forward + (1 - share) * reverse) * push_ji
    derivative_ji = forward * exact(initial_ji) - reverse * exact(final_ji) - by_neighbours
    return derivative_ji, exact(topology.nu_ij.T[held]) + push_ji[held]

"""Many conditions of one network in a row, each started from the one before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nrrsim.solvers._kernels.certificate import CERTIFIED, correction
from nrrsim.solvers._kernels.chain import fold
from nrrsim.solvers._kernels.equations import linear_system, one_way_rates
from nrrsim.solvers._kernels.flux import ROUNDING, busiest_basis, net_rates, still_busiest, turnovers
from nrrsim.solvers._kernels.linear import factorise
from nrrsim.solvers._kernels.network import NEWTON, Floats, Ints, Network, Rates, Workspace, workspace
from nrrsim.solvers._kernels.refined import precise, refined, refined_state
from nrrsim.solvers._kernels.response import rate_control
from nrrsim.solvers._kernels.starts import nearly_clean
from nrrsim.solvers._kernels.steady import COLD, DOUBLE_DOUBLE, NONE, steady_state

EPSILON = 2.220446049250313e-16
REFINED_ROUNDING = 1e-27  # of the net rates in double-double arithmetic, over one-way rates


class Answers(NamedTuple):
    """What the steady states of c conditions are; arrays of no rows are not filled.

    Parameters
    ----------
    theta_ci : array (c, i)
    tof_cg, tof_error_cg : array (c, g)
        Net production of each gas [1/s per site of the first type] and its relative error.
    net_cj : array (c, j) or (0, j)
    control_cj : array (c, j) or (0, j)
        Degree of rate control on the chosen gas.
    error_c : array (c,)
        Bound on the largest relative error of a coverage; infinite without a certificate.
    rung_c : array (c,)
        Of the ladder; NONE where no attempt was certified.
    iterations_c : array (c,)
    """

    theta_ci: Floats
    tof_cg: Floats
    tof_error_cg: Floats
    net_cj: Floats
    control_cj: Floats
    error_c: Floats
    rung_c: NDArray[np.int8]
    iterations_c: Ints


@njit(cache=True, nogil=True)
def solve_one(
    network: Network,
    rates: Rates,
    ln_kf_j: Floats,
    ln_kr_j: Floats,
    theta_i: Floats,
    warm: bool,
    basis_size: int,
    work: Workspace,
    tof_g: Floats,
    tof_error_g: Floats,
) -> tuple[int, int, float, int]:
    """One condition: coverages into `theta_i`, turnovers and their errors into theirs, rates left in the workspace.

    Double precision comes first; double-double where it certifies no coverages, or leaves a turnover uncertain (then
    the coverages are known, and the net rates are what is refined). Returns the rung, the iterations, the bound on
    coverages and the size of the flux basis in the workspace; `basis_size` is that of the condition before, negative
    for none.
    """
    rung, spent, error = steady_state(network, rates, theta_i, warm, work)
    may_refine = network.equilibrium_q.size == 0
    if rung == NONE and may_refine:
        if not _positive(theta_i):
            nearly_clean(network, theta_i)
        numbers = precise(network, ln_kf_j, ln_kr_j, theta_i)
        error, iterations = refined_state(network, rates, numbers, theta_i, work)
        spent += iterations
        if error < np.inf:
            rung = DOUBLE_DOUBLE
    elif rung != NONE:
        for j in range(work.direct_j.size):
            work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
    if rung == NONE:
        tof_g[:] = np.nan
        tof_error_g[:] = np.inf
        return NONE, spent, np.inf, basis_size
    share = REFINED_ROUNDING if rung == DOUBLE_DOUBLE else ROUNDING + 2.0 * error
    basis_size = _fluxes(network, share, basis_size, work, tof_g, tof_error_g)
    if rung != DOUBLE_DOUBLE and may_refine and np.max(tof_error_g) > CERTIFIED:
        numbers = precise(network, ln_kf_j, ln_kr_j, theta_i)
        sharper, iterations = refined(network, rates, numbers, NEWTON, 30, work)
        spent += iterations
        if sharper < np.inf:
            rung, error = DOUBLE_DOUBLE, min(error, sharper)
            theta_i[:] = numbers.theta_i2[:, 0]
            basis_size = _fluxes(network, REFINED_ROUNDING, basis_size, work, tof_g, tof_error_g)
        else:  # the failed attempt has left its own numbers in the workspace
            correction(network, rates, theta_i, work)
            for j in range(work.direct_j.size):
                work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
            basis_size = _fluxes(network, share, basis_size, work, tof_g, tof_error_g)
    return rung, spent, error, basis_size


@njit(cache=True, nogil=True)
def _positive(theta_i: Floats) -> bool:
    return bool(np.min(theta_i) > 0.0 and np.max(theta_i) < np.inf)


@njit(cache=True, nogil=True)
def _fluxes(
    network: Network, share: float, basis_size: int, work: Workspace, tof_g: Floats, tof_error_g: Floats
) -> int:
    """Net rates and turnovers from the rates in the workspace; the size of the flux basis."""
    traffic_j = work.step_j
    for j in range(traffic_j.size):
        traffic_j[j] = np.inf if network.is_held_j[j] else work.forward_j[j] + work.reverse_j[j]
    if basis_size < 0 or not still_busiest(traffic_j, basis_size, work):
        basis_size = busiest_basis(network, traffic_j, work)
    net_rates(basis_size, work)
    turnovers(network, share, basis_size, work, tof_g, tof_error_g)
    return basis_size


@njit(cache=True, nogil=True)
def solve_chain(
    network: Network,
    ln_kf_cj: Floats,
    ln_kr_cj: Floats,
    density_i: Floats,
    coupling_cik: Floats,
    share_j: Floats,
    gas: int,
    warm: bool,
    answers: Answers,
) -> None:
    """Solve conditions one after the other.

    Parameters
    ----------
    network : Network
    ln_kf_cj, ln_kr_cj : array (c, j)
        ln of constants with pressures in them [1/s], finite.
    density_i : array (i,)
    coupling_cik : array (c, i, k), or (0, 0, 0) without interactions
    share_j : array (j,)
    gas : int
        Whose turnover the rate control is on; negative for none.
    warm : bool
        Whether a condition starts from the coverages of the last certified one.
    answers : Answers
        Filled.
    """
    n, n_steps = network.nu_ij.shape
    work = workspace(network)
    theta, kf, kr = np.zeros(n), np.zeros(n_steps), np.zeros(n_steps)
    uncoupled = np.zeros((0, 0))
    known, basis_size = False, -1
    for c in range(ln_kf_cj.shape[0]):
        for j in range(n_steps):
            kf[j], kr[j] = np.exp(ln_kf_cj[c, j]), np.exp(ln_kr_cj[c, j])
        rates = Rates(kf, kr, density_i, coupling_cik[c] if coupling_cik.shape[0] else uncoupled, share_j)
        rung, iterations, error, basis_size = solve_one(
            network, rates, ln_kf_cj[c], ln_kr_cj[c], theta, warm and known, basis_size, work,
            answers.tof_cg[c], answers.tof_error_cg[c],
        )  # fmt: skip
        known = rung != NONE
        answers.theta_ci[c] = theta
        answers.rung_c[c], answers.iterations_c[c], answers.error_c[c] = rung, iterations, error
        if answers.net_cj.shape[0]:
            answers.net_cj[c] = work.net_j
        if gas < 0 or not answers.control_cj.shape[0]:
            continue
        if known and answers.tof_cg[c, gas] != 0.0:
            rate_control(network, rates, theta, work.cut_gj[gas], answers.tof_cg[c, gas], work, answers.control_cj[c])
        else:
            answers.control_cj[c] = np.nan


@njit(cache=True, nogil=True)
def solve_isolated_chain(network: Network, ln_kf_cj: Floats, ln_kr_cj: Floats, gas: int, answers: Answers) -> None:
    """Isolated sites at one condition after the other: populations by elimination, exact to rounding.

    A chain that is not irreducible is left without an answer (NONE): which closed class it ends in is not asked here.
    """
    n, n_steps = network.nu_ij.shape
    work = workspace(network)
    theta, kf, kr = np.zeros(n), np.zeros(n_steps), np.zeros(n_steps)
    rates = Rates(kf, kr, np.ones(n), np.zeros((0, 0)), np.zeros(n_steps))
    basis_size = -1
    for c in range(ln_kf_cj.shape[0]):
        work.chain[:] = 0.0
        for j in range(n_steps):
            kf[j], kr[j] = np.exp(ln_kf_cj[c, j]), np.exp(ln_kr_cj[c, j])
        for m in range(network.move_m4.shape[0]):
            j, a, b = network.move_m4[m, 0], network.move_m4[m, 1], network.move_m4[m, 2]
            work.chain[a, b] += kf[j]
            work.chain[b, a] += kr[j]
        if not (fold(work.chain, n, theta) and _positive(theta)):
            answers.rung_c[c], answers.error_c[c] = NONE, np.inf
            answers.tof_cg[c], answers.tof_error_cg[c] = np.nan, np.inf
            continue
        error = 4 * n * EPSILON
        answers.rung_c[c], answers.error_c[c], answers.theta_ci[c] = COLD, error, theta
        one_way_rates(network, rates, theta, work.forward_j, work.reverse_j)
        for j in range(n_steps):
            work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
        basis_size = _fluxes(
            network, ROUNDING + 2.0 * error, basis_size, work, answers.tof_cg[c], answers.tof_error_cg[c]
        )
        if answers.net_cj.shape[0]:
            answers.net_cj[c] = work.net_j
        if gas < 0 or not answers.control_cj.shape[0]:
            continue
        linear_system(network, rates, theta, 0.0, True, work)
        if answers.tof_cg[c, gas] != 0.0 and factorise(work.matrix, work.row_scale_i, work.swap_i):
            rate_control(network, rates, theta, work.cut_gj[gas], answers.tof_cg[c, gas], work, answers.control_cj[c])
        else:
            answers.control_cj[c] = np.nan

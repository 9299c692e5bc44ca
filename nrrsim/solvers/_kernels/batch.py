"""Many conditions of one network in a row, each started from the one before."""

from __future__ import annotations

import numpy as np
from numba import njit

from nrrsim.solvers._kernels.chain import fold
from nrrsim.solvers._kernels.equations import linear_system, one_way_rates
from nrrsim.solvers._kernels.flux import ROUNDING, fluxes
from nrrsim.solvers._kernels.linear import factorise
from nrrsim.solvers._kernels.network import COLD, NONE, Answers, Floats, Network, Rates, Workspace, workspace
from nrrsim.solvers._kernels.response import rate_control
from nrrsim.solvers._kernels.steady import steady_state

EPSILON = 2.220446049250313e-16


@njit(cache=True, nogil=True, error_model="numpy")
def solve_one(
    network: Network,
    rates: Rates,
    theta_i: Floats,
    warm: bool,
    basis_size: int,
    work: Workspace,
    tof_g: Floats,
    tof_error_g: Floats,
) -> tuple[int, int, float, int]:
    """One condition: coverages into `theta_i`, turnovers and their errors into theirs, rates left in the workspace.

    Returns the rung, the iterations, the bound on coverages and the size of the flux basis in the workspace;
    `basis_size` is that of the condition before, negative for none.
    """
    rung, spent, error = steady_state(network, rates, theta_i, warm, work)
    if rung == NONE:
        tof_g[:] = np.nan
        tof_error_g[:] = np.inf
        return NONE, spent, np.inf, basis_size
    for j in range(work.direct_j.size):
        work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
    return rung, spent, error, fluxes(network, ROUNDING + 2.0 * error, basis_size, work, tof_g, tof_error_g)


@njit(cache=True, nogil=True, error_model="numpy")
def _positive(theta_i: Floats) -> bool:
    return bool(np.min(theta_i) > 0.0 and np.max(theta_i) < np.inf)


@njit(cache=True, nogil=True, error_model="numpy")
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
    """Solve conditions one after the other, in double precision.

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
            network, rates, theta, warm and known, basis_size, work, answers.tof_cg[c], answers.tof_error_cg[c]
        )
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


@njit(cache=True, nogil=True, error_model="numpy")
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
        basis_size = fluxes(
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

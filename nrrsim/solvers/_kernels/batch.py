"""Many conditions of one network in a row, each started from those before."""

from __future__ import annotations

import numpy as np

from nrrsim.solvers._kernels.chain import fold
from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.equations import one_way_rates, steady_system
from nrrsim.solvers._kernels.flux import ROUNDING, fluxes
from nrrsim.solvers._kernels.lent import lent
from nrrsim.solvers._kernels.linear import copy_into, factorise
from nrrsim.solvers._kernels.network import COLD, NONE, WARM, Answers, Floats, Network, Rates, Workspace
from nrrsim.solvers._kernels.response import rate_control
from nrrsim.solvers._kernels.steady import steady_state

EPSILON = 2.220446049250313e-16
_LONGEST_STEP = 20.0  # times that a coverage may grow or shrink by extrapolation


@kernel
def solve_one(
    network: Network,
    rates: Rates,
    theta_i: Floats,
    begin: int,
    basis_size: int,
    work: Workspace,
    tof_g: Floats,
    tof_error_g: Floats,
) -> tuple[int, int, float, int]:
    """One condition, by the rungs from `begin` on: coverages, turnovers and their errors into the arrays given.

    Rates are left in the workspace.

    Returns the rung, the iterations, the bound on coverages and the size of the flux basis in the workspace;
    `basis_size` is that of the condition before, negative for none.
    """
    rung, spent, error = steady_state(network, rates, theta_i, begin, work)
    if rung == NONE:
        tof_g[:] = np.nan
        tof_error_g[:] = np.inf
        return NONE, spent, np.inf, basis_size
    for j in range(work.direct_j.size):
        work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
    return rung, spent, error, fluxes(network, ROUNDING + 2.0 * error, basis_size, work, tof_g, tof_error_g)


@part
def _positive(theta_i: Floats) -> bool:
    positive = True
    for i in range(theta_i.size):
        positive = positive and 0.0 < theta_i[i] < np.inf
    return positive


@part
def _ahead(theta_i: Floats, before_i: Floats, extrapolate: bool) -> None:
    """From the last coverages to where ln theta goes if it goes on like that; the last ones are kept."""
    for i in range(theta_i.size):
        last = theta_i[i]
        if extrapolate:
            theta_i[i] = last * min(max(last / before_i[i], 1.0 / _LONGEST_STEP), _LONGEST_STEP)
        before_i[i] = last


@kernel
def solve_chain(
    network: Network,
    ln_kf_cj: Floats,
    ln_kr_cj: Floats,
    density_i: Floats,
    coupling_cik: Floats,
    share_j: Floats,
    gas: int,
    warm: bool,
    memory: Workspace,
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
        Whether a condition starts from the coverages of the last one, extrapolated from the last two.
    memory : Workspace
    answers : Answers
        Filled.
    """
    network, answers, work, coupling_cik = lent(network), lent(answers), lent(memory), lent(coupling_cik)
    n_steps = network.nu_ij.shape[1]
    theta, kf, kr = work.theta_i, work.kf_j, work.kr_j
    density_i, share_j = lent(density_i), lent(share_j)
    in_a_row, basis_size = 0, -1
    for c in range(ln_kf_cj.shape[0]):
        if warm and in_a_row > 0:
            _ahead(theta, work.before_i, in_a_row > 1)
        for j in range(n_steps):
            kf[j], kr[j] = np.exp(ln_kf_cj[c, j]), np.exp(ln_kr_cj[c, j])
        rates = Rates(kf, kr, density_i, coupling_cik[c] if coupling_cik.shape[0] else work.uncoupled, share_j)
        rung, iterations, error, basis_size = solve_one(
            network,
            rates,
            theta,
            WARM if warm and in_a_row > 0 else COLD,
            basis_size,
            work,
            answers.tof_cg[c],
            answers.tof_error_cg[c],
        )
        known = rung != NONE
        in_a_row = in_a_row + 1 if known else 0
        copy_into(answers.theta_ci[c], theta)
        answers.rung_c[c], answers.iterations_c[c], answers.error_c[c] = rung, iterations, error
        if answers.net_cj.shape[0]:
            copy_into(answers.net_cj[c], work.net_j)
        if gas < 0 or not answers.control_cj.shape[0]:
            continue
        if known and answers.tof_cg[c, gas] != 0.0:
            rate_control(network, rates, theta, work.cut_gj[gas], answers.tof_cg[c, gas], work, answers.control_cj[c])
        else:
            answers.control_cj[c] = np.nan


@kernel
def solve_isolated_chain(
    network: Network, ln_kf_cj: Floats, ln_kr_cj: Floats, gas: int, memory: Workspace, answers: Answers
) -> None:
    """Isolated sites at one condition after the other: populations by elimination, exact to rounding.

    A chain that is not irreducible is left without an answer (NONE): which closed class it ends in is not asked here.
    """
    network, answers, work = lent(network), lent(answers), lent(memory)
    n, n_steps = network.nu_ij.shape
    theta, kf, kr = work.theta_i, work.kf_j, work.kr_j
    rates = Rates(kf, kr, np.ones(n), work.uncoupled, np.zeros(n_steps))
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
        answers.rung_c[c], answers.error_c[c] = COLD, error
        copy_into(answers.theta_ci[c], theta)
        one_way_rates(network, rates, theta, work.forward_j, work.reverse_j)
        for j in range(n_steps):
            work.direct_j[j] = work.forward_j[j] - work.reverse_j[j]
        basis_size = fluxes(
            network, ROUNDING + 2.0 * error, basis_size, work, answers.tof_cg[c], answers.tof_error_cg[c]
        )
        if answers.net_cj.shape[0]:
            copy_into(answers.net_cj[c], work.net_j)
        if gas < 0 or not answers.control_cj.shape[0]:
            continue
        steady_system(network, rates, theta, work)
        if answers.tof_cg[c, gas] != 0.0 and factorise(work.matrix, work.row_scale_i, work.swap_i):
            rate_control(network, rates, theta, work.cut_gj[gas], answers.tof_cg[c, gas], work, answers.control_cj[c])
        else:
            answers.control_cj[c] = np.nan

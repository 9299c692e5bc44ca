"""The steady state in double-double arithmetic, for what double precision cannot certify.

The same pseudo-transient iteration and the same certificate by the balances as in double precision, with constants,
coverages, rates, matrix and factors of some 32 digits: rates in one row may then differ by 1e28, and net rates may be
smaller than one-way rates by as much. The gains that the certificate needs are taken from the factors' leading halves.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.certificate import CERTIFIED, is_saddle, norms
from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.double_double import ROUNDING, add, divide, exponential, multiply
from nrrsim.solvers._kernels.equations import most_populated_rows
from nrrsim.solvers._kernels.flux import fluxes
from nrrsim.solvers._kernels.lent import lent
from nrrsim.solvers._kernels.network import (
    BOLD,
    CAUTIOUS,
    DOUBLE_DOUBLE,
    NEWTON,
    NONE,
    Answers,
    Ints,
    Network,
    Rates,
    Workspace,
)
from nrrsim.solvers._kernels.response import rate_control
from nrrsim.solvers._kernels.starts import evenly_covered, nearly_clean

Floats = NDArray[np.float64]

REFINED = 1e-20  # relative change of a Newton step that ends the iteration
REFINED_ROUNDING = 1e-27  # of net rates, over one-way rates
_UNTRUSTED = 1e-3  # rounding times |M^-1| |M| from which on the factors prove nothing
_LARGEST_DECAY = 0.999  # share of a coverage that one iteration may take away
_NEWTON_ITERATIONS, _BOLD_ITERATIONS, _CAREFUL_ITERATIONS = 30, 150, 400
_TRACE = 1e-3  # coverages below it may overshoot in a bold iteration


class Precise(NamedTuple):
    """Arrays of double-double numbers, the two halves along the last axis, and the pivots of one factorisation."""

    kf_j2: Floats
    kr_j2: Floats
    theta_i2: Floats
    forward_j2: Floats
    reverse_j2: Floats
    matrix2: Floats
    right_i2: Floats


@kernel
def precise(network: Network, ln_kf_j: Floats, ln_kr_j: Floats, theta_i: Floats) -> Precise:
    """Memory, with the constants exponentiated and the coverages to start from."""
    n, n_steps = network.nu_ij.shape
    kf, kr, theta = np.zeros((n_steps, 2)), np.zeros((n_steps, 2)), np.zeros((n, 2))
    for j in range(n_steps):
        kf[j, 0], kf[j, 1] = exponential(ln_kf_j[j], 0.0)
        kr[j, 0], kr[j, 1] = exponential(ln_kr_j[j], 0.0)
    theta[:, 0] = theta_i
    return Precise(kf, kr, theta, np.zeros((n_steps, 2)), np.zeros((n_steps, 2)), np.zeros((n, n, 2)), np.zeros((n, 2)))


@part
def refined(
    network: Network, rates: Rates, numbers: Precise, mode: int, max_iterations: int, work: Workspace
) -> tuple[float, int]:
    """The steady state in the coverages of `numbers`; the certified error bound, or infinity, and the iterations.

    One-way and net rates and the factors of the linear system are left in the workspace. No step may be held at
    equilibrium.
    """
    n = network.nu_ij.shape[0]
    theta = numbers.theta_i2
    fastest = max(np.max(numbers.kf_j2[:, 0]), np.max(numbers.kr_j2[:, 0]))
    slowest = fastest * 1e-90
    inverse_dt = 0.0 if mode == NEWTON else fastest
    for iteration in range(max_iterations):
        _one_way_rates(network, rates, numbers)
        _linear_system(network, rates, numbers, inverse_dt, work)
        solvable = _factorise(numbers.matrix2, work)
        change = np.inf
        if solvable:
            _solve(numbers.matrix2, work, numbers.right_i2)
            change = np.max(np.abs(numbers.right_i2[:, 0]))
        if not change < np.inf:
            if mode == NEWTON:
                return np.inf, iteration
            inverse_dt = inverse_dt * 10.0 if inverse_dt > 0.0 else slowest
            continue
        moved, overshoots = _decay_limited(theta, numbers.right_i2, mode)
        if overshoots:
            if mode == NEWTON:
                return np.inf, iteration
            inverse_dt = inverse_dt * 5.0 if inverse_dt > 0.0 else slowest
            continue
        for i in range(n):
            u, u_lo = add(numbers.right_i2[i, 0], numbers.right_i2[i, 1], 1.0, 0.0)
            theta[i, 0], theta[i, 1] = multiply(theta[i, 0], theta[i, 1], u, u_lo)
        if inverse_dt == 0.0 and change < REFINED:
            _one_way_rates(network, rates, numbers)
            return _bound(network, numbers, work), iteration + 1
        if mode == CAUTIOUS:
            moved = change
        if moved < 1e-6:
            inverse_dt *= 1e-4
        elif moved < 0.3:
            inverse_dt *= 0.1
        if inverse_dt < slowest or change < 1e-8:
            inverse_dt = 0.0
    return np.inf, max_iterations


@kernel
def refined_state(
    network: Network, rates: Rates, numbers: Precise, theta_i: Floats, work: Workspace
) -> tuple[float, int]:
    """The steady state into `theta_i`, by Newton steps from it, else from a nearly clean and an even surface."""
    error, spent = refined(network, rates, numbers, NEWTON, _NEWTON_ITERATIONS, work)
    for attempt in range(4):
        if error < CERTIFIED:
            break
        if attempt < 2:
            nearly_clean(network, theta_i)
        else:
            evenly_covered(network, theta_i)
        numbers.theta_i2[:, 0] = theta_i
        numbers.theta_i2[:, 1] = 0.0
        mode = BOLD if attempt % 2 == 0 else CAUTIOUS
        limit = _BOLD_ITERATIONS if attempt % 2 == 0 else _CAREFUL_ITERATIONS
        error, iterations = refined(network, rates, numbers, mode, limit, work)
        spent += iterations
    theta_i[:] = numbers.theta_i2[:, 0]
    return error, spent


@part
def _decay_limited(theta: Floats, u: Floats, mode: int) -> tuple[float, bool]:
    """Limit decays in place; the largest move of a coverage, and whether one overshoots that may not."""
    moved, overshoots = 0.0, False
    for i in range(theta.shape[0]):
        moved = max(moved, abs(u[i, 0] * theta[i, 0]))
        if u[i, 0] < -_LARGEST_DECAY:
            overshoots = overshoots or theta[i, 0] > _TRACE or mode != BOLD
            u[i, 0], u[i, 1] = -_LARGEST_DECAY, 0.0
    return moved, overshoots


@part
def _bound(network: Network, numbers: Precise, work: Workspace) -> float:
    """Error of the coverages, with leading halves of rates and factors in the workspace."""
    work.matrix[:] = numbers.matrix2[:, :, 0]
    work.forward_j[:] = numbers.forward_j2[:, 0]
    work.reverse_j[:] = numbers.reverse_j2[:, 0]
    for j in range(work.direct_j.size):
        f, r = numbers.forward_j2[j], numbers.reverse_j2[j]
        work.direct_j[j], _ = add(f[0], f[1], -r[0], -r[1])
    trust, response = norms(network, work)
    if not ROUNDING * trust < _UNTRUSTED:
        return np.inf
    error = ROUNDING * max(response, 1.0)
    return error if error < CERTIFIED and not is_saddle(network, work) else np.inf


@part
def _one_way_rates(network: Network, rates: Rates, numbers: Precise) -> None:
    n_steps, n_slots = network.initial_jm.shape
    theta = numbers.theta_i2
    for j in range(n_steps):
        f, f_lo = numbers.kf_j2[j, 0], numbers.kf_j2[j, 1]
        r, r_lo = numbers.kr_j2[j, 0], numbers.kr_j2[j, 1]
        for m in range(n_slots):
            i = network.initial_jm[j, m]
            if i < 0:
                break
            f, f_lo = multiply(f, f_lo, theta[i, 0], theta[i, 1])
        for m in range(n_slots):
            i = network.final_jm[j, m]
            if i < 0:
                break
            r, r_lo = multiply(r, r_lo, theta[i, 0], theta[i, 1])
        if rates.coupling_ik.size:
            push, push_lo = _push(network, rates, theta, j)
            share = rates.share_j[j]
            p, p_lo = multiply(push, push_lo, -share, 0.0)
            p, p_lo = exponential(p, p_lo)
            f, f_lo = multiply(f, f_lo, p, p_lo)
            p, p_lo = multiply(push, push_lo, 1.0 - share, 0.0)
            p, p_lo = exponential(p, p_lo)
            r, r_lo = multiply(r, r_lo, p, p_lo)
        numbers.forward_j2[j, 0], numbers.forward_j2[j, 1] = f, f_lo
        numbers.reverse_j2[j, 0], numbers.reverse_j2[j, 1] = r, r_lo


@part
def _push(network: Network, rates: Rates, theta: Floats, j: int) -> tuple[float, float]:
    """Change of the interaction energy along a step, over kT."""
    total, total_lo = 0.0, 0.0
    for i in range(theta.shape[0]):
        if network.nu_ij[i, j] == 0.0:
            continue
        for k in range(theta.shape[0]):
            p, p_lo = multiply(theta[k, 0], theta[k, 1], rates.coupling_ik[i, k] * network.nu_ij[i, j], 0.0)
            total, total_lo = add(total, total_lo, p, p_lo)
    return total, total_lo


@part
def _accumulate(target: Floats, x: float, x_lo: float) -> None:
    target[0], target[1] = add(target[0], target[1], x, x_lo)


@part
def _linear_system(network: Network, rates: Rates, numbers: Precise, inverse_dt: float, work: Workspace) -> None:
    """Matrix and right-hand side as in `equations.linear_system`, without constraints."""
    n = network.nu_ij.shape[0]
    n_steps, n_slots = network.initial_jm.shape
    theta, a, b = numbers.theta_i2, numbers.matrix2, numbers.right_i2
    a[:] = 0.0
    b[:] = 0.0
    for i in range(n):
        a[i, i, 0], a[i, i, 1] = multiply(theta[i, 0], theta[i, 1], rates.density_i[i] * inverse_dt, 0.0)
    for j in range(n_steps):
        f, f_lo = numbers.forward_j2[j, 0], numbers.forward_j2[j, 1]
        r, r_lo = numbers.reverse_j2[j, 0], numbers.reverse_j2[j, 1]
        d, d_lo = add(f, f_lo, -r, -r_lo)
        for c in range(network.changed_jm.shape[1]):
            row = network.changed_jm[j, c]
            if row < 0:
                break
            nu = network.change_jm[j, c]
            p, p_lo = multiply(d, d_lo, nu, 0.0)
            _accumulate(b[row], p, p_lo)
            ahead, ahead_lo = multiply(f, f_lo, -nu, 0.0)
            back, back_lo = multiply(r, r_lo, nu, 0.0)
            for m in range(n_slots):
                if network.initial_jm[j, m] < 0:
                    break
                _accumulate(a[row, network.initial_jm[j, m]], ahead, ahead_lo)
            for m in range(n_slots):
                if network.final_jm[j, m] < 0:
                    break
                _accumulate(a[row, network.final_jm[j, m]], back, back_lo)
            if rates.coupling_ik.size:
                _couple(network, rates, numbers, j, row, nu)
    work.deviation_i[:] = theta[:, 0]
    most_populated_rows(network, rates, work.deviation_i, work)
    for s in range(network.site_si.shape[0]):
        row = work.replaced_s[s]
        b[row, 0], b[row, 1] = 1.0, 0.0
        for i in range(n):
            a[row, i, 0], a[row, i, 1] = multiply(theta[i, 0], theta[i, 1], network.site_si[s, i], 0.0)
            _accumulate(b[row], -a[row, i, 0], -a[row, i, 1])


@part
def _couple(network: Network, rates: Rates, numbers: Precise, j: int, row: int, nu: float) -> None:
    """Add what neighbours do to a step's rates to one row of the matrix."""
    theta = numbers.theta_i2
    share = rates.share_j[j]
    f, f_lo = multiply(numbers.forward_j2[j, 0], numbers.forward_j2[j, 1], share * nu, 0.0)
    r, r_lo = multiply(numbers.reverse_j2[j, 0], numbers.reverse_j2[j, 1], (1.0 - share) * nu, 0.0)
    g, g_lo = add(f, f_lo, r, r_lo)
    for i in range(theta.shape[0]):
        slope = 0.0
        for k in range(theta.shape[0]):
            slope += network.nu_ij[k, j] * rates.coupling_ik[k, i]
        if slope != 0.0:
            p, p_lo = multiply(theta[i, 0], theta[i, 1], slope, 0.0)
            p, p_lo = multiply(p, p_lo, g, g_lo)
            _accumulate(numbers.matrix2[row, i], p, p_lo)


@part
def _factorise(a: Floats, work: Workspace) -> bool:
    """Factors in place, rows scaled by powers of two of their largest entry; sizes of the rows into the workspace."""
    n = a.shape[0]
    for r in range(n):
        largest, total = np.max(np.abs(a[r, :, 0])), np.sum(np.abs(a[r, :, 0]))
        if not 0.0 < largest < np.inf:
            return False
        work.row_scale_i[r] = 2.0 ** -np.floor(np.log2(largest))
        work.size_i[r] = total
        for c in range(n):
            a[r, c, 0] *= work.row_scale_i[r]
            a[r, c, 1] *= work.row_scale_i[r]
    for c in range(n):
        pivot = c
        for r in range(c + 1, n):
            if abs(a[r, c, 0]) > abs(a[pivot, c, 0]):
                pivot = r
        if not abs(a[pivot, c, 0]) > 0.0:
            return False
        work.swap_i[c] = pivot
        if pivot != c:
            for i in range(n):
                a[c, i, 0], a[pivot, i, 0] = a[pivot, i, 0], a[c, i, 0]
                a[c, i, 1], a[pivot, i, 1] = a[pivot, i, 1], a[c, i, 1]
        for r in range(c + 1, n):
            if a[r, c, 0] != 0.0:
                x, x_lo = divide(a[r, c, 0], a[r, c, 1], a[c, c, 0], a[c, c, 1])
                a[r, c, 0], a[r, c, 1] = x, x_lo
                for i in range(c + 1, n):
                    p, p_lo = multiply(-x, -x_lo, a[c, i, 0], a[c, i, 1])
                    _accumulate(a[r, i], p, p_lo)
    return True


@part
def _solve(a: Floats, work: Workspace, b: Floats) -> None:
    n = a.shape[0]
    for r in range(n):
        b[r, 0] *= work.row_scale_i[r]
        b[r, 1] *= work.row_scale_i[r]
    for c in range(n):
        pivot = work.swap_i[c]
        b[c, 0], b[pivot, 0] = b[pivot, 0], b[c, 0]
        b[c, 1], b[pivot, 1] = b[pivot, 1], b[c, 1]
    for c in range(n):
        for r in range(c + 1, n):
            p, p_lo = multiply(-a[r, c, 0], -a[r, c, 1], b[c, 0], b[c, 1])
            _accumulate(b[r], p, p_lo)
    for r in range(n - 1, -1, -1):
        for i in range(r + 1, n):
            p, p_lo = multiply(-a[r, i, 0], -a[r, i, 1], b[i, 0], b[i, 1])
            _accumulate(b[r], p, p_lo)
        b[r, 0], b[r, 1] = divide(b[r, 0], b[r, 1], a[r, r, 0], a[r, r, 1])


@kernel
def refine_one(
    network: Network,
    rates: Rates,
    ln_kf_j: Floats,
    ln_kr_j: Floats,
    theta_i: Floats,
    certified: bool,
    work: Workspace,
    tof_g: Floats,
    tof_error_g: Floats,
) -> tuple[float, int]:
    """One condition that double precision leaves without a certificate, or with an uncertain turnover.

    In the second case (`certified`) the coverages are known, and Newton steps from them refine the net rates.
    Coverages, turnovers and their errors are replaced where it succeeds; the workspace then holds rates and factors.
    Returns the bound on the coverages, infinite without success, and the iterations.
    """
    numbers = precise(network, ln_kf_j, ln_kr_j, theta_i)
    if certified:
        error, spent = refined(network, rates, numbers, NEWTON, _NEWTON_ITERATIONS, work)
    else:
        if not (np.min(theta_i) > 0.0 and np.max(theta_i) < np.inf):
            nearly_clean(network, theta_i)
            numbers.theta_i2[:, 0] = theta_i
        error, spent = refined_state(network, rates, numbers, theta_i, work)
    if error < np.inf:
        theta_i[:] = numbers.theta_i2[:, 0]
        fluxes(network, REFINED_ROUNDING, -1, work, tof_g, tof_error_g)
    return error, spent


@kernel
def refine_rows(
    network: Network,
    ln_kf_cj: Floats,
    ln_kr_cj: Floats,
    density_i: Floats,
    coupling_cik: Floats,
    share_j: Floats,
    gas: int,
    rows: Ints,
    memory: Workspace,
    answers: Answers,
) -> None:
    """`refine_one` for some of the conditions that `solve_chain` has been through."""
    network, answers, work, coupling_cik = lent(network), lent(answers), lent(memory), lent(coupling_cik)
    theta, kf, kr = work.theta_i, work.kf_j, work.kr_j
    for c in rows:
        for j in range(kf.size):
            kf[j], kr[j] = np.exp(ln_kf_cj[c, j]), np.exp(ln_kr_cj[c, j])
        rates = Rates(kf, kr, density_i, coupling_cik[c] if coupling_cik.shape[0] else work.uncoupled, share_j)
        theta[:] = answers.theta_ci[c]
        certified = answers.rung_c[c] != NONE
        error, iterations = refine_one(
            network, rates, ln_kf_cj[c], ln_kr_cj[c], theta, certified, work, answers.tof_cg[c], answers.tof_error_cg[c]
        )
        answers.iterations_c[c] += iterations
        if not error < np.inf:
            continue
        answers.theta_ci[c], answers.error_c[c], answers.rung_c[c] = theta, error, DOUBLE_DOUBLE
        if answers.net_cj.shape[0]:
            answers.net_cj[c] = work.net_j
        if gas < 0 or not answers.control_cj.shape[0]:
            continue
        if answers.tof_cg[c, gas] != 0.0:
            rate_control(network, rates, theta, work.cut_gj[gas], answers.tof_cg[c, gas], work, answers.control_cj[c])
        else:
            answers.control_cj[c] = np.nan

"""The answer of turnovers to their steps, by one solution of the transposed linear system each.

`rate_control` is for sweeps: the answer to constants at constant K, for which double precision is enough.
`step_weights` gives the answer to K as well. There the weight w_j of a step in dR multiplies a one-way rate that may
exceed R by 1e15, while w_j, a difference of nearly equal multipliers, is as small as R over it. The multipliers are
therefore refined as sums of two doubles: the residual is summed step by step, without forming the matrix, so that not
even the rounding of its entries comes in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.certificate import to_steps
from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.double_double import add, multiply
from nrrsim.solvers._kernels.equations import is_replaced, one_way_rates, push_slope, rate_gradient, steady_system
from nrrsim.solvers._kernels.linear import factorise, solve_transposed
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]

_REFINEMENTS = 40
_REFINED = 1e-14  # change of d ln R/d ln k that ends the refinement
_CONTRACTING = 0.5  # largest ratio of one change to the one before with which it goes on


@kernel
def rate_control(
    network: Network, rates: Rates, theta_i: Floats, cut_j: Floats, tof: float, work: Workspace, control_j: Floats
) -> None:
    """Degree of rate control X_j = (c_j + lambda . (W nu)_j) r_j / R of every step.

    The workspace holds one-way and net rates, and the factors of the linear system at the coverages.
    """
    adjoint_k = work.correction_i
    rate_gradient(network, rates, theta_i, cut_j, work, adjoint_k)
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, adjoint_k)
    to_steps(network, adjoint_k, work)
    for j in range(control_j.size):
        control_j[j] = 0.0 if network.is_held_j[j] else (cut_j[j] + work.step_j[j]) * work.net_j[j] / tof


@kernel
def step_weights(
    network: Network,
    rates: Rates,
    theta_i: Floats,
    cut_gj: Floats,
    tof_g: Floats,
    work: Workspace,
    weight_gj: Floats,
    multiplier_gk: Floats,
) -> float:
    """Weights w_gj of every step in dR_g = sum_j w_gj (forward_j d ln kf_j - reverse_j d ln kr_j) + ...

    w_gj = c_gj + lambda_g . (W nu)_j, and what follows for steps held at equilibrium is sum_q lambda_gq d ln K_q, with
    the last entries of the multipliers in the order of `equilibrium_q`. The workspace gets one-way rates and the
    factors of the linear system at the coverages.

    Returns
    -------
    float
        Bound on the error of d ln R_g/d ln k; infinite where the linear system has no factors.
    """
    one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
    steady_system(network, rates, theta_i, work)
    if not factorise(work.matrix, work.row_scale_i, work.swap_i):
        return np.inf
    error = 0.0
    for g in range(tof_g.size):
        if tof_g[g] != 0.0:
            refined = _refined(network, rates, theta_i, cut_gj[g], tof_g[g], work, weight_gj[g], multiplier_gk[g])
            error = max(error, refined)
    return error


@part
def _refined(
    network: Network,
    rates: Rates,
    theta_i: Floats,
    cut_j: Floats,
    tof: float,
    work: Workspace,
    weight_j: Floats,
    multiplier_k: Floats,
) -> float:
    """Weights for one turnover; the largest |dw_j| (forward_j + reverse_j)/|R| of the last refinement."""
    n, n_rows = theta_i.size, network.balance_ki.shape[0]
    weight_j2, before_j2 = np.zeros((cut_j.size, 2)), np.zeros((cut_j.size, 2))
    lambda_k2, right_i2, right_i = np.zeros((n, 2)), np.zeros((n, 2)), np.zeros(n)
    _weights(network, cut_j, lambda_k2, work, weight_j2)
    last = np.inf
    for _ in range(_REFINEMENTS):
        _residual(network, rates, theta_i, lambda_k2, weight_j2, work, right_i2)
        right_i[:] = right_i2[:, 0]
        solve_transposed(work.matrix, work.row_scale_i, work.swap_i, right_i)
        for k in range(n):
            lambda_k2[k, 0], lambda_k2[k, 1] = add(lambda_k2[k, 0], lambda_k2[k, 1], right_i[k], 0.0)
        before_j2[:] = weight_j2
        _weights(network, cut_j, lambda_k2, work, weight_j2)
        change = 0.0
        for j in range(cut_j.size):
            if not network.is_held_j[j]:
                moved, _ = add(weight_j2[j, 0], weight_j2[j, 1], -before_j2[j, 0], -before_j2[j, 1])
                change = max(change, abs(moved) * (work.forward_j[j] + work.reverse_j[j]))
        for k in range(n_rows, n):
            change = max(change, abs(right_i[k]))
        change /= abs(tof)
        if not change <= _CONTRACTING * last:  # all that this arithmetic can do
            return max(change, last)
        last = change
        weight_j[:] = weight_j2[:, 0]
        multiplier_k[:] = lambda_k2[:, 0]
        if change <= _REFINED:
            break
    return last


@part
def _weights(network: Network, cut_j: Floats, lambda_k2: Floats, work: Workspace, weight_j2: Floats) -> None:
    """W_j = c_j + sum_k lambda_k (W nu)_kj; rows that gave way to the conservation of sites count nothing."""
    n_rows, n = network.balance_ki.shape
    of_species_i2 = np.zeros((n, 2))
    for k in range(n_rows):
        if is_replaced(work.replaced_s, work.replaced_s.size, k):
            continue
        for i in range(n):
            if network.balance_ki[k, i] != 0.0:
                x, x_lo = multiply(lambda_k2[k, 0], lambda_k2[k, 1], network.balance_ki[k, i], 0.0)
                of_species_i2[i, 0], of_species_i2[i, 1] = add(of_species_i2[i, 0], of_species_i2[i, 1], x, x_lo)
    for j in range(cut_j.size):
        w, w_lo = cut_j[j], 0.0
        for c in range(network.changed_jm.shape[1]):
            i = network.changed_jm[j, c]
            if i < 0:
                break
            x, x_lo = multiply(of_species_i2[i, 0], of_species_i2[i, 1], network.change_jm[j, c], 0.0)
            w, w_lo = add(w, w_lo, x, x_lo)
        weight_j2[j, 0], weight_j2[j, 1] = w, w_lo


@part
def _residual(
    network: Network,
    rates: Rates,
    theta_i: Floats,
    lambda_k2: Floats,
    weight_j2: Floats,
    work: Workspace,
    right_i2: Floats,
) -> None:
    """dR/d ln theta - M^T lambda = sum_j w_j dr_j/d ln theta less the rows of the sites and of the steps held."""
    n, n_slots = theta_i.size, network.initial_jm.shape[1]
    right_i2[:] = 0.0
    for j in range(weight_j2.shape[0]):
        if network.is_held_j[j]:
            continue
        f, f_lo = multiply(weight_j2[j, 0], weight_j2[j, 1], work.forward_j[j], 0.0)
        r, r_lo = multiply(weight_j2[j, 0], weight_j2[j, 1], -work.reverse_j[j], 0.0)
        for m in range(n_slots):
            i = network.initial_jm[j, m]
            if i < 0:
                break
            right_i2[i, 0], right_i2[i, 1] = add(right_i2[i, 0], right_i2[i, 1], f, f_lo)
        for m in range(n_slots):
            i = network.final_jm[j, m]
            if i < 0:
                break
            right_i2[i, 0], right_i2[i, 1] = add(right_i2[i, 0], right_i2[i, 1], r, r_lo)
        if rates.coupling_ik.size:
            f, f_lo = multiply(f, f_lo, -rates.share_j[j], 0.0)
            r, r_lo = multiply(r, r_lo, 1.0 - rates.share_j[j], 0.0)
            gain, gain_lo = add(f, f_lo, r, r_lo)
            for i in range(n):
                x, x_lo = multiply(gain, gain_lo, push_slope(network, rates, j, i) * theta_i[i], 0.0)
                right_i2[i, 0], right_i2[i, 1] = add(right_i2[i, 0], right_i2[i, 1], x, x_lo)
    for s in range(work.replaced_s.size):
        k = work.replaced_s[s]
        for i in range(n):
            x, x_lo = multiply(lambda_k2[k, 0], lambda_k2[k, 1], -network.site_si[s, i] * theta_i[i], 0.0)
            right_i2[i, 0], right_i2[i, 1] = add(right_i2[i, 0], right_i2[i, 1], x, x_lo)
    for q in range(network.equilibrium_q.size):
        j, k = network.equilibrium_q[q], network.balance_ki.shape[0] + q
        for i in range(n):
            slope = push_slope(network, rates, j, i) * theta_i[i] if rates.coupling_ik.size else 0.0
            x, x_lo = multiply(lambda_k2[k, 0], lambda_k2[k, 1], -(network.nu_ij[i, j] + slope), 0.0)
            right_i2[i, 0], right_i2[i, 1] = add(right_i2[i, 0], right_i2[i, 1], x, x_lo)

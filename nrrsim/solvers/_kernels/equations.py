"""The rate equations: one-way rates, and the linear system of their balances in relative changes of the coverages.

Unknowns are relative changes u_i = d theta_i / theta_i. The rows of the linear system are the balances W f(theta) = 0
that the steps at equilibrium leave over (W = identity when there are none), with one row per site type replaced by the
sum of its coverages, and one row per step at equilibrium: sum_i nu_iq ln theta_i + ln(kr/kf) = 0.

What runs in every iteration is inlined: handing the tuples of arrays from function to function costs several times the
arithmetic.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import inlined, inlined_kernel, kernel, part
from nrrsim.solvers._kernels.double_double import two_sum
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@inlined_kernel
def one_way_rates(network: Network, rates: Rates, theta_i: Floats, forward_j: Floats, reverse_j: Floats) -> None:
    """Forward and reverse rate of each step into the arrays given; neighbours shift the constants."""
    initial_jm, final_jm, kf_j, kr_j = network.initial_jm, network.final_jm, rates.kf_j, rates.kr_j
    n_steps, n_slots = initial_jm.shape
    for j in range(n_steps):
        forward, reverse = kf_j[j], kr_j[j]
        for m in range(n_slots):
            if initial_jm[j, m] < 0:
                break
            forward *= theta_i[initial_jm[j, m]]
        for m in range(n_slots):
            if final_jm[j, m] < 0:
                break
            reverse *= theta_i[final_jm[j, m]]
        forward_j[j], reverse_j[j] = forward, reverse
    if rates.coupling_ik.size:
        _shift_by_neighbours(network, rates, theta_i, forward_j, reverse_j)


@part
def _shift_by_neighbours(network: Network, rates: Rates, theta_i: Floats, forward_j: Floats, reverse_j: Floats) -> None:
    coupling_ik = rates.coupling_ik
    for j in range(forward_j.size):
        push = 0.0
        for i in range(theta_i.size):
            if network.nu_ij[i, j] != 0.0:
                for k in range(theta_i.size):
                    push += network.nu_ij[i, j] * coupling_ik[i, k] * theta_i[k]
        forward_j[j] *= math.exp(-rates.share_j[j] * push)
        reverse_j[j] *= math.exp((1.0 - rates.share_j[j]) * push)


@kernel
def rate_gradient(
    network: Network, rates: Rates, theta_i: Floats, weight_j: Floats, work: Workspace, gradient_i: Floats
) -> None:
    """Gradient of sum_j weight_j r_j to ln theta_i, from the rates in the workspace."""
    n_steps, n_slots = network.initial_jm.shape
    gradient_i[:] = 0.0
    for j in range(n_steps):
        weight = weight_j[j]
        if weight == 0.0:
            continue
        for m in range(n_slots):
            if network.initial_jm[j, m] < 0:
                break
            gradient_i[network.initial_jm[j, m]] += weight * work.forward_j[j]
        for m in range(n_slots):
            if network.final_jm[j, m] < 0:
                break
            gradient_i[network.final_jm[j, m]] -= weight * work.reverse_j[j]
        if rates.coupling_ik.size:
            share = rates.share_j[j]
            gain = -weight * (share * work.forward_j[j] + (1.0 - share) * work.reverse_j[j])
            for i in range(theta_i.size):
                gradient_i[i] += gain * push_slope(network, rates, j, i) * theta_i[i]


@part
def push_slope(network: Network, rates: Rates, j: int, i: int) -> float:
    """D (change of interaction energy along step j) / d theta_i, over kT."""
    slope = 0.0
    for k in range(network.nu_ij.shape[0]):
        slope += network.nu_ij[k, j] * rates.coupling_ik[k, i]
    return slope


@kernel
def linear_system(
    network: Network, rates: Rates, theta_i: Floats, inverse_dt: float, held: bool, work: Workspace
) -> None:
    """Matrix and right-hand side of the linear system in u, from the rates in the workspace.

    With `held` steps at equilibrium are constraints; without it they are steps like all others.
    """
    if held:
        steady_system(network, rates, theta_i, work)
    else:
        transient_system(network, rates, theta_i, inverse_dt, work)


@inlined
def transient_system(network: Network, rates: Rates, theta_i: Floats, inverse_dt: float, work: Workspace) -> None:
    """The linear system of an implicit step in time, steps at equilibrium taken as steps like all others."""
    _balances(network, rates, theta_i, inverse_dt, False, work)
    most_populated_rows(network, rates, theta_i, work)
    conserve(network, theta_i, work)


@inlined
def steady_system(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> None:
    """The linear system of a Newton step to the steady state, steps at equilibrium as constraints."""
    _balances(network, rates, theta_i, 0.0, network.equilibrium_q.size > 0, work)
    if network.equilibrium_q.size > 0:
        _with_constraints(network, rates, theta_i, work)
    replaced_rows(network, rates, theta_i, work)
    conserve(network, theta_i, work)


@inlined
def _balances(
    network: Network, rates: Rates, theta_i: Floats, inverse_dt: float, constrained: bool, work: Workspace
) -> None:
    """Balances summed without rounding: a large flux passing through several species leaves the same in each of them.

    Rounding of a rate is alike in all balances that it enters; rounding of their sums would not be.
    """
    n = theta_i.size
    initial_jm, final_jm, is_held_j = network.initial_jm, network.final_jm, network.is_held_j
    changed_jm, change_jm, density_i = network.changed_jm, network.change_jm, rates.density_i
    forward_j, reverse_j, coupled = work.forward_j, work.reverse_j, rates.coupling_ik.size > 0
    n_steps, n_slots = initial_jm.shape
    a, b, low = work.matrix, work.right_i, work.low_i
    for i in range(n):
        for k in range(n):
            a[i, k] = 0.0
        a[i, i] = theta_i[i] * density_i[i] * inverse_dt
        b[i] = low[i] = 0.0
    for j in range(n_steps):
        if constrained and is_held_j[j]:
            continue
        forward, reverse = forward_j[j], reverse_j[j]
        net, rest = two_sum(forward, -reverse)
        for c in range(changed_jm.shape[1]):
            row = changed_jm[j, c]
            if row < 0:
                break
            ahead, back = change_jm[j, c] * forward, change_jm[j, c] * reverse
            b[row], lost = two_sum(b[row], change_jm[j, c] * net)
            low[row] += lost + change_jm[j, c] * rest
            for m in range(n_slots):
                if initial_jm[j, m] < 0:
                    break
                a[row, initial_jm[j, m]] -= ahead
            for m in range(n_slots):
                if final_jm[j, m] < 0:
                    break
                a[row, final_jm[j, m]] += back
            if coupled:
                gain = rates.share_j[j] * ahead + (1.0 - rates.share_j[j]) * back
                for i in range(n):
                    a[row, i] += gain * push_slope(network, rates, j, i) * theta_i[i]
    for i in range(n):
        b[i] += low[i]


@part
def _with_constraints(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> None:
    """Combine the balances into those without the steps at equilibrium, and add a row for each of these."""
    n, n_rows = theta_i.size, network.balance_ki.shape[0]
    a, b = work.matrix, work.right_i
    for i in range(n):
        work.correction_i[i] = b[i]
        for k in range(n):
            work.balances[i, k] = a[i, k]
    for k in range(n_rows):
        b[k] = 0.0
        for i in range(n):
            a[k, i] = 0.0
        for i in range(n):
            weight = network.balance_ki[k, i]
            if weight != 0.0:
                b[k] += weight * work.correction_i[i]
                for c in range(n):
                    a[k, c] += weight * work.balances[i, c]
    for q in range(network.equilibrium_q.size):
        j = network.equilibrium_q[q]
        b[n_rows + q] = math.log(work.forward_j[j]) - math.log(work.reverse_j[j])
        for i in range(n):
            slope = push_slope(network, rates, j, i) * theta_i[i] if rates.coupling_ik.size else 0.0
            a[n_rows + q, i] = network.nu_ij[i, j] + slope


@inlined
def replaced_rows(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> None:
    """For each site type the balance that gives way to its conservation row: the most populated one."""
    if network.equilibrium_q.size > 0:
        _most_populated_combinations(network, rates, theta_i, work)
    else:
        most_populated_rows(network, rates, theta_i, work)


@inlined
def most_populated_rows(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> None:
    """The same among the balances of the species themselves."""
    site_si, density_i, replaced_s = network.site_si, rates.density_i, work.replaced_s
    n_sites, n = site_si.shape
    for s in range(n_sites):
        best, chosen = -1.0, -1
        for i in range(n):
            populated = theta_i[i] * density_i[i]
            if site_si[s, i] > 0.0 and populated > best and not is_replaced(replaced_s, s, i):
                best, chosen = populated, i
        replaced_s[s] = chosen


@part
def _most_populated_combinations(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> None:
    """The same among the combinations of balances that steps at equilibrium leave over."""
    for s in range(network.site_si.shape[0]):
        best, chosen = -1.0, -1
        for k in range(network.balance_ki.shape[0]):
            if network.site_in_balance_sk[s, k] == 0.0 or is_replaced(work.replaced_s, s, k):
                continue
            populated = 0.0
            for i in range(theta_i.size):
                populated += abs(network.balance_ki[k, i]) * theta_i[i] * rates.density_i[i]
            if populated > best:
                best, chosen = populated, k
        work.replaced_s[s] = chosen


@inlined
def is_replaced(replaced_s: Ints, s: int, row: int) -> bool:
    """Whether a row has given way to an earlier site type."""
    found = False
    for t in range(s):
        found = found or replaced_s[t] == row
    return found


@inlined
def conserve(network: Network, theta_i: Floats, work: Workspace) -> None:
    """Put the conservation of each site type in place of its row."""
    site_si, matrix, right_i, replaced_s = network.site_si, work.matrix, work.right_i, work.replaced_s
    n_sites, n = site_si.shape
    for s in range(n_sites):
        row = replaced_s[s]
        total = 0.0
        for i in range(n):
            occupied = site_si[s, i] * theta_i[i]
            matrix[row, i] = occupied
            total += occupied
        right_i[row] = 1.0 - total

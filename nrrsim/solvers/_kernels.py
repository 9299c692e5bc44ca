"""Numerical kernels of the steady state: plain arrays in, plain arrays out, no chemistry.

Axes: i surface species, j steps, s site types, k balance rows, q steps at equilibrium, m slots of a step's side.

Unknowns are relative changes u_i = d theta_i / theta_i. The rows of the linear system are the balances W f(theta) = 0
that the steps at equilibrium leave over (W = identity when there are none), with one row per site type replaced by the
sum of its coverages, and one row per step at equilibrium: sum_i nu_iq ln theta_i + ln(kr/kf) = 0.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONVERGED = 0
ITERATIONS_SPENT = 1
SINGULAR = 2

BOLD = 0
CAUTIOUS = 1
NEWTON = 2

_STOP = 1e-10  # largest relative change at infinite pseudo-time that ends the iteration
_LARGEST_DECAY = 0.999  # share of a coverage that one iteration may take away
_TRACE = 1e-3  # coverages below it may overshoot without a smaller pseudo-time step: they feed back little
_LARGEST_LOG_STEP = 3.0  # of ln theta per iteration where steps at equilibrium make the rows logarithmic


@njit(cache=True, nogil=True)
def one_way_rates(
    theta_i: Floats,
    ln_kf_j: Floats,
    ln_kr_j: Floats,
    initial_jm: Ints,
    final_jm: Ints,
    nu_ij: Floats,
    coupling_ik: Floats,
    share_j: Floats,
) -> tuple[Floats, Floats]:
    """Ln of forward and reverse rates of each step, shape (j,) each; neighbours shift the constants."""
    n_steps, n_slots = initial_jm.shape
    ln_theta = np.log(theta_i)
    shift_i = coupling_ik @ theta_i
    ln_forward = np.empty(n_steps)
    ln_reverse = np.empty(n_steps)
    for j in range(n_steps):
        forward = ln_kf_j[j]
        reverse = ln_kr_j[j]
        push = 0.0
        for i in range(theta_i.size):
            push += nu_ij[i, j] * shift_i[i]
        forward -= share_j[j] * push
        reverse += (1.0 - share_j[j]) * push
        for m in range(n_slots):
            if initial_jm[j, m] >= 0:
                forward += ln_theta[initial_jm[j, m]]
            if final_jm[j, m] >= 0:
                reverse += ln_theta[final_jm[j, m]]
        ln_forward[j] = forward
        ln_reverse[j] = reverse
    return ln_forward, ln_reverse


@njit(cache=True, nogil=True)
def net_rate(ln_forward: float, ln_reverse: float) -> float:
    """R = r+ - r- without cancellation between equal logarithms: -r+ expm1(-A/kT)."""
    if ln_reverse == -np.inf:
        return math.exp(ln_forward)
    if ln_forward >= ln_reverse:
        return -math.exp(ln_forward) * math.expm1(ln_reverse - ln_forward)
    return math.exp(ln_reverse) * math.expm1(ln_forward - ln_reverse)


@njit(cache=True, nogil=True)
def rate_derivatives(
    theta_i: Floats,
    forward_j: Floats,
    reverse_j: Floats,
    initial_jm: Ints,
    final_jm: Ints,
    nu_ij: Floats,
    coupling_ik: Floats,
    share_j: Floats,
) -> Floats:
    """D r_j / d ln theta_i, shape (j, i)."""
    n_steps, n_slots = initial_jm.shape
    n_species = theta_i.size
    derivative_ji = np.zeros((n_steps, n_species))
    coupled = np.any(coupling_ik != 0.0)
    for j in range(n_steps):
        for m in range(n_slots):
            if initial_jm[j, m] >= 0:
                derivative_ji[j, initial_jm[j, m]] += forward_j[j]
            if final_jm[j, m] >= 0:
                derivative_ji[j, final_jm[j, m]] -= reverse_j[j]
        if coupled:
            for i in range(n_species):
                push = 0.0
                for k in range(n_species):
                    push += nu_ij[k, j] * coupling_ik[k, i]
                gain = -share_j[j] * forward_j[j] - (1.0 - share_j[j]) * reverse_j[j]
                derivative_ji[j, i] += gain * push * theta_i[i]
    return derivative_ji


@njit(cache=True, nogil=True)
def replaced_rows(theta_i: Floats, balance_ki: Floats, site_in_balance_sk: Floats, density_i: Floats) -> Ints:
    """For each site type the balance row that gives way to its conservation row: the most populated one."""
    n_sites, n_rows = site_in_balance_sk.shape
    replaced_s = np.full(n_sites, -1)
    for s in range(n_sites):
        best = -1.0
        for k in range(n_rows):
            taken = False
            for t in range(s):
                taken = taken or replaced_s[t] == k
            if site_in_balance_sk[s, k] == 0.0 or taken:
                continue
            populated = 0.0
            for i in range(theta_i.size):
                populated += abs(balance_ki[k, i]) * theta_i[i] * density_i[i]
            if populated > best:
                best = populated
                replaced_s[s] = k
    return replaced_s


@njit(cache=True, nogil=True)
def linear_system(
    theta_i: Floats,
    derivative_ji: Floats,
    inverse_dt: float,
    balance_ki: Floats,
    balance_kj: Floats,
    replaced_s: Ints,
    site_si: Floats,
    equilibrium_q: Ints,
    nu_ij: Floats,
    coupling_ik: Floats,
    density_i: Floats,
) -> Floats:
    """Matrix of the linear system in u, shape (k + q, i)."""
    n_rows, n_species = balance_ki.shape
    matrix = np.zeros((n_rows + equilibrium_q.size, n_species))
    matrix[:n_rows] = -(balance_kj @ derivative_ji)
    for k in range(n_rows):
        for i in range(n_species):
            matrix[k, i] += balance_ki[k, i] * density_i[i] * theta_i[i] * inverse_dt
    for s in range(replaced_s.size):
        matrix[replaced_s[s]] = site_si[s] * theta_i
    for q in range(equilibrium_q.size):
        step = equilibrium_q[q]
        for i in range(n_species):
            push = 0.0
            for k in range(n_species):
                push += nu_ij[k, step] * coupling_ik[k, i]
            matrix[n_rows + q, i] = nu_ij[i, step] + push * theta_i[i]
    return matrix


@njit(cache=True, nogil=True)
def solve_equilibrated(matrix: Floats, right_hand_side: Floats) -> tuple[Floats, bool]:
    """Solve by LU with partial pivoting after scaling each row by its largest entry; False when singular."""
    a = matrix.copy()
    b = right_hand_side.copy()
    n = b.size
    for r in range(n):
        largest = np.max(np.abs(a[r]))
        if largest == 0.0 or not np.isfinite(largest):
            return b, False
        a[r] /= largest
        b[r] /= largest
    for c in range(n):
        pivot = c + np.argmax(np.abs(a[c:, c]))
        if a[pivot, c] == 0.0 or not np.isfinite(a[pivot, c]):
            return b, False
        if pivot != c:
            for i in range(n):
                a[c, i], a[pivot, i] = a[pivot, i], a[c, i]
            b[c], b[pivot] = b[pivot], b[c]
        for r in range(c + 1, n):
            factor = a[r, c] / a[c, c]
            if factor != 0.0:
                for i in range(c + 1, n):
                    a[r, i] -= factor * a[c, i]
                b[r] -= factor * b[c]
    for r in range(n - 1, -1, -1):
        for i in range(r + 1, n):
            b[r] -= a[r, i] * b[i]
        b[r] /= a[r, r]
    return b, True


@njit(cache=True, nogil=True)
def pseudo_transient(
    theta_i: Floats,
    ln_kf_j: Floats,
    ln_kr_j: Floats,
    initial_jm: Ints,
    final_jm: Ints,
    nu_ij: Floats,
    balance_ki: Floats,
    balance_kj: Floats,
    site_in_balance_sk: Floats,
    site_si: Floats,
    equilibrium_q: Ints,
    density_i: Floats,
    coupling_ik: Floats,
    share_j: Floats,
    mode: int,
    max_iterations: int,
) -> tuple[Floats, int, int, float]:
    """Pseudo-transient continuation to the steady state.

    The mode is BOLD (the pseudo-time step grows while no coverage moves by 0.3 of its site, trace species may
    overshoot), CAUTIOUS (it grows while no coverage moves by 0.3 of itself) or NEWTON (infinite steps from the start).

    Returns the coverages, a code (CONVERGED, ITERATIONS_SPENT or SINGULAR), the iterations used and the last largest
    relative change.
    """
    theta = theta_i.copy()
    n_rows = balance_ki.shape[0]
    logarithmic = equilibrium_q.size > 0
    fastest = math.exp(max(np.max(ln_kf_j), np.max(ln_kr_j)))
    slowest = fastest * 1e-60
    inverse_dt = 0.0 if mode == NEWTON else fastest
    change = np.inf
    for iteration in range(max_iterations):
        ln_forward, ln_reverse = one_way_rates(
            theta, ln_kf_j, ln_kr_j, initial_jm, final_jm, nu_ij, coupling_ik, share_j
        )
        derivative = rate_derivatives(
            theta, np.exp(ln_forward), np.exp(ln_reverse), initial_jm, final_jm, nu_ij, coupling_ik, share_j
        )
        replaced = replaced_rows(theta, balance_ki, site_in_balance_sk, density_i)
        matrix = linear_system(
            theta,
            derivative,
            inverse_dt,
            balance_ki,
            balance_kj,
            replaced,
            site_si,
            equilibrium_q,
            nu_ij,
            coupling_ik,
            density_i,
        )
        right = np.zeros(matrix.shape[0])
        for j in range(ln_kf_j.size):
            rate = net_rate(ln_forward[j], ln_reverse[j])
            for k in range(n_rows):
                right[k] += balance_kj[k, j] * rate
        for s in range(replaced.size):
            right[replaced[s]] = 1.0 - np.sum(site_si[s] * theta)
        for q in range(equilibrium_q.size):
            right[n_rows + q] = ln_forward[equilibrium_q[q]] - ln_reverse[equilibrium_q[q]]
        u, solved = solve_equilibrated(matrix, right)
        if not solved or not np.all(np.isfinite(u)):
            if inverse_dt == 0.0:
                return theta, SINGULAR, iteration, change
            inverse_dt *= 10.0
            if inverse_dt > fastest * 1e6:
                return theta, SINGULAR, iteration, change
            continue
        change = np.max(np.abs(u))
        if logarithmic:
            for i in range(theta.size):
                theta[i] *= math.exp(min(max(u[i], -_LARGEST_LOG_STEP), _LARGEST_LOG_STEP))
        else:
            moved = np.max(np.abs(u * theta))  # of the largest coverage: what the nonlinearity can feel
            overshoot = False
            for i in range(theta.size):
                if u[i] < -_LARGEST_DECAY:
                    overshoot = overshoot or theta[i] > _TRACE or mode == CAUTIOUS
                    u[i] = -_LARGEST_DECAY
            if overshoot:
                inverse_dt = inverse_dt * 5.0 if inverse_dt > 0.0 else slowest
                continue
            theta *= 1.0 + u
        if inverse_dt == 0.0 and change < _STOP:
            return theta, CONVERGED, iteration + 1, change
        if logarithmic or mode == CAUTIOUS:
            moved = change
        if moved < 1e-6:
            inverse_dt *= 1e-4
        elif moved < 0.3:
            inverse_dt *= 0.1
        if inverse_dt < slowest or change < 1e-8:
            inverse_dt = 0.0
    return theta, ITERATIONS_SPENT, max_iterations, change


@njit(cache=True, nogil=True)
def stationary_vector(rate_ab: Floats) -> Floats:
    """Stationary vector of an irreducible Markov chain, by elimination without subtraction.

    Grassmann, Taksar and Heyman (1985): states are folded away one by one; every number stays a sum of products of
    positive rates, so that each entry keeps full relative accuracy whatever the magnitudes.

    Parameters
    ----------
    rate_ab : array (a, b)
        Rates from state a to state b; the diagonal is ignored.

    Returns
    -------
    array (a,) that sums to one; entries are NaN when the chain is reducible.
    """
    n = rate_ab.shape[0]
    q = rate_ab.copy()
    for last in range(n - 1, 0, -1):
        out = 0.0
        for b in range(last):
            out += q[last, b]
        if not out > 0.0:
            return np.full(n, np.nan)
        for a in range(last):
            q[a, last] /= out
        for a in range(last):
            into = q[a, last]
            if into != 0.0:
                for b in range(last):
                    if b != a:
                        q[a, b] += into * q[last, b]
    pi = np.zeros(n)
    pi[0] = 1.0
    for b in range(1, n):
        for a in range(b):
            pi[b] += pi[a] * q[a, b]
        if pi[b] > 1e200:  # keep away from overflow: the vector is only defined up to a factor
            for a in range(b + 1):
                pi[a] *= 1e-200
    return pi / np.sum(pi)


@njit(cache=True, nogil=True)
def cut_coefficients(target_j: Floats, nu_ij: Floats, order_j: Ints) -> Floats:
    """Coefficients c_j = target_j + sum_i y_i nu_ij that avoid the busiest steps.

    At a steady state sum_j nu_ij r_j = 0, so that any y gives the same sum_j c_j r_j. Steps are taken busiest first;
    c_j = 0 is imposed wherever that is still possible: sets of steps that can be avoided together form a matroid, for
    which this greedy choice leaves the smallest total traffic in the cut.

    Parameters
    ----------
    target_j : array (j,)
        The rate wanted, as a combination of step rates.
    nu_ij : array (i, j)
    order_j : array (j,) of int
        Steps by falling traffic.

    Returns
    -------
    array (j,)
    """
    n_species, n_steps = nu_ij.shape
    basis = np.zeros((n_species, n_species + 1))
    pivots = np.zeros(n_species, dtype=np.int64)
    avoided = np.zeros(n_steps, dtype=np.bool_)
    size = 0
    for position in range(n_steps):
        j = order_j[position]
        row = np.empty(n_species + 1)
        row[0] = target_j[j]
        row[1:] = nu_ij[:, j]
        for b in range(size):
            factor = row[pivots[b]]
            if factor != 0.0:
                row -= factor * basis[b]
        pivot = 1 + np.argmax(np.abs(row[1:]))
        if abs(row[pivot]) < 1e-9:
            avoided[j] = abs(row[0]) < 1e-9
            continue
        avoided[j] = True
        row /= row[pivot]
        for b in range(size):
            factor = basis[b, pivot]
            if factor != 0.0:
                basis[b] -= factor * row
        basis[size] = row
        pivots[size] = pivot
        size += 1
    coefficients = np.empty(n_steps)
    for j in range(n_steps):
        total = target_j[j]
        for b in range(size):
            total -= nu_ij[pivots[b] - 1, j] * basis[b, 0]
        coefficients[j] = 0.0 if avoided[j] or abs(total) < 1e-9 else total
    return coefficients

"""What certifies coverages, and the corrections that come with it.

Two estimates of the error are at hand, each of them a Newton correction as well.

*By the balances.* u = M^-1 f(theta), from net rates that enter all balances alike, their sums without rounding: that of
a rate acts as if its constant were a little different, and the answer is off by no more than its response to that. This
holds as long as the factors of M are right, which the sum of sizes |M^-1| |M| tells: rates in one row that differ by
more than 1e12 spoil it.

*By the chain.* At the steady state the stationary vector pi of the generator frozen at theta equals theta. It is found
without subtraction, whatever the magnitudes, so that G (ln pi - ln theta), G = (I - d ln pi/d ln theta)^-1, is the
error. Here rounding acts on each site's moves alone, not on steps, and is multiplied by the norm of G, which is large
where two adsorbates exchange atoms much faster than these come and go.

Coverages are certified when one of the two estimates, rounding included, is below `CERTIFIED`, and when the surface
would stay there: where an odd number of directions grow, det M has the other sign, and the state is a saddle between
two others.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import glue, kernel, part
from nrrsim.solvers._kernels.equations import one_way_rates, steady_system
from nrrsim.solvers._kernels.frozen import stationary_on
from nrrsim.solvers._kernels.linear import copy_into, factorise, solve, solve_transposed
from nrrsim.solvers._kernels.network import Network, Rates, Workspace

Floats = NDArray[np.float64]

CERTIFIED = 1e-7  # largest relative error of a coverage that counts as certified
ROUNDING = 8 * 2.220446049250313e-16  # of a rate, a product of a constant and a few coverages
_REFINED = 1e-10  # corrections below it are not worth another
_CORRECTIONS = 8
_UNTRUSTED = 0.01  # rounding times |M^-1| |M| from which on the factors prove nothing
_LARGEST_LOG_STEP = 3.0  # of ln theta in one correction
_HELD_TRAFFIC = 1e30  # of a step at equilibrium in the frozen generator, over the fastest other rate


@kernel
def corrected(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> float:
    """Correct coverages until they are certified; the error bound."""
    error, _ = certified(network, rates, theta_i, work)
    return error


@glue
def certified(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> tuple[float, int]:
    """Correct coverages until they are certified; the error bound, and how many corrections it took.

    The factors of the linear system, and the rates at the coverages, stay in the workspace.
    """
    error, first = by_balances(network, rates, theta_i, work)
    if error < CERTIFIED:
        return error, first
    error, second = by_chain(network, rates, theta_i, work)
    return error, first + second


@part
def by_balances(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> tuple[float, int]:
    """Newton corrections from the balances, and the bound they leave; coverages are kept where it does not certify."""
    start_i = work.start_i
    copy_into(start_i, theta_i)
    for iteration in range(_CORRECTIONS):
        one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        steady_system(network, rates, theta_i, work)
        row_sizes(work)
        change = solved(work)
        if not change < 1.0:
            break
        for i in range(theta_i.size):
            theta_i[i] *= 1.0 + work.right_i[i]
        if change < _REFINED:
            trust, response = norms(network, work)
            error = max(ROUNDING * max(response, 1.0), change)
            if ROUNDING * trust < _UNTRUSTED and error < CERTIFIED:
                one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
                return np.inf if is_saddle(network, work) else error, iteration + 1
            break
    copy_into(theta_i, start_i)
    return np.inf, _CORRECTIONS


@part
def is_saddle(network: Network, work: Workspace) -> bool:
    """Whether an odd number of directions grow, by the sign of the determinant of the factors in the workspace.

    Without conservation rows det M would be zero; with them it is that of their sites in the rows that gave way times
    the product of the other eigenvalues of -df/d theta times the coverages, so that both signs agree where all decay.
    Combinations of balances that steps at equilibrium leave over are oriented such that this holds for them, too.
    """
    sign = _sites_determinant(network, work)
    for c in range(work.swap_i.size):
        if work.matrix[c, c] < 0.0:
            sign = -sign
        if work.swap_i[c] != c:
            sign = -sign
    return sign < 0.0


@part
def _sites_determinant(network: Network, work: Workspace) -> float:
    """Determinant of the shares of the replaced rows in the conservation of each site type."""
    a, n_sites, determinant = work.balances, work.replaced_s.size, 1.0
    for s in range(n_sites):
        for c in range(n_sites):
            a[s, c] = network.site_in_balance_sk[s, work.replaced_s[c]]
    for c in range(n_sites):
        pivot = c
        for r in range(c + 1, n_sites):
            if abs(a[r, c]) > abs(a[pivot, c]):
                pivot = r
        if a[pivot, c] == 0.0:
            return 0.0
        determinant *= a[pivot, c] if pivot == c else -a[pivot, c]
        for k in range(c, n_sites):
            a[c, k], a[pivot, k] = a[pivot, k], a[c, k]
        for r in range(c + 1, n_sites):
            for k in range(n_sites - 1, c - 1, -1):
                a[r, k] -= a[r, c] / a[c, c] * a[c, k]
    return determinant


@part
def row_sizes(work: Workspace) -> None:
    """Sum of sizes of each row of the matrix."""
    n = work.right_i.size
    for r in range(n):
        total = 0.0
        for c in range(n):
            total += abs(work.matrix[r, c])
        work.size_i[r] = total


@part
def norms(network: Network, work: Workspace) -> tuple[float, float]:
    """Norms of |M^-1| |M| and of the response M^-1 W nu (r+ + r-) to each step, from the factors in the workspace.

    Rounding times the first says how far the factors can be trusted, times the second how far rounding of the rates may
    have moved the coverages. Each is the largest sum of a row's sizes, by two steps of Hager's estimator (SIAM J. Sci.
    Stat. Comput. 5 (1984) 311): a row that answers strongly is found, and its sum taken.
    """
    n, weight_k, sign_k = work.right_i.size, work.saved_i, work.right_i
    weight_k[:] = 1.0 / n
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, weight_k)
    for k in range(n):
        sign_k[k] = work.size_i[k] if weight_k[k] >= 0.0 else -work.size_i[k]
    solve(work.matrix, work.row_scale_i, work.swap_i, sign_k)
    strongest = largest(sign_k)
    for k in range(n):
        work.correction_i[k] = weight_k[k]
        weight_k[k] = 0.0
    weight_k[strongest] = 1.0
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, weight_k)
    trust = 0.0
    for k in range(n):
        trust += abs(weight_k[k]) * work.size_i[k]
    return trust, _largest_response(network, work)


@part
def _largest_response(network: Network, work: Workspace) -> float:
    """Norm of M^-1 W nu (r+ + r-), M^-T of the uniform vector standing in the workspace's correction."""
    n_steps = network.nu_ij.shape[1]
    weight_k, right_k = work.saved_i, work.right_i
    to_steps(network, work.correction_i, work)
    right_k[:] = 0.0
    for j in range(n_steps):
        traffic = work.forward_j[j] + work.reverse_j[j]
        signed = 0.0 if network.is_held_j[j] else traffic if work.step_j[j] >= 0.0 else -traffic
        for c in range(network.changed_jm.shape[1]):
            i = network.changed_jm[j, c]
            if i < 0:
                break
            right_k[i] += network.change_jm[j, c] * signed
    _combined(network, work)
    for s in range(work.replaced_s.size):
        right_k[work.replaced_s[s]] = 0.0
    solve(work.matrix, work.row_scale_i, work.swap_i, right_k)
    strongest = largest(right_k)
    estimate = abs(right_k[strongest])
    weight_k[:] = 0.0
    weight_k[strongest] = 1.0
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, weight_k)
    to_steps(network, weight_k, work)
    total = 0.0
    for j in range(n_steps):
        total += abs(work.step_j[j]) * (work.forward_j[j] + work.reverse_j[j])
    return float(max(estimate, total))


@part
def largest(x_i: Floats) -> int:
    """Place of the entry of largest size."""
    place = 0
    for i in range(x_i.size):
        if abs(x_i[i]) > abs(x_i[place]):
            place = i
    return place


@part
def to_steps(network: Network, weight_k: Floats, work: Workspace) -> None:
    """Weights of the rows as weights of the steps' rates, conservation and equilibrium rows left out."""
    n, n_steps = network.nu_ij.shape
    for s in range(work.replaced_s.size):
        weight_k[work.replaced_s[s]] = 0.0
    weight_i = work.pi_i
    constrained = network.equilibrium_q.size > 0
    for i in range(n):
        weight_i[i] = weight_k[i]
        if constrained:
            weight_i[i] = 0.0
            for k in range(network.balance_ki.shape[0]):
                weight_i[i] += network.balance_ki[k, i] * weight_k[k]
    for j in range(n_steps):
        total = 0.0
        if not network.is_held_j[j]:
            for c in range(network.changed_jm.shape[1]):
                i = network.changed_jm[j, c]
                if i < 0:
                    break
                total += weight_i[i] * network.change_jm[j, c]
        work.step_j[j] = total


@part
def _combined(network: Network, work: Workspace) -> None:
    """Combine balances of species, in the right-hand side, into those that steps at equilibrium leave over."""
    if network.equilibrium_q.size == 0:
        return
    n, n_rows = network.nu_ij.shape[0], network.balance_ki.shape[0]
    for i in range(n):
        work.pi_i[i] = work.right_i[i]
        work.right_i[i] = 0.0
    for k in range(n_rows):
        for i in range(n):
            work.right_i[k] += network.balance_ki[k, i] * work.pi_i[i]


@part
def solved(work: Workspace) -> float:
    """Solve the linear system in place and return the largest change, infinite when it is singular."""
    if not factorise(work.matrix, work.row_scale_i, work.swap_i):
        return np.inf
    solve(work.matrix, work.row_scale_i, work.swap_i, work.right_i)
    change = 0.0
    for i in range(work.right_i.size):
        size = abs(work.right_i[i])
        if not size < np.inf:
            return np.inf
        change = max(change, size)
    return change


@part
def apply_logarithmic(theta_i: Floats, u_i: Floats) -> None:
    """Add changes to ln theta, none larger than a limit."""
    for i in range(theta_i.size):
        theta_i[i] *= math.exp(min(max(u_i[i], -_LARGEST_LOG_STEP), _LARGEST_LOG_STEP))


@glue
def by_chain(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> tuple[float, int]:
    """Corrections from the frozen chain, and the bound they leave.

    A step at equilibrium that moves two sites ties their flows, which the chain does not know: it has fixed points that
    are no steady states, and certifies nothing.
    """
    if not _held_steps_move_one_site(network):
        return np.inf, 0
    for iteration in range(_CORRECTIONS):
        error = correction(network, rates, theta_i, work)
        if not error < np.inf:
            return error, iteration
        if error < _REFINED:
            error = max(error, ROUNDING * gain(network, theta_i, work))
            return np.inf if is_saddle(network, work) else error, iteration
        apply_logarithmic(theta_i, work.right_i)
    return np.inf, _CORRECTIONS  # corrections that stay above rounding prove nothing, however small the last one is


@part
def correction(network: Network, rates: Rates, theta_i: Floats, work: Workspace) -> float:
    """(I - d ln pi/d ln theta)^-1 (ln pi - ln theta) into the workspace's right-hand side, and its largest entry.

    The frozen generator Q gives W f = W Q^T theta = -W Q^T (theta dev) to first order in the deviation dev, which is
    found without cancellation where f itself is not. Infinite when a chain is reducible, the response is singular, or
    two site types disagree about a species that sits on both.
    """
    one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
    if not _deviation(network, theta_i, work):
        return np.inf
    steady_system(network, rates, theta_i, work)
    _from_deviation(network, theta_i, work.deviation_i, work)
    return solved(work)


@part
def _from_deviation(network: Network, theta_i: Floats, deviation_i: Floats, work: Workspace) -> None:
    """Right-hand side of the correction that belongs to a deviation: B dev, with G = M^-1 B."""
    constrained = network.equilibrium_q.size > 0
    n_rows = network.balance_ki.shape[0]
    flow_i = work.correction_i
    flow_i[:] = 0.0
    for m in range(network.move_m4.shape[0]):
        j, a, b = network.move_m4[m, 0], network.move_m4[m, 1], network.move_m4[m, 2]
        if constrained and network.is_held_j[j]:
            continue
        flow = work.forward_j[j] * deviation_i[a] - work.reverse_j[j] * deviation_i[b]
        flow_i[a] += flow
        flow_i[b] -= flow
    for k in range(n_rows):
        work.right_i[k] = flow_i[k]
        if constrained:
            work.right_i[k] = 0.0
            for i in range(theta_i.size):
                work.right_i[k] += network.balance_ki[k, i] * flow_i[i]
    for q in range(network.equilibrium_q.size):
        j = network.equilibrium_q[q]
        total = 0.0
        for i in range(theta_i.size):
            total += network.nu_ij[i, j] * deviation_i[i]
        work.right_i[n_rows + q] = total
    for s in range(network.site_si.shape[0]):
        total = 0.0
        for i in range(theta_i.size):
            total += network.site_si[s, i] * theta_i[i] * deviation_i[i]
        work.right_i[work.replaced_s[s]] = total


@part
def gain(network: Network, theta_i: Floats, work: Workspace) -> float:
    """Norm of G, the largest sum of a row's sizes, from the factors in the workspace.

    Two steps of Hager's estimator (SIAM J. Sci. Stat. Comput. 5 (1984) 311): a row that answers strongly is found, and
    its sum taken.
    """
    n = theta_i.size
    row_k, sign_i = work.saved_i, work.deviation_i
    row_k[:] = 1.0 / n
    _to_deviation(network, theta_i, row_k, work)
    for i in range(n):
        sign_i[i] = 1.0 if work.correction_i[i] >= 0.0 else -1.0
    _from_deviation(network, theta_i, sign_i, work)
    solve(work.matrix, work.row_scale_i, work.swap_i, work.right_i)
    strongest = largest(work.right_i)
    estimate = abs(work.right_i[strongest])
    row_k[:] = 0.0
    row_k[strongest] = 1.0
    _to_deviation(network, theta_i, row_k, work)
    total = 0.0
    for i in range(n):
        total += abs(work.correction_i[i])
    return float(max(estimate, total))


@part
def _to_deviation(network: Network, theta_i: Floats, weight_k: Floats, work: Workspace) -> None:
    """G^T weight = B^T M^-T weight, into the workspace's correction; the weights are spent."""
    constrained = network.equilibrium_q.size > 0
    n, n_rows = theta_i.size, network.balance_ki.shape[0]
    solve_transposed(work.matrix, work.row_scale_i, work.swap_i, weight_k)
    answer_i, balance_i = work.correction_i, work.right_i
    answer_i[:] = 0.0
    for s in range(network.site_si.shape[0]):
        for i in range(n):
            answer_i[i] += network.site_si[s, i] * theta_i[i] * weight_k[work.replaced_s[s]]
        weight_k[work.replaced_s[s]] = 0.0
    for i in range(n):
        balance_i[i] = weight_k[i]
        if constrained:
            balance_i[i] = 0.0
            for k in range(n_rows):
                balance_i[i] += network.balance_ki[k, i] * weight_k[k]
    for m in range(network.move_m4.shape[0]):
        j, a, b = network.move_m4[m, 0], network.move_m4[m, 1], network.move_m4[m, 2]
        if constrained and network.is_held_j[j]:
            continue
        push = balance_i[a] - balance_i[b]
        answer_i[a] += work.forward_j[j] * push
        answer_i[b] -= work.reverse_j[j] * push
    for q in range(network.equilibrium_q.size):
        for i in range(n):
            answer_i[i] += network.nu_ij[i, network.equilibrium_q[q]] * weight_k[n_rows + q]


@part
def _deviation(network: Network, theta_i: Floats, work: Workspace) -> bool:
    """Ln pi - ln theta of the frozen chain of each site type; False where there is none, or two types disagree."""
    traffic = _held_traffic(network, work) if network.equilibrium_q.size > 0 else 0.0
    for i in range(theta_i.size):
        work.deviation_i[i] = np.nan
    for s in range(network.site_si.shape[0]):
        size = stationary_on(network, theta_i, s, traffic, work)
        if size == 0:
            return False
        for a in range(size):
            i = work.member_i[a]
            if not work.pi_i[a] > 0.0:
                return False
            found = math.log(work.pi_i[a] / (network.site_si[s, i] * theta_i[i]))
            if abs(work.deviation_i[i] - found) > CERTIFIED:  # another type has said something else
                return False
            work.deviation_i[i] = found
    return True


@part
def _held_traffic(network: Network, work: Workspace) -> float:
    fastest = 0.0
    for j in range(work.forward_j.size):
        if not network.is_held_j[j]:
            fastest = max(fastest, work.forward_j[j] + work.reverse_j[j])
    return _HELD_TRAFFIC * fastest


@part
def _held_steps_move_one_site(network: Network) -> bool:
    for q in range(network.equilibrium_q.size):
        moved = 0
        for m in range(network.move_m4.shape[0]):
            if network.move_m4[m, 0] == network.equilibrium_q[q]:
                moved += 1
        if moved > 1:
            return False
    return True

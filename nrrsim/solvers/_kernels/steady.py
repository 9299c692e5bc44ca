"""The steady state of one condition: pseudo-transient continuation, and the ladder of attempts with their certificates.

`_kernels.certificate` says what certifies coverages. An iteration that stops short, because net rates of fast steps
drown in rounding, may still be near enough to be corrected into a certified answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.certificate import CERTIFIED, apply_logarithmic, certified, solved
from nrrsim.solvers._kernels.compiled import glue, part
from nrrsim.solvers._kernels.equations import one_way_rates, steady_system, transient_system
from nrrsim.solvers._kernels.network import (
    BOLD,
    CAUTIOUS,
    COLD,
    EVEN,
    GIVEN,
    NEWTON,
    NONE,
    WARM,
    Network,
    Rates,
    Workspace,
)
from nrrsim.solvers._kernels.starts import evenly_covered, nearly_clean

Floats = NDArray[np.float64]

CONVERGED = 0
ITERATIONS_SPENT = 1
SINGULAR = 2

_STOP = 1e-5  # relative change of a Newton step that ends the iteration: the next one would be its square
_LARGEST_DECAY = 0.999  # share of a coverage that one iteration may take away
_CAUTION = 0.1  # how much a cautious iteration minds the change of a coverage relative to itself
_TRACE = 1e-3  # coverages below it may overshoot without a smaller pseudo-time step: they feed back little
_WARM_ITERATIONS, _BOLD_ITERATIONS, _CAREFUL_ITERATIONS = 12, 60, 300


@glue
def steady_state(
    network: Network, rates: Rates, theta_i: Floats, begin: int, work: Workspace
) -> tuple[int, int, float]:
    """The certified steady state into `theta_i`, by the rungs from `begin` on.

    WARM and GIVEN start from the coverages in `theta_i`, COLD and CAREFUL from a nearly clean surface. Returns the rung
    that gave it (NONE without a certificate), the iterations spent, and the bound on the largest relative error of a
    coverage.
    """
    spent = 0
    for rung in range(begin, max(begin, EVEN) + 1):
        if rung == EVEN:
            evenly_covered(network, theta_i)
        elif rung != WARM and rung != GIVEN:
            nearly_clean(network, theta_i)
        code, iterations = _attempt(network, rates, theta_i, rung, work)
        spent += iterations
        if code == SINGULAR and rung == WARM:
            continue
        error, iterations = certified(network, rates, theta_i, work)
        spent += iterations
        if error < CERTIFIED:
            return rung, spent, error
    return NONE, spent, error


@glue
def _attempt(network: Network, rates: Rates, theta_i: Floats, rung: int, work: Workspace) -> tuple[int, int]:
    """One iteration from where `theta_i` stands.

    Steps at equilibrium make the way to their manifold hard to follow. So they first run as steps that are merely fast,
    which leaves the coverages close, and Newton steps with the exact constraints do the rest.
    """
    mode = NEWTON if rung == WARM else BOLD if rung == COLD else CAUTIOUS
    limit = _WARM_ITERATIONS if rung == WARM else _BOLD_ITERATIONS if rung == COLD else _CAREFUL_ITERATIONS
    if network.equilibrium_q.size == 0:
        return pseudo_transient(network, rates, theta_i, mode, limit, work)
    iterations = 0
    if rung != WARM:
        _, iterations = pseudo_transient(network, with_fast_steps(network, rates, work), theta_i, mode, limit, work)
    code, more = constrained_newton(network, rates, theta_i, limit, work)
    return code, iterations + more


@part
def with_fast_steps(network: Network, rates: Rates, work: Workspace) -> Rates:
    """The same constants with those of steps at equilibrium fast instead, their ratio kept."""
    fastest = 0.0
    for j in range(rates.kf_j.size):
        if not network.is_held_j[j]:
            fastest = max(fastest, rates.kf_j[j], rates.kr_j[j])
    fastest = 1e3 * fastest if fastest > 0.0 else 1e3
    kf_j, kr_j = work.fast_f_j, work.fast_r_j
    for j in range(kf_j.size):
        kf_j[j], kr_j[j] = rates.kf_j[j], rates.kr_j[j]
    for j in network.equilibrium_q:
        ratio = rates.kf_j[j] / rates.kr_j[j]
        kf_j[j], kr_j[j] = fastest * max(ratio, 1.0), fastest * max(1.0 / ratio, 1.0)
    return Rates(kf_j, kr_j, rates.density_i, rates.coupling_ik, rates.share_j)


@part
def pseudo_transient(
    network: Network, rates: Rates, theta_i: Floats, mode: int, max_iterations: int, work: Workspace
) -> tuple[int, int]:
    """Pseudo-transient continuation, steps at equilibrium taken as steps like all others.

    The mode is BOLD (the pseudo-time step grows while no coverage moves by 0.3 of its site, trace species may
    overshoot), CAUTIOUS (it grows while no coverage moves by 3 times itself, and none overshoots) or NEWTON (infinite
    steps from the start). Returns CONVERGED, ITERATIONS_SPENT or SINGULAR, and the iterations used.
    """
    fastest = 0.0
    for j in range(rates.kf_j.size):
        fastest = max(fastest, rates.kf_j[j], rates.kr_j[j])
    slowest = fastest * 1e-60
    inverse_dt = 0.0 if mode == NEWTON else fastest
    moved_on = True
    for iteration in range(max_iterations):
        if moved_on:
            one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        moved_on = False
        transient_system(network, rates, theta_i, inverse_dt, work)
        change = solved(work)
        if not change < np.inf:
            inverse_dt *= 10.0
            if inverse_dt == 0.0 or inverse_dt > fastest * 1e6:
                return SINGULAR, iteration
            continue
        moved, overshoots = _decay_limited(theta_i, work.right_i, mode)
        if overshoots:
            inverse_dt = inverse_dt * 5.0 if inverse_dt > 0.0 else slowest
            continue
        for i in range(theta_i.size):
            theta_i[i] *= 1.0 + work.right_i[i]
        moved_on = True
        if inverse_dt == 0.0 and change < _STOP:
            return CONVERGED, iteration + 1
        if mode == CAUTIOUS:
            moved = _CAUTION * change
        if moved < 1e-6:
            inverse_dt *= 1e-4
        elif moved < 0.3:
            inverse_dt *= 0.1
        if inverse_dt < slowest or change < 1e-6:
            inverse_dt = 0.0
    return ITERATIONS_SPENT, max_iterations


@part
def _decay_limited(theta_i: Floats, u_i: Floats, mode: int) -> tuple[float, bool]:
    """Limit decays in place; the largest move of a coverage, and whether one overshoots that may not."""
    moved, overshoots = 0.0, False
    for i in range(theta_i.size):
        moved = max(moved, abs(u_i[i] * theta_i[i]))
        if u_i[i] < -_LARGEST_DECAY:
            overshoots = overshoots or theta_i[i] > _TRACE or mode == CAUTIOUS
            u_i[i] = -_LARGEST_DECAY
    return moved, overshoots


@part
def constrained_newton(
    network: Network, rates: Rates, theta_i: Floats, max_iterations: int, work: Workspace
) -> tuple[int, int]:
    """Newton steps in ln theta with the steps at equilibrium as constraints."""
    for iteration in range(max_iterations):
        one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        steady_system(network, rates, theta_i, work)
        change = solved(work)
        if not change < np.inf:
            return SINGULAR, iteration
        apply_logarithmic(theta_i, work.right_i)
        if change < _STOP:
            return CONVERGED, iteration + 1
    return ITERATIONS_SPENT, max_iterations

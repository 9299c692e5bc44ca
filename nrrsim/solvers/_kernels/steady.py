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
    CAREFUL,
    CAUTIOUS,
    COLD,
    EVEN,
    NEWTON,
    NONE,
    WARM,
    Network,
    Rates,
    Workspace,
)
from nrrsim.solvers._kernels.starts import by_frozen_chain, evenly_covered, nearly_clean

Floats = NDArray[np.float64]

CONVERGED = 0
ITERATIONS_SPENT = 1
LOST = 2  # a singular system, or steps that would empty what they should not

_STOP = 1e-5  # relative change of a Newton step that ends the iteration: the next one would be its square
_LARGEST_DECAY = 0.999  # share of a coverage that one iteration may take away
_CAUTION = 0.1  # how much a cautious iteration minds the change of a coverage relative to itself
_NEAR = 0.1  # change of ln theta that the certificate's own corrections bridge
_ONSET = 1e-6  # first inverse pseudo-time step of a bold iteration, over the fastest constant
_HOPELESS = 8  # iterations in a row that would empty a trace species: the others feed it nothing, where they should
_TRACE = 1e-3  # coverages below it may overshoot without a smaller pseudo-time step: they feed back little
_NEWTON_ITERATIONS, _BOLD_ITERATIONS, _CAREFUL_ITERATIONS = 12, 60, 300


@glue
def steady_state(
    network: Network, rates: Rates, theta_i: Floats, begin: int, work: Workspace
) -> tuple[int, int, float]:
    """The certified steady state into `theta_i`, by the rungs from `begin` on.

    WARM and GIVEN start from the coverages in `theta_i`, COLD from where the frozen chain leads, CAREFUL from a nearly
    clean and EVEN from an evenly covered surface. Returns the rung that gave it (NONE without a certificate), the
    iterations spent, and the bound on the largest relative error of a coverage.
    """
    spent, error = 0, np.inf
    for rung in range(begin, max(begin, EVEN) + 1):
        if rung == EVEN:
            evenly_covered(network, theta_i)
        elif rung == CAREFUL:
            nearly_clean(network, theta_i)
        code, iterations = _attempt(network, rates, theta_i, rung, work)
        spent += iterations
        if code == LOST and rung in (WARM, COLD):
            continue
        error, iterations = certified(network, rates, theta_i, work)
        spent += iterations
        if error < CERTIFIED:
            return rung, spent, error
    return NONE, spent, error


@glue
def _attempt(network: Network, rates: Rates, theta_i: Floats, rung: int, work: Workspace) -> tuple[int, int]:
    """One iteration from where `theta_i` stands, or from the frozen chain.

    Steps at equilibrium make the way to their manifold hard to follow. So they first run as steps that are merely fast,
    which leaves the coverages close, and Newton steps with the exact constraints do the rest.
    """
    held = network.equilibrium_q.size > 0
    free = with_fast_steps(network, rates, work) if held and rung != WARM else rates
    iterations, asked = 0, np.inf
    if rung == COLD:
        asked, iterations = by_frozen_chain(network, free, theta_i, _NEAR, work)
        if asked == np.inf:
            return LOST, iterations
    code = CONVERGED
    if asked >= _NEAR and not (held and rung == WARM):
        code, more = _unconstrained(network, free, theta_i, rung, work)
        iterations += more
    if held:
        limit = _NEWTON_ITERATIONS if rung == WARM else _CAREFUL_ITERATIONS
        code, more = constrained_newton(network, rates, theta_i, limit, work)
        iterations += more
    return code, iterations


@part
def _unconstrained(network: Network, rates: Rates, theta_i: Floats, rung: int, work: Workspace) -> tuple[int, int]:
    """Iterations that take steps at equilibrium as steps like all others, in the manners of a rung."""
    if rung != WARM and rung != COLD:
        return pseudo_transient(network, rates, theta_i, CAUTIOUS, _CAREFUL_ITERATIONS, work)
    code, iterations = pseudo_transient(network, rates, theta_i, NEWTON, _NEWTON_ITERATIONS, work)
    if code == CONVERGED or rung == WARM:
        return code, iterations
    code, more = pseudo_transient(network, rates, theta_i, BOLD, _BOLD_ITERATIONS, work)
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
    steps, given up where one would empty a populated site). Returns CONVERGED, ITERATIONS_SPENT or LOST, and the
    iterations used. Species that feed each other alone, two by two, may die out on the way: that is LOST, too.
    """
    fastest = 0.0
    for j in range(rates.kf_j.size):
        fastest = max(fastest, rates.kf_j[j], rates.kr_j[j])
    slowest = fastest * 1e-60
    inverse_dt = 0.0 if mode == NEWTON else fastest * _ONSET if mode == BOLD else fastest
    moved_on, in_a_row = True, 0
    for iteration in range(max_iterations):
        if moved_on:
            one_way_rates(network, rates, theta_i, work.forward_j, work.reverse_j)
        moved_on = False
        transient_system(network, rates, theta_i, inverse_dt, work)
        change = solved(work)
        if not change < np.inf:
            inverse_dt *= 10.0
            if inverse_dt == 0.0 or inverse_dt > fastest * 1e6:
                return LOST, iteration
            continue
        moved, empties, overshoots = _decay_limited(theta_i, work.right_i, mode)
        in_a_row = in_a_row + 1 if empties else 0
        if mode != CAUTIOUS and (in_a_row > _HOPELESS or (overshoots and mode == NEWTON)):
            return LOST, iteration
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
def _decay_limited(theta_i: Floats, u_i: Floats, mode: int) -> tuple[float, bool, bool]:
    """Limit decays in place; the largest move of a coverage, whether one would vanish, and one that may not."""
    moved, empties, overshoots = 0.0, False, False
    for i in range(theta_i.size):
        moved = max(moved, abs(u_i[i] * theta_i[i]))
        if u_i[i] < -_LARGEST_DECAY:
            empties, overshoots = True, overshoots or theta_i[i] > _TRACE or mode == CAUTIOUS
            u_i[i] = -_LARGEST_DECAY
    return moved, empties, overshoots


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
            return LOST, iteration
        apply_logarithmic(theta_i, work.right_i)
        if change < _STOP:
            return CONVERGED, iteration + 1
    return ITERATIONS_SPENT, max_iterations

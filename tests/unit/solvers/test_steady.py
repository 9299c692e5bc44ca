"""Steady states against 60-digit arithmetic, and honest words where there is none."""

import dataclasses

import mpmath as mp
import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation
from nrrsim.solvers import multiprecision
from nrrsim.solvers.isolated import isolated_state
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.steady import certified_error, steady_state
from nrrsim.solvers.topology import compile_topology


def exact_tof(problem, theta, gas, digits=120):
    """Net production of a gas in arithmetic with many digits, straight from the rates."""
    t = problem.topology
    with mp.workdps(digits):
        ln_theta = [mp.log(x) for x in theta]
        shift = [mp.fsum(mp.mpf(float(c)) * x for c, x in zip(row, theta, strict=True)) for row in problem.coupling_ik]
        total = mp.mpf(0)
        for j, nu in enumerate(t.nu_gj[t.gases.index(gas)]):
            forward, reverse = multiprecision._ln_rates(problem, j, ln_theta, shift)
            total += mp.mpf(float(nu)) * (mp.e**forward - mp.e**reverse)
        return total


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("coupling", [0.0, 0.05])
def test_certified_answers_are_right(network, make_problem, seed, coupling):
    problem = make_problem(network, seed, coupling=coupling)
    solution = steady_state(problem)
    assert solution.success, solution.status
    start = solution.theta_i * np.exp(np.random.default_rng(seed).normal(0, 0.01, solution.theta_i.size))
    reference = multiprecision.precise_steady_state(problem, start, digits=120)
    for found, wanted in zip(solution.theta_i, reference, strict=True):
        assert abs(float(found / wanted) - 1) < 1e-7
    wanted = exact_tof(problem, reference, "NH3")
    bound = max(1e-9, 2 * solution.certificate.tof_relative_error["NH3"])
    assert abs(float(mp.mpf(solution.tof["NH3"]) / wanted) - 1) < bound
    assert solution.certificate.site_sum_error < 1e-13


def test_steps_at_equilibrium_are_the_limit_of_fast_ones(networks, make_problem):
    network = networks["dissociative"]
    held = np.array([True, False, True, True, True, True, True])
    algebraic = make_problem(network, 2, equilibrium=held)
    solution = steady_state(algebraic)
    assert solution.success
    fast = dataclasses.replace(
        make_problem(network, 2),
        ln_kf_j=algebraic.ln_kf_j + np.where(held, 50.0, 0.0),
        ln_kr_j=algebraic.ln_kr_j + np.where(held, 50.0, 0.0),
    )
    reference = multiprecision.precise_steady_state(fast, solution.theta_i, digits=80)
    assert solution.tof["NH3"] == pytest.approx(float(exact_tof(fast, reference, "NH3")), rel=1e-9)
    np.testing.assert_allclose(solution.theta_i, [float(x) for x in reference], rtol=1e-9)


def test_certificate_sees_a_wrong_answer(networks, make_problem):
    problem = make_problem(networks["dissociative"], 1)
    theta = steady_state(problem).theta_i.copy()
    assert certified_error(problem, theta) < 1e-7
    theta[1] *= 1.001
    theta /= theta.sum()
    assert certified_error(problem, theta) > 1e-4


def test_start_does_not_matter(networks, make_problem):
    problem = make_problem(networks["electrochemical"], 4)
    first = steady_state(problem)
    n = first.theta_i.size
    second = steady_state(problem, start_i=np.full(n, 1.0 / n))
    np.testing.assert_allclose(first.theta_i, second.theta_i, rtol=1e-9)


def test_a_pool_fed_by_nothing_is_named():
    network = network_of(parse_equation(e) for e in ("N2(g) + * <-> N2*", "NH* + NH2* <-> N* + NH3*"))
    with pytest.raises(InputError, match="a pool of species is fed by nothing"):
        compile_topology(network)


def test_dependent_steps_at_equilibrium_are_refused():
    network = network_of(
        parse_equation(e) for e in ("N2(g) + * <-> N2*", "N2* + H+ + e- <-> NNH*", "N2(g) + * + H+ + e- <-> NNH*")
    )
    with pytest.raises(InputError, match="depend on each other"):
        compile_topology(network, np.array([True, True, True]))


ISOLATED = (
    "N2(g) + * <-> N2*",
    "N2* + H2(g) <-> HNNH*",
    "HNNH* + H2(g) <-> H2NNH2*",
    "H2NNH2* + H2(g) <-> 2NH3(g) + *",
)


def chain(ln_kf, ln_kr):
    network = network_of(parse_equation(e) for e in ISOLATED)
    topology = compile_topology(network)
    n = len(topology.species)
    return SteadyProblem(topology, np.array(ln_kf), np.array(ln_kr), np.ones(1), np.zeros((n, n)), np.full(4, 0.5))


@pytest.mark.parametrize("seed", range(20))
def test_turnover_of_an_isolated_cycle(seed):
    """One cycle: TOF = (prod kf - prod kr) / sum of directed spanning trees, in exact arithmetic."""
    rng = np.random.default_rng(seed)
    ln_kf, ln_kr = rng.uniform(-60, 30, size=(2, 4))
    solution = isolated_state(chain(ln_kf, ln_kr))
    with mp.workdps(80):
        f, r = ([mp.e ** mp.mpf(float(x)) for x in ln] for ln in (ln_kf, ln_kr))
        trees = mp.mpf(0)
        for root in range(4):
            for cut in range(4):  # the edge left out: states reach the root forwards before it, backwards after it
                order = [(root + k) % 4 for k in range(4)]
                position = order.index(cut)
                term = mp.mpf(1)
                for k, edge in enumerate(order):
                    if k != position:
                        term *= r[edge] if k < position else f[edge]
                trees += term
        turnover = (mp.fprod(f) - mp.fprod(r)) / trees
    assert solution.success
    assert solution.tof["N2"] == pytest.approx(-float(turnover), rel=1e-10)
    assert solution.tof["NH3"] == pytest.approx(2 * float(turnover), rel=1e-10)


def test_states_that_cannot_return_are_empty_and_two_closed_classes_have_no_answer():
    drained = isolated_state(chain([1.0, 1.0, 1.0, -np.inf], [1.0, -np.inf, 1.0, -np.inf]))
    assert drained.success
    assert "cannot return" in drained.status
    split = isolated_state(chain([-np.inf, 1.0, -np.inf, -np.inf], [-np.inf, 1.0, -np.inf, -np.inf]))
    assert not split.success
    assert "closed classes" in split.status

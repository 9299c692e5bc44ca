"""Coverages to start from: exact where the equations are linear, near where they are not."""

import numpy as np
import pytest

from nrrsim.core.species import Phase, Species
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation
from nrrsim.solvers._kernels.network import workspace
from nrrsim.solvers._kernels.starts import by_frozen_chain
from nrrsim.solvers.isolated import isolated_state
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.steady import steady_state
from nrrsim.solvers.topology import compile_topology

NEAR = 0.1


def problem_of(equations, ln_kf, ln_kr):
    topology = compile_topology(network_of(parse_equation(e) for e in equations))
    n, n_steps = len(topology.species), len(topology.steps)
    return SteadyProblem(
        topology, np.array(ln_kf), np.array(ln_kr), np.ones(1), np.zeros((n, n)), np.full(n_steps, 0.5)
    )


def start_of(problem):
    theta = np.zeros(len(problem.topology.species))
    arrays = problem.topology.arrays
    asked, steps = by_frozen_chain(arrays, problem.rates, theta, NEAR, workspace(arrays))
    return theta, asked, steps


@pytest.mark.parametrize("seed", range(5))
def test_without_pairs_of_adsorbates_the_start_is_the_steady_state(seed):
    equations = ("N2(g) + * <-> N2*", "N2* + H2(g) <-> HNNH*", "HNNH* + 2H2(g) <-> 2NH3(g) + *")
    rng = np.random.default_rng(seed)
    problem = problem_of(equations, rng.uniform(-60, 40, 3), rng.uniform(-60, 40, 3))
    theta, asked, steps = start_of(problem)
    assert (asked < NEAR, steps) == (True, 2)  # the second step sees that the first has arrived
    np.testing.assert_allclose(theta, isolated_state(problem).theta_i, rtol=1e-13)
    assert steady_state(problem).iterations <= 4


@pytest.mark.parametrize("ln_constant", [-40.0, -10.0, 0.0, 10.0, 40.0])
def test_dissociation_is_met_half_the_way(ln_constant):
    problem = problem_of(("H2(g) + 2* <-> 2H*",), [ln_constant], [0.0])
    theta, asked, _ = start_of(problem)
    ratio = theta[problem.topology.species.index("H*")] / theta[problem.topology.species.index("*")]
    assert abs(np.log(ratio) - ln_constant / 2) <= max(asked, NEAR)
    assert asked < 3.0


def test_site_types_are_filled_where_a_species_sits_on_two(make_problem):
    bridge = Species("N2-bridge", {"N": 2}, Phase.ADSORBATE, {"*": 1, "t": 1})
    equations = ("N2(g) + * <-> N2*", "N2* + *t <-> N2-bridge", "N2-bridge + 3H2(g) <-> 2NH3(g) + * + *t")
    steps = [parse_equation(e, declared={bridge.name}) for e in equations]
    problem = make_problem(network_of(steps, species={bridge.name: bridge}), 1)
    assert (problem.topology.site_si > 0).sum(axis=0).max() == 2
    theta, asked, _ = start_of(problem)
    assert np.isfinite(asked)
    np.testing.assert_allclose(problem.topology.site_si @ theta, 1.0, rtol=0.2)


def test_a_chain_that_cannot_come_back_gives_no_start():
    problem = problem_of(("N2(g) + * <-> N2*", "N2* + H2(g) <-> HNNH*"), [0.0, 0.0], [0.0, -np.inf])
    _, asked, _ = start_of(problem)
    assert asked == np.inf

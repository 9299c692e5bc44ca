"""Several steady states: an oxidation with three of them, of which the surface keeps two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import fsolve

from nrrsim import api
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation
from nrrsim.solvers import multiprecision
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.steady import certified_error, other_steady_states, steady_state
from nrrsim.solvers.topology import compile_topology

NETWORK = network_of(map(parse_equation, ("CO(g) + * <-> CO*", "O2(g) + 2* <-> 2O*", "CO* + O* <-> CO2(g) + 2*")))
FORWARD, REVERSE = np.array([1.0, 1.0, 10.0]), np.array([0.02, 1e-3, 1e-12])


def oxidation(scale: float = 1.0, CO: float = 1.0) -> SteadyProblem:
    topology = compile_topology(NETWORK)
    n, adsorption = len(topology.species), np.array([CO, 1.0, 1.0])
    return SteadyProblem(
        topology, np.log(FORWARD * adsorption * scale), np.log(REVERSE * scale), np.ones(1), np.zeros((n, n)),
        np.zeros(3),
    )  # fmt: skip


def by_hand(x: np.ndarray) -> list[float]:
    """The same balances of CO* and O* written out."""
    (k1, k2, k3), (r1, r2, r3) = FORWARD, REVERSE
    a, b = x
    v = 1 - a - b
    turnover = k3 * a * b - r3 * v * v
    return [k1 * v - r1 * a - turnover, 2 * k2 * v * v - 2 * r2 * b * b - turnover]


STATES = [fsolve(by_hand, start, xtol=1e-12) for start in ((0.13, 0.37), (0.38, 0.13), (0.98, 1e-4))]


def full(problem: SteadyProblem, ab: np.ndarray) -> np.ndarray:
    place = {name: i for i, name in enumerate(problem.topology.species)}
    theta = np.zeros(3)
    theta[place["CO*"]], theta[place["O*"]], theta[place["*"]] = ab[0], ab[1], 1 - ab.sum()
    return theta


def grows(ab: np.ndarray) -> bool:
    """Whether a small deviation grows, by the eigenvalues of the two balances' Jacobian."""
    step = 1e-7
    jacobian = np.array([(np.array(by_hand(ab + d)) - by_hand(ab - d)) / (2 * step) for d in step * np.eye(2)]).T
    return bool(np.linalg.eigvals(jacobian).real.max() > 0)


def test_the_middle_state_is_the_saddle() -> None:
    assert [grows(state) for state in STATES] == [False, True, False]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e20])
def test_both_states_that_last_are_found_and_the_saddle_is_none(scale: float) -> None:
    problem = oxidation(scale)
    first = steady_state(problem)
    others = other_steady_states(problem, first)
    assert first.success
    found = sorted((tuple(s.theta_i) for s in (first, *others)), key=lambda theta: theta[0])
    wanted = sorted((tuple(full(problem, STATES[k])) for k in (0, 2)), key=lambda theta: theta[0])
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


@pytest.mark.parametrize("k", range(3))
def test_a_saddle_is_not_certified(k: int) -> None:
    problem = oxidation()
    theta = full(problem, STATES[k])
    assert np.isfinite(certified_error(problem, theta)) == (k != 1)
    precise = multiprecision.steady_state(problem, theta)
    assert precise is not None
    assert multiprecision.is_saddle(problem, precise) == (k == 1)


def test_a_start_at_the_saddle_does_not_stay_there() -> None:
    problem = oxidation()
    found = steady_state(problem, start_i=full(problem, STATES[1]))
    assert found.success
    assert abs(found.theta_i - full(problem, STATES[1])).max() > 0.1


def test_one_state_has_no_other() -> None:
    problem = oxidation(CO=1e-3)
    assert other_steady_states(problem, steady_state(problem)) == ()


FILE = """
format: nrrsim-catalyst/1
name: a surface with two steady states
source: {note: "constants made up for this test"}
site: {model: surface, types: {"*": {ratio: 1}}}
gas: {policy: own}
species: {CO(g): {}, O2(g): {}, CO2(g): {}, CO*: {}, O*: {}}
steps:
  - {equation: CO(g) + * <-> CO*, rate: {kf: 1 1/s, kr: 0.02 1/s, at: {T: 500 K, p: {CO: 1 bar}}}}
  - {equation: O2(g) + 2* <-> 2O*, rate: {kf: 1 1/s, kr: 1e-3 1/s, at: {T: 500 K, p: {O2: 1 bar}}}}
  - {equation: CO* + O* <-> CO2(g) + 2*, rate: {kf: 10 1/s, kr: 1e-12 1/s, at: {T: 500 K, p: {CO2: 1 bar}}}}
closure: as-published
conditions: {T: 500 K, p: {CO: 1 bar, O2: 1 bar, CO2: 1 bar}}
"""


def test_solve_names_the_other_state(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(FILE, encoding="utf-8")
    result = api.solve(tmp_path / "two.yaml")
    (other,) = result.other_solutions
    assert other.success
    assert other.coverages["CO*"] == pytest.approx(STATES[2][0], rel=1e-8)
    (said,) = [w for w in result.warnings if w.startswith("another steady state")]
    assert "CO* 0.979" in said


def test_solve_names_none_where_none_is_found() -> None:
    assert api.solve("ru-step").other_solutions == ()

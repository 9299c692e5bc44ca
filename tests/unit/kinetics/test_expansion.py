"""States of a whole site: their names, how many there are, and in how many ways a step can happen."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

import nrrsim
from nrrsim.core.species import Phase, Species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.expansion import expanded
from nrrsim.kinetics.mechanism import Closure, Interaction
from nrrsim.kinetics.rate_laws import Barrierless, Equilibrium, Sticking
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation
from nrrsim.network.whole_sites import LARGEST_NUMBER_OF_STATES, Occupation, WholeSite

STEPS = ["N2(g) + * <-> N2*", "N2* + * <-> 2N*", "H2(g) + 2* <-> 2H*", "N* + H* <-> NH* + *", "N* + NNH* <-> N2* + NH*"]


def site(capacity: int, *equations: str, **species: Species) -> WholeSite:
    return WholeSite(network_of([parse_equation(e) for e in equations or STEPS], species=species), capacity)


def named(whole: WholeSite, name: str) -> Occupation:
    return Occupation(()) if name == "*" else whole.occupation(name)


@pytest.mark.parametrize("name", ["N", "2N", "N_N2", "2N_N2", "H_N_NH", "3H_NNH", "NH_NNH"])
def test_names_are_read_as_they_are_written(name):
    assert site(4).name(site(4).occupation(name)) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("N2_2N", "is called '2N_N2'"),
        ("N_N", "is called '2N'"),
        ("1N_NH", "is called 'N_NH'"),
        ("02N", "is called '2N'"),
        ("0N_NH", "is called 'NH'"),
        ("3N_2NH", "needs 5 positions, the site has 4"),
        ("2NH4", r"'NH4' in the state '2NH4' is no adsorbate of the steps; did you mean 'NH'"),
        ("2N__NH", "'' in the state"),
        ("99999N", "'99999N' in the state"),
    ],
)
def test_other_names_are_answered_with_the_right_one(name, said):
    with pytest.raises(InputError, match=said):
        site(4).occupation(name)


@pytest.mark.parametrize("capacity", [1, 2, 3, 5])
def test_arrangements_are_those_of_a_multinomial(capacity):
    """Over all occupations of k adsorbates they sum to (k + 1)^c, every position being free or taken by one of them."""
    whole = site(capacity)
    k = len(whole.adsorbates)

    def occupations(names, left):
        if not names:
            yield {}
            return
        for n in range(left + 1):
            for rest in occupations(names[1:], left - n):
                yield {names[0]: n, **rest}

    total = sum(whole.degeneracy(Occupation.of(o)) for o in occupations(whole.adsorbates, capacity))
    assert k == 5
    assert total == (k + 1) ** capacity


WAYS = [  # step, state, ways forward; in the state after it, ways back
    ("N2(g) + * <-> N2*", "*", 4, 1),
    ("N2(g) + * <-> N2*", "H_N", 2, 1),
    ("H2(g) + 2* <-> 2H*", "*", 6, 1),
    ("H2(g) + 2* <-> 2H*", "H", 3, 3),
    ("N* + H* <-> NH* + *", "2H_N", 2, 2),
    ("N* + H* <-> NH* + *", "2H_2N", 4, 1),
    ("N2* + * <-> 2N*", "N2", 3, 2),  # two atoms become a molecule that is left on one of their two positions
    ("N2* + * <-> 2N*", "N_N2", 2, 6),
    ("N* + NNH* <-> N2* + NH*", "N_NNH", 1, 1),
]


@pytest.mark.parametrize(("equation", "before", "forward", "back"), WAYS)
def test_ways_of_a_step_on_four_positions(equation, before, forward, back):
    whole = site(4)
    step = parse_equation(equation)
    initial, final = whole.surface(step.reactants), whole.surface(step.products)
    state = named(whole, before)
    after = whole.spectators(initial, state).changed(whole.change(final, 1))
    assert whole.ways(initial, final, state) == forward
    assert whole.ways(final, initial, after) == back
    assert forward * whole.degeneracy(state) == back * whole.degeneracy(after)


def test_an_adsorbate_on_two_positions_counts_two():
    bridging = Species("NN*", {"N": 2}, Phase.ADSORBATE, {"*": 2})
    whole = site(5, "N2(g) + 2* <-> NN*", "NN* <-> 2N*", **{"NN*": bridging})
    assert {whole.name(s): whole.positions(s) for s in whole.states} == {
        "*": 0, "NN": 2, "2N": 2, "2NN": 4, "2N_NN": 4, "4N": 4
    }  # fmt: skip
    assert whole.degeneracy(whole.occupation("NN")) == 10
    assert whole.degeneracy(whole.occupation("2N_NN")) == math.comb(5, 2) * math.comb(3, 2)
    step = parse_equation("N2(g) + 2* <-> NN*")
    free, taken = whole.surface(step.reactants), whole.surface(step.products)
    assert whole.ways(free, taken, Occupation(())) == 10
    assert whole.ways(taken, free, whole.occupation("2NN")) == 2
    with pytest.raises(InputError, match="'3NN' needs 6 positions, the site has 5"):
        whole.occupation("3NN")


def test_states_are_counted_before_they_are_made():
    largest = max(c for c in range(20) if math.comb(c + 5, 5) <= LARGEST_NUMBER_OF_STATES)
    assert len(site(largest).adsorbates) == 5
    with pytest.raises(InputError, match=f"5 adsorbates on {largest + 1} positions make 792 states, more than 500"):
        site(largest + 1)
    with pytest.raises(InputError, match=r"5 adsorbates on 1000 positions make \d{13} states"):
        site(1000)


@pytest.mark.parametrize("capacity", [0, -1, 2.0, True])
def test_a_capacity_is_a_whole_number_from_one(capacity):
    with pytest.raises(InputError, match=rf"the capacity is {capacity}. Remedy: give a whole number"):
        site(capacity)


@pytest.mark.parametrize(
    ("equations", "said"),
    [
        (["N2(g) + *s <-> N2*s", "N2*s + * <-> N2* + *s"], r"sites of the types \*, s"),
        (["N2* + H2(g) <-> HNNH*"], "no step has a free position"),
    ],
)
def test_positions_are_of_one_type_and_can_be_free(equations, said):
    with pytest.raises(InputError, match=said):
        site(3, *equations)


def test_a_name_that_cannot_stand_in_another_is_refused():
    odd = Species("2x*", {"N": 2}, Phase.ADSORBATE, {"*": 1})
    step = ElementaryStep("uptake", {"N2(g)": 1, "*": 1}, {"2x*": 1})
    with pytest.raises(InputError, match=r"the adsorbate '2x\*' cannot be part of the name of a state"):
        WholeSite(network_of([step], species={"2x*": odd}), 3)


def ru():
    """The shipped step with hydrogen taken up without collision theory, which pairs of positions refuse."""
    mechanism = nrrsim.load("ru-step").mechanism
    return dataclasses.replace(mechanism, rates={**mechanism.rates, "H2(g) + 2* <-> 2H*": Barrierless()})


def test_copies_carry_the_laws_and_the_gases_of_their_steps():
    mechanism = ru()
    made = expanded(mechanism, 3)
    expansion = made.expansion
    assert expansion.elementary.network is mechanism.network
    assert set(expansion.origin) == {s.id for s in made.network.steps} == set(expansion.ways)
    for step in made.network.steps:
        origin = expansion.step_behind(step)
        assert step.id.startswith(f"{origin.id} @ ")
        assert made.rates[step.id] == mechanism.rates[origin.id]
        for gas in mechanism.network.gases:
            assert step.stoichiometry.get(gas, 0) == origin.stoichiometry.get(gas, 0)
    assert made.network.species["*"].phase is Phase.SITE
    assert not made.unpublished_states


def test_what_a_chain_does_not_have_is_refused():
    mechanism = ru()
    first = mechanism.network.steps[0]
    with pytest.raises(InputError, match="interactions belong to coverages"):
        expanded(dataclasses.replace(mechanism, interactions=(Interaction("N*", "N*", 0.1),)), 2)
    with pytest.raises(InputError, match="the closure recomputes the step"):
        expanded(dataclasses.replace(mechanism, closure=Closure(step=first.id)), 2)
    with pytest.raises(InputError, match="held at equilibrium, which isolated sites do not know"):
        expanded(dataclasses.replace(mechanism, rates={**mechanism.rates, first.id: Equilibrium()}), 2)
    assert isinstance(mechanism.rates["N2(g) + * <-> N2*"], Sticking)
    with pytest.raises(InputError, match=r"'H2\(g\) \+ 2\* <-> 2H\*' needs several free positions, which have no area"):
        expanded(nrrsim.load("ru-step").mechanism, 2)


def test_a_plain_chain_refuses_constraints_and_coverages_too():
    made = expanded(ru(), 2)
    first = made.network.steps[0]
    with pytest.raises(InputError, match="held at equilibrium"):
        dataclasses.replace(made, rates={**made.rates, first.id: Equilibrium()})
    with pytest.raises(InputError, match="interactions belong to coverages"):
        dataclasses.replace(made, interactions=(Interaction("N", "N", 0.1),))


def test_an_energy_of_none_is_missing_and_not_additive():
    made = expanded(ru(), 2, {"2N": None})
    assert made.unpublished_states == ("2N",)
    assert "2N" not in made.expansion.additive
    assert "2N" in expanded(ru(), 2).expansion.additive


def test_the_gas_policy_reaches_the_steps_as_written():
    mechanism = ru()
    made = expanded(mechanism, 2)
    (other, *_) = mechanism.gas.alternatives()
    moved = made.with_gas(other)
    assert moved.expansion.elementary.gas is other
    at = np.array([673.0])
    own, alone = moved.thermo["NH3(g)"].gibbs(at), moved.expansion.elementary.thermo["NH3(g)"].gibbs(at)
    assert own == alone
    assert own != made.thermo["NH3(g)"].gibbs(at)

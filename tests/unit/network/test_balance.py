import re

import pytest

from nrrsim.core.species import parse_species
from nrrsim.errors import BalanceError, InputError
from nrrsim.network.balance import check_balance, check_transition_state, conserved_quantities
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation


def check(equation):
    step = parse_equation(equation)
    check_balance(step, {name: parse_species(name) for name in (*step.reactants, *step.products)})


@pytest.mark.parametrize(
    "equation",
    ["N2* + H+ + e- <-> NNH*", "N2(g) + * + *t <-> N* + N*t", "H* + H+ + e- <-> H2(g) + *", "N2* <-> N2(side)*"],
)
def test_balanced_steps_pass(equation):
    check(equation)


@pytest.mark.parametrize(
    ("equation", "imbalance"),
    [
        ("N2(g) + 2* <-> N*", "element N: -1, site *: -1"),
        ("N2* + H+ + e- <-> NNH2*", "element H: +1"),
        ("NH3* <-> NH3(g)", "site *: -1"),
        ("N* + *t <-> N*t + *s", "site *: -1, site s: +1"),
        ("N2* + H+ <-> NNH*", "charge: -1"),
        ("* + e- <-> *", "charge: +1"),
    ],
)
def test_error_names_step_and_imbalance(equation, imbalance):
    sentence = f"'{equation}' is not balanced (final minus initial: {imbalance})"
    with pytest.raises(BalanceError, match=re.escape(sentence)):
        check(equation)


def test_a_step_that_changes_nothing_is_refused():
    with pytest.raises(InputError, match="changes nothing"):
        check("N* + * <-> * + N*")


def test_conserved_quantities_of_a_species():
    assert conserved_quantities(parse_species("NNH*t")) == {"element N": 2, "element H": 1, "site t": 1}
    assert conserved_quantities(parse_species("H+")) == {"element H": 1, "charge": 1}


def test_transition_state_has_the_atoms_of_its_initial_state():
    network_of([parse_equation("N2(g) + 2* <-> N-N* <-> 2N*")])  # one site label for a state that bridges two
    step = parse_equation("NH* + H* <-> N-H* <-> NH2* + *")
    species = {name: parse_species(name) for name in (*step.reactants, *step.products)}
    with pytest.raises(BalanceError, match=r"'N-H\*'.*has the atoms H1N1, its initial state H2N1"):
        check_transition_state(step, parse_species("N-H*"), species)

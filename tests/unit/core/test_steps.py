import pytest

from nrrsim.core.steps import ElementaryStep


def test_equation_spells_coefficients_and_the_transition_state():
    step = ElementaryStep("x", {"N2(g)": 1, "*": 2}, {"N*": 2}, "N-N*")
    assert step.equation == "N2(g) + 2* <-> N-N* <-> 2N*"


def test_a_name_that_begins_with_a_digit_stands_apart():
    assert ElementaryStep("x", {"2N": 2}, {"2N_N2": 1}).equation == "2 2N <-> 2N_N2"


def test_electrons_are_counted_from_left_to_right():
    assert ElementaryStep("x", {"N2*": 1, "H+": 2, "e-": 2}, {"HNNH*": 1}).n_electrons == 2
    assert ElementaryStep("x", {"HNNH*": 1}, {"N2*": 1, "H+": 2, "e-": 2}).n_electrons == -2
    assert ElementaryStep("x", {"N2*": 1}, {"N2(g)": 1, "*": 1}).n_electrons == 0


def test_stoichiometry_is_net_and_leaves_spectators_out():
    step = ElementaryStep("x", {"N*": 1, "H*": 2, "*": 1}, {"NH*": 1, "*": 2, "H*": 1})
    assert step.stoichiometry == {"N*": -1, "H*": -1, "NH*": 1, "*": 1}


def test_step_is_read_only():
    with pytest.raises(TypeError):
        ElementaryStep("x", {"N*": 1}, {"NH*": 1}).reactants["N*"] = 2

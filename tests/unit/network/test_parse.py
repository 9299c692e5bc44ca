import pytest

from nrrsim.errors import InputError
from nrrsim.network.parse import parse_equation


def sides(equation, **options):
    step = parse_equation(equation, **options)
    return dict(step.reactants), dict(step.products)


def test_pcet_step():
    step = parse_equation("N2* + H+ + e- <-> NNH*")
    assert dict(step.reactants) == {"N2*": 1, "H+": 1, "e-": 1}
    assert step.n_electrons == 1
    assert step.transition_state is None


def test_coefficients_joined_and_apart():
    assert sides("N2(g) + 2* <-> 2N*") == ({"N2(g)": 1, "*": 2}, {"N*": 2})
    assert sides("N2(g) + 2 * <-> 2 N*") == ({"N2(g)": 1, "*": 2}, {"N*": 2})
    assert sides("N2(g) + * + * <-> N* + N*") == ({"N2(g)": 1, "*": 2}, {"N*": 2})


def test_declared_name_wins_over_a_coefficient():
    assert sides("2N + N2(g) <-> 2N_N2", declared={"2N", "2N_N2"}) == ({"2N": 1, "N2(g)": 1}, {"2N_N2": 1})
    assert sides("2 2N <-> 2N_N2", declared={"2N", "2N_N2"}) == ({"2N": 2}, {"2N_N2": 1})


def test_token_with_two_readings_is_refused():
    # '22N' is 2 of the state '2N', or 22 of 'N'
    with pytest.raises(InputError, match=r"'22N' is ambiguous.*'2 2N' or '22 N'"):
        parse_equation("22N <-> X", declared={"2N", "N"})


def test_transition_state_stands_between_two_arrows():
    step = parse_equation("N2(g) + 2* <-> N-N* <-> 2N*")
    assert step.transition_state == "N-N*"
    assert step.id == "N2(g) + 2* <-> N-N* <-> 2N*"


def test_id_and_line_are_kept():
    step = parse_equation("NH3* <-> NH3(g) + *", id="desorption", line=7)
    assert (step.id, step.line) == ("desorption", 7)


def test_canonical_spelling_parses_to_itself():
    once = parse_equation("N2(g)  +  2 *  <->  N-N*  <->  N*  +  N*").equation
    assert parse_equation(once).equation == once == "N2(g) + 2* <-> N-N* <-> 2N*"


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("N2*", "has not two sides"),
        ("N2* <->", "has not two sides"),
        ("A <-> B <-> C <-> D", "has not two sides"),
        ("N2* + H* <-> N-N* + H* <-> NNH*", "not the name of a transition state"),
        ("N2*+H* <-> NNH*", "is not one term"),
        ("2 N2*+H* <-> NNH*", "is not one term"),
        ("N2* + <-> NNH*", "is not one term"),
        ("0N* <-> N*", "not positive"),
        ("0 N* <-> N*", "not positive"),
        ("22 <-> N*", "names no species"),
    ],
)
def test_what_is_no_equation_is_refused(equation, message):
    with pytest.raises(InputError, match=message):
        parse_equation(equation)

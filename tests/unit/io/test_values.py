"""The values a mechanism is written in: checked when built, equal after a journey to another process."""

import copy
import pickle

import pytest

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELECTRON, parse_formula, parse_species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError

VALUES = [
    parse_species("NNH*s"),
    parse_species("N2(g)"),
    ELECTRON,
    ElementaryStep("x", {"N2(g)": 1, "*": 2}, {"N*": 2}, "N-N*", line=7),
    Conditions(673, {"N2": 1.0, "H2": 0.0}, U_SHE=-0.3, pH=7),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_values_survive_pickle_and_copy(value):
    for twin in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
        assert twin == value
        assert type(twin) is type(value)
    assert pickle.loads(pickle.dumps(VALUES[-1])).U == VALUES[-1].U


@pytest.mark.parametrize(
    "label", ["(side)*", "(side)*s", "N2*\n", "N2(g)\n", "*\n", "N0*", "N2(g)*", "N-*", "-N*", "N--N*"]
)
def test_what_is_no_label_is_refused(label):
    with pytest.raises(InputError, match="Remedy: write"):
        parse_species(label)


@pytest.mark.parametrize("formula", ["N0", "H02", "N99999", "N-", "-", "N\n"])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(InputError, match="is not a chemical formula"):
        parse_formula(formula)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, 10**30, "2"])
def test_a_coefficient_is_a_whole_number_from_one(n):
    with pytest.raises(InputError, match=r"the coefficient of N[*] is .* whole number from 1"):
        ElementaryStep("x", {"N2(g)": 1}, {"N*": n})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"T": 300, "p": {"N2": 1, "N2(g)": 5}}, "the pressure of N2 is given twice"),
        ({"T": "300"}, "T = '300' is not a number"),
        ({"T": True}, "T = True is not a number"),
        ({"T": None}, "T = None is not a number"),
        ({"T": 10**400}, "is not a number"),
        ({"T": 300, "p": {"N2": "1 bar"}}, "p of N2 = '1 bar' is not a number"),
        ({"T": 300, "p": {"N2": 1e5}}, "in bar, not Pa"),
        ({"T": 300, "U_RHE": -300}, "in V, not mV"),
        ({"T": 300, "pH": 1e3}, "pH = 1000 is out of reach"),
    ],
)
def test_conditions_are_numbers_given_once(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        Conditions(**arguments)

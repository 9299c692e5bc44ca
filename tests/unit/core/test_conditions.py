import math

import pytest
from scipy import constants

from nrrsim.core.conditions import Conditions
from nrrsim.errors import InputError


def test_pressures_are_named_by_formula():
    assert dict(Conditions(673, {"N2(g)": 23.75, "H2": 71.25}).p) == {"N2": 23.75, "H2": 71.25}


def test_a_gas_at_zero_pressure_is_allowed():
    assert Conditions(673, {"NH3": 0}).p["NH3"] == 0.0


def test_the_potential_names_its_scale():
    assert Conditions(298.15, U_RHE=-0.3).U == -0.3
    assert Conditions(298.15).U is None
    # Nernst slope kT ln10 / e from CODATA; 1e-12 is round-off of one product.
    slope = constants.value("Boltzmann constant in eV/K") * 298.15 * math.log(10)
    potential = Conditions(298.15, U_SHE=-1.0, pH=13).U
    assert potential == pytest.approx(-1.0 + 13 * slope, rel=1e-12)
    assert Conditions(298.15, U_SHE=-1.0, pH=0).U == -1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"T": 0}, "T = 0 K is not a temperature"),
        ({"T": -5}, "give T > 0 K"),
        ({"T": math.nan}, "T = nan is not finite"),
        ({"T": 300, "p": {"N2": -1}}, "the pressure of N2 is negative"),
        ({"T": 300, "p": {"N2": math.inf}}, "p of N2 = inf is not finite"),
        ({"T": 300, "U_RHE": 0, "U_SHE": 0, "pH": 7}, "both U_RHE and U_SHE"),
        ({"T": 300, "U_SHE": 0}, "needs a pH"),
        ({"T": 300, "U_RHE": math.nan}, "U_RHE = nan"),
    ],
)
def test_impossible_conditions_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        Conditions(**arguments)


def test_pressures_are_read_only_and_detached_from_the_input():
    given = {"N2": 1.0}
    conditions = Conditions(300, given)
    given["N2"] = 2.0
    assert conditions.p["N2"] == 1.0
    with pytest.raises(TypeError):
        conditions.p["N2"] = 3.0

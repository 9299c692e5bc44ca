"""Quantities of files: the right units and no others."""

import pytest
from scipy import constants

from nrrsim.errors import InputError
from nrrsim.units import INVERSE_CM, KJ_PER_MOL, conversion, parse_quantities, parse_quantity

# pint and scipy carry constants of the same CODATA set; 1e-9 is far below any use and above their rounding
SAME = 1e-9
PER_MOL_CM2 = constants.N_A * 1e-16


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.4 eV", "eV", 0.4),
        ("0.4eV", "eV", 0.4),
        ("100 meV", "eV", 0.1),
        ("106 kJ/mol", "eV", 106 * KJ_PER_MOL),
        ("1e-19 J", "eV", 1e-19 / constants.e),
        ("434 1/cm", "eV", 434 * INVERSE_CM),
        ("434 cm-1", "eV", 434 * INVERSE_CM),
        ("434 cm**-1", "eV", 434 * INVERSE_CM),
        ("0.0005 eV/K", "eV/K", 0.0005),
        ("50 J/mol/K", "eV/K", 0.05 * KJ_PER_MOL),
        ("50 J/(mol K)", "eV/K", 0.05 * KJ_PER_MOL),
        ("673 K", "K", 673.0),
        ("400 degC", "K", 673.15),
        ("-10 °C", "K", 263.15),
        ("101325 Pa", "bar", 1.01325),
        ("1 atm", "bar", 1.01325),
        ("-300 mV", "V", -0.3),
        ("1e13 1/s", "1/s", 1e13),
        ("1e13/s", "1/s", 1e13),
        ("1e13 s-1", "1/s", 1e13),
        ("28000 1/s/bar", "1/s/bar**1", 28000.0),
        ("0.28 1/s/Pa", "1/s/bar**1", 28000.0),
        ("3 1/s/bar2", "1/s/bar**2", 3.0),
        ("1.2e-5 1/bar", "bar**-1", 1.2e-5),
        ("2.8e7 bar", "bar**1", 2.8e7),
        ("4.4385e-10 mol/cm2", "1/angstrom**2", 4.4385e-10 * PER_MOL_CM2),
        ("1e15 1/cm2", "1/angstrom**2", 0.1),
        ("15 nm-2", "1/angstrom**2", 0.15),
        ("0.053", "", 0.053),
        (0.053, "", 0.053),
        (2, "", 2.0),
    ],
)
def test_a_quantity_is_read_in_the_unit_wanted(text, unit, value):
    assert parse_quantity(text, unit) == pytest.approx(value, rel=SAME)


@pytest.mark.parametrize("text", ["434 465 508 1/cm", "434, 465, 508 1/cm", " 434  465\t508 cm-1 "])
def test_several_numbers_share_a_unit(text):
    assert parse_quantities(text, "eV") == pytest.approx([n * INVERSE_CM for n in (434, 465, 508)], rel=SAME)


WRONG_UNIT = [
    ("1 eV eV", "eV"),
    ("1 mol eV", "eV"),
    ("1 1/cm2", "eV"),
    ("1 1/s", "eV"),
    ("1 V", "eV"),
    ("1 K", "eV"),
    ("1 eV/mol2", "eV"),
    ("1 mol/cm", "eV"),
    ("1 eV", "eV/K"),
    ("1 kJ/mol", "eV/K"),
    ("1 1/cm/K", "eV/K"),
    ("1 J/K/mol2", "eV/K"),
    ("1 C", "K"),
    ("1 K/mol", "K"),
    ("1 1/s/mol", "1/s"),
    ("1 mol/s", "1/s"),
    ("1 1/cm", "1/s"),
    ("1 1/s", "1/s/bar**1"),
    ("1 1/s/bar", "1/s"),
    ("1 bar", "bar**-1"),
    ("1 bar mol", "bar"),
    ("1 eV", "V"),
    ("1 mol/cm3", "1/angstrom**2"),
    ("1 mol2/cm2", "1/angstrom**2"),
    ("1 angstrom**2", "1/angstrom**2"),
    ("1 eV", "1/angstrom**2"),
]


@pytest.mark.parametrize(("text", "unit"), WRONG_UNIT)
def test_a_unit_of_something_else_is_refused(text, unit):
    with pytest.raises(InputError, match=r"does not convert to .* Remedy: give a unit of"):
        parse_quantity(text, unit)


@pytest.mark.parametrize("unit", ["degC", "degF", "delta_degC", "dBm"])
def test_a_factor_needs_a_unit_without_zero_of_its_own(unit):
    with pytest.raises(InputError, match="counts from a zero of its own"):
        conversion(unit, "K")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.4, "the bare number 0.4 has no unit. Remedy: .* '0.4 eV'"),
        (10**13, "the bare number 1e[+]13 has no unit"),
        ("0.4", "'0.4' has no unit. Remedy: append one, for example '0.4 eV'"),
        (None, "found 'None' where a quantity is needed"),
        (True, "found 'True' where a quantity is needed"),
        ([0.4], "where a quantity is needed"),
        (float("nan"), "'nan' is not finite"),
        ("nan eV", "not a finite number"),
        ("inf eV", "not a finite number"),
        ("1e999 eV", "'1e999 eV' is not finite"),
        ("eV", "not a finite number"),
        ("", "not a finite number"),
        ("0,4 eV", "not a finite number with a unit.*decimals have a point"),
        ("434,5 465 1/cm", "decimals have a point"),
        ("1_000 eV", "not a finite number"),
        ("1.2.3 eV", "not a finite number"),
        ("1-2 eV", "not a finite number"),
        ("- 1 eV", "not a finite number"),
        ("1 2 eV", "found 2 numbers"),
        ("500i 1/cm", "imaginary number"),
        ("1 ev", "'ev' is not a unit"),
        ("1 m**9**9**9**9", "not a unit"),
        ("1 m**(9**9**9)", "not a unit"),
        ("1 ((((eV", "not a unit"),
        ("1 __import__('os')", "not a unit|not a finite"),
        ("1 " + "eV " * 40, "not a unit"),
        ("1e5 kJ", "which no state has. Remedy: give eV per particle, or .* kJ/mol"),
        ("1" * 100_000 + "+ eV", "not a finite number"),
    ],
)
def test_what_is_no_energy_is_refused(value, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        parse_quantity(value, "eV")
    assert "Remedy: " in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("value", "sentence"), [("5 bar", "the unit 'bar' stands"), ("abc", "not a finite"), (True, "found")]
)
def test_what_is_no_pure_number_is_refused(value, sentence):
    with pytest.raises(InputError, match=sentence):
        parse_quantity(value, "")

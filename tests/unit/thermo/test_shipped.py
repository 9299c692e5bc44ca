import numpy as np
import pytest

from nrrsim.errors import BalanceError, InputError, MissingEnergyError
from nrrsim.thermo.shipped import (
    DEFAULT_DATASET,
    ShippedGas,
    available_gases,
    datasets,
    equilibrium_ammonia_fraction,
    experimental_gas,
    gas_record,
    reaction_gibbs,
)
from nrrsim.units import K_B

T = np.array([200.0, 298.15, 673.15, 1000.0, 1500.0])


def test_what_is_shipped():
    assert set(available_gases()) == {"N2", "H2", "NH3", "H2O", "O2", "N2H4", "N2H2"}
    assert datasets() == ("NASA TM-4513", "ATcT 1.112")
    assert DEFAULT_DATASET in datasets()


@pytest.mark.parametrize("dataset", datasets())
@pytest.mark.parametrize("reaction", [{"N2": -1, "H2": -3, "NH3": 2}, {"N2": -1, "H2": -2, "N2H4": 1}])
def test_gibbs_energies_of_gases_are_those_of_the_data_set(dataset, reaction):
    found = sum(nu * experimental_gas(gas, dataset).gibbs(T) for gas, nu in reaction.items())
    np.testing.assert_allclose(found, reaction_gibbs(reaction, T, dataset), rtol=0, atol=1e-13)


@pytest.mark.parametrize("dataset", datasets())
@pytest.mark.parametrize("formula", ["N2", "H2", "H2O"])
def test_references_have_no_electronic_energy(dataset, formula):
    assert gas_record(formula, dataset).electronic_formation_energy == pytest.approx(0, abs=1e-15)


def test_data_sets_differ_by_a_constant():
    one, other = (gas_record("NH3", dataset) for dataset in datasets())
    np.testing.assert_array_equal(one.entropy(T), other.entropy(T))
    difference = other.formation_enthalpy(T) - one.formation_enthalpy(T)
    np.testing.assert_allclose(difference, difference[0], rtol=0, atol=1e-14)
    assert difference[0] == pytest.approx(0.00396, abs=5e-5)  # 0.382 kJ/mol


@pytest.mark.parametrize("formula", available_gases())
def test_polynomials_meet(formula):
    record = gas_record(formula)
    sides = np.array([1000 - 1e-6, 1000.0])
    assert np.ptp(record.formation_enthalpy(sides)) < 1e-5  # TM-4513 matches the two at 1000 K to its digits
    assert np.ptp(record.entropy(sides)) < 1e-8


@pytest.mark.parametrize("formula", available_gases())
def test_enthalpy_increment(formula):
    record = gas_record(formula)
    assert record.enthalpy_increment(np.array([298.15]))[0] == pytest.approx(record.increment_298, rel=1e-14)
    # heat capacity below room temperature: 7/2 k (linear) or 4 k, and up to 7 % more where torsion or isomers count
    at_200 = record.enthalpy_increment(np.array([200.0]))[0]
    classical = 3.5 if len(record.composition) == 1 else 4.0
    assert at_200 == pytest.approx(classical * K_B * 200, rel=0.08)


def test_method_energy_is_kept():
    gas = ShippedGas(gas_record("NH3"), -1.07)
    experiment = experimental_gas("NH3")
    np.testing.assert_allclose(gas.gibbs(T) - experiment.gibbs(T), -1.07 - experiment.energy, rtol=1e-12)
    assert "NASA TM-4513" in gas.notes[0]
    assert "Staroverov" in gas.notes[0]


@pytest.mark.parametrize("outside", [199.9, 1500.1, float("nan")])
def test_temperatures_outside_are_refused(outside):
    with pytest.raises(InputError, match=r"NH3\(g\): .* does not reach .* K.*between 200 and 1500 K"):
        experimental_gas("NH3").gibbs(np.array([300.0, outside]))


def test_unknown_gases_and_data_sets():
    with pytest.raises(InputError, match=r"no thermochemistry of 'NH4' is shipped.*did you mean .*'NH3'"):
        gas_record("NH4")
    with pytest.raises(InputError, match=r"'ATcT' is no data set.*'ATcT 1.112'"):
        gas_record("NH3", "ATcT")


def test_what_is_missing_is_refused():
    with pytest.raises(MissingEnergyError, match=r"ATcT 1.112 has no formation enthalpy of N2H2"):
        gas_record("N2H2", "ATcT 1.112")
    diazene = gas_record("N2H2")
    with pytest.raises(MissingEnergyError, match="zero-point energy of N2H2 is missing"):
        _ = diazene.zpe
    with pytest.raises(MissingEnergyError, match="zero-point energy of N2H2"):
        ShippedGas(diazene, 2.0)
    with pytest.raises(MissingEnergyError, match="zero-point energy of N2H2"):
        _ = experimental_gas("N2H2").energy
    assert np.all(reaction_gibbs({"N2": -1, "H2": -1, "N2H2": 1}, T) > 2.0)


@pytest.mark.parametrize("formula", ["NH3", "N2H4", "N2H2"])
def test_an_experimental_gas_needs_no_zero_point_energy_of_its_own(formula):
    """G against the shipped N2 and H2 is the data set's own Gibbs energy of formation."""
    hydrogens, nitrogens = (gas_record(formula).composition[e] for e in ("H", "N"))
    formation = experimental_gas(formula).gibbs(T)
    formation = (
        formation - nitrogens / 2 * experimental_gas("N2").gibbs(T) - hydrogens / 2 * experimental_gas("H2").gibbs(T)
    )
    expected = reaction_gibbs({"N2": -nitrogens / 2, "H2": -hydrogens / 2, formula: 1}, T)
    np.testing.assert_allclose(formation, expected, rtol=0, atol=1e-12)


def test_unbalanced_reactions_are_refused():
    with pytest.raises(BalanceError, match="changes the number of H atoms by 1"):
        reaction_gibbs({"N2": -1, "H2": -2.5, "NH3": 2}, T)


def test_infinite_energies_are_refused():
    with pytest.raises(InputError, match=r"N2\(g\): the energy is nan"):
        ShippedGas(gas_record("N2"), float("nan"))


def test_records_cannot_be_changed():
    record = gas_record("NH3")
    with pytest.raises(TypeError):
        record.composition["H"] = 4
    with pytest.raises(ValueError, match="read-only"):
        record.low[0] = 0.0


def test_equilibrium_satisfies_mass_action():
    for T0, p, ratio in ((673.15, 50.0, 3.0), (500.0, 1.0, 1.0), (1200.0, 200.0, 5.0), (250.0, 10.0, 3.0)):
        y = equilibrium_ammonia_fraction(T0, p, ratio=ratio)
        extent = y * (1 + ratio) / (2 * (1 + y))
        total = 1 + ratio - 2 * extent
        y_N2, y_H2 = (1 - extent) / total, (ratio - 3 * extent) / total
        ln_Q = np.log(y**2 / (y_N2 * y_H2**3 * p**2))
        ln_K = -reaction_gibbs({"N2": -1, "H2": -3, "NH3": 2}, np.array([T0]))[0] / (K_B * T0)
        assert ln_Q == pytest.approx(ln_K, abs=1e-5)  # extents near 1 cancel in 1 - extent


def test_equilibrium_trends():
    assert equilibrium_ammonia_fraction(673.15, 100.0) > equilibrium_ammonia_fraction(673.15, 10.0)
    assert equilibrium_ammonia_fraction(600.0, 10.0) > equilibrium_ammonia_fraction(673.15, 10.0)
    fractions = [equilibrium_ammonia_fraction(673.15, 10.0, ratio=r) for r in (1.0, 3.0, 9.0)]
    assert fractions[1] == max(fractions)


def test_equilibrium_input_is_checked():
    with pytest.raises(InputError, match=r"pressure is 0.0 bar"):
        equilibrium_ammonia_fraction(673.15, 0.0)
    with pytest.raises(InputError, match="does not reach 100 K"):
        equilibrium_ammonia_fraction(100.0, 1.0)

"""Reservoirs of oxygen: equilibria between them, slopes, zeros, published numbers, refusals."""

import math

import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.thermo.reservoirs import (
    Electrode,
    GasEnergies,
    OxygenGas,
    WaterHydrogen,
    log10_oxygen_pressure,
    vapour_pressure,
)
from nrrsim.thermo.shipped import datasets, gas_record, reaction_gibbs
from nrrsim.units import K_B, KJ_PER_MOL

ENERGIES = GasEnergies(H2=-6.77, H2O=-14.22)
T = np.array([298.15, 500.0, 900.0, 1400.0])
ROOM = np.array([298.15])
RESERVOIRS = {"gas": OxygenGas(0.2), "water": WaterHydrogen(0.02, 1.0), "electrode": Electrode(U_RHE=-0.3)}

every_reservoir = pytest.mark.parametrize("reservoir", RESERVOIRS.values(), ids=RESERVOIRS)


def test_oxygen_and_water_agree_at_equilibrium():
    """At p(O2) = (p(H2O)/p(H2))^2 / K of 2 H2 + O2 = 2 H2O both give the same oxygen."""
    dG = reaction_gibbs({"H2": -2, "O2": -1, "H2O": 2}, T)
    log_p = (2 * np.log(0.3 / 4.0) + dG / (K_B * T)) / math.log(10)
    left, right = OxygenGas(10.0**log_p).mu_O(T, ENERGIES), WaterHydrogen(0.3, 4.0).mu_O(T, ENERGIES)
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-12)
    np.testing.assert_allclose(log10_oxygen_pressure(right, T, ENERGIES), log_p, rtol=1e-12)


def test_an_electrode_at_zero_volt_is_hydrogen_over_liquid_water():
    warm = np.array([280.0, 298.15, 350.0])
    gas = WaterHydrogen(vapour_pressure(warm), 1.0).mu_O(warm, ENERGIES)
    np.testing.assert_allclose(Electrode(U_RHE=0.0).mu_O(warm, ENERGIES), gas, rtol=0, atol=1e-13)


def test_an_electrode_at_the_oxygen_line_is_oxygen():
    """Water at 1.229 V vs RHE is in equilibrium with O2 at 1 bar (237.14 kJ/mol, CODATA, in volts)."""
    difference = OxygenGas(1.0).mu_O(ROOM, ENERGIES) - Electrode(U_RHE=237.14 * KJ_PER_MOL / 2).mu_O(ROOM, ENERGIES)
    assert abs(difference[0]) < 1e-3  # vapour pressure and TM-4513 against CODATA: 0.1 kJ/mol


def test_slopes():
    decade = OxygenGas(0.1).mu_O(T, ENERGIES) - OxygenGas(0.01).mu_O(T, ENERGIES)
    np.testing.assert_allclose(decade, K_B * T * math.log(10) / 2, rtol=1e-12)
    ratio = WaterHydrogen(0.1, 1.0).mu_O(T, ENERGIES) - WaterHydrogen(0.1, 10.0).mu_O(T, ENERGIES)
    np.testing.assert_allclose(ratio, K_B * T * math.log(10), rtol=1e-11)
    volt = Electrode(U_RHE=0.4).mu_O(ROOM, ENERGIES) - Electrode(U_RHE=-0.6).mu_O(ROOM, ENERGIES)
    np.testing.assert_allclose(volt, 2.0, rtol=1e-13)


def test_pH_moves_the_hydrogen_scale_only():
    pH = np.array([0.0, 1.0, 14.0])
    she = Electrode(U_SHE=-0.2, pH=pH).mu_O(ROOM, ENERGIES)
    np.testing.assert_allclose(she - she[0], 2 * 0.0591593 * pH, rtol=1e-6)  # kT ln10 at 298.15 K
    np.testing.assert_array_equal(
        Electrode(U_RHE=-0.2, pH=0.0).mu_O(ROOM, ENERGIES), Electrode(U_RHE=-0.2, pH=13.0).mu_O(ROOM, ENERGIES)
    )


@every_reservoir
def test_zeros_of_the_elements(reservoir):
    """E -> E + n_H c_H + n_O c_O moves mu_O by c_O."""
    c_H, c_O = 13.6, -431.0
    moved = GasEnergies(H2=ENERGIES.H2 + 2 * c_H, H2O=ENERGIES.H2O + 2 * c_H + c_O)
    shift = reservoir.mu_O(ROOM, moved) - reservoir.mu_O(ROOM, ENERGIES)
    np.testing.assert_allclose(shift, c_O, rtol=0, atol=1e-10)


@every_reservoir
def test_conditions_broadcast_and_move(reservoir):
    warm = np.array([290.0, 298.15, 340.0])
    together = reservoir.mu_O(warm, ENERGIES)
    assert together.shape == warm.shape
    assert together[1] == pytest.approx(reservoir.mu_O(298.15, ENERGIES).item(), abs=1e-14)
    elsewhere = reservoir.at(np.array([-1.0, float(reservoir.value)]))
    np.testing.assert_allclose(elsewhere.mu_O(298.15, ENERGIES)[1], together[1], rtol=0, atol=1e-13)
    assert elsewhere.mu_O(298.15, ENERGIES)[0] != pytest.approx(together[1], abs=1e-3)
    assert all(note.endswith(".") for note in reservoir.notes(warm))


def test_oxygen_is_dioxygen():
    record = gas_record("O2")
    assert record.entropy(ROOM)[0] / KJ_PER_MOL * 1000 == pytest.approx(205.15, abs=0.01)  # CODATA 205.152
    assert record.formation_enthalpy(ROOM)[0] == pytest.approx(0.0, abs=1e-6)
    assert record.increment_298 / KJ_PER_MOL == pytest.approx(8.683, abs=0.005)  # CODATA


@pytest.mark.parametrize("dataset", datasets())
def test_water_forms_with_its_published_energy(dataset):
    formed = reaction_gibbs({"H2": -1, "O2": -0.5, "H2O": 1}, ROOM, dataset)[0] / KJ_PER_MOL
    assert formed == pytest.approx(-228.58, abs=0.02)  # CODATA: -241.826 + 298.15 K * 44.42 J/mol/K
    enthalpy = [nu * gas_record(gas, dataset).enthalpy_at_zero for gas, nu in (("H2", -1), ("O2", -0.5), ("H2O", 1))]
    assert sum(enthalpy) / KJ_PER_MOL == pytest.approx(-238.92, abs=0.02)  # JANAF and ATcT at 0 K


def test_oxygen_comes_from_water_unless_given():
    at_zero = 2 * gas_record("H2O").enthalpy_at_zero - 2 * gas_record("H2").enthalpy_at_zero
    at_zero -= gas_record("O2").enthalpy_at_zero
    zpe = {gas: gas_record(gas).zpe for gas in ("H2", "H2O", "O2")}
    computed = 2 * (ENERGIES.H2O + zpe["H2O"]) - 2 * (ENERGIES.H2 + zpe["H2"]) - (ENERGIES.oxygen + zpe["O2"])
    assert computed == pytest.approx(at_zero, abs=1e-12)
    own = GasEnergies(H2=ENERGIES.H2, H2O=ENERGIES.H2O, O2=-9.9)
    shift = OxygenGas(1.0).mu_O(T, own) - OxygenGas(1.0).mu_O(T, ENERGIES)
    np.testing.assert_allclose(shift, (-9.9 - ENERGIES.oxygen) / 2, rtol=1e-12)


def test_vapour_pressures():
    """IAPWS: triple point 611.657 Pa; 3.1698 kPa at 25 C; 101.42 kPa at 100 C."""
    np.testing.assert_allclose(vapour_pressure([273.16, 298.15, 373.15]), [0.00611657, 0.031698, 1.0142], rtol=5e-5)


def test_vapour_over_its_pressure_is_named():
    assert len(WaterHydrogen(0.03, 1.0).notes([298.15, 700.0])) == 1
    (_, wet) = WaterHydrogen(1.0, 1.0).notes([298.15, 700.0])
    assert "0.0317 bar at which water condenses at 298.15 K" in wet


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: OxygenGas(0.0), r"p\(O2\) is 0 bar"),
        (lambda: WaterHydrogen(1.0, -1.0), r"p\(H2\) is -1 bar"),
        (lambda: WaterHydrogen(np.array([1.0, np.inf]), 1.0), r"p\(H2O\) is 1 to inf bar"),
        (lambda: OxygenGas(np.array([1.0, 1e5])), r"p\(O2\) is 1 to 100000 bar, above 10000 bar, .* in bar, not Pa"),
        (lambda: Electrode(U_RHE=-300.0), "U_RHE = -300 V is out of reach.* not mV"),
        (lambda: Electrode(U_SHE=np.array([0.0, 25.0]), pH=0.0), "U_SHE = 25 V is out of reach"),
        (lambda: Electrode(U_SHE=0.0, pH=300.0), "pH = 300 is out of reach"),
        (lambda: Electrode(), "an electrode has one potential"),
        (lambda: Electrode(U_RHE=0.0, U_SHE=0.0, pH=0.0), "an electrode has one potential"),
        (lambda: Electrode(U_SHE=0.0), "U_SHE needs a pH"),
        (lambda: Electrode(U_RHE=float("nan")), "U_RHE is nan"),
        (lambda: GasEnergies(float("inf"), 0.0), "the energy of H2 is inf"),
        (lambda: Electrode(U_RHE=0.0).mu_O([298.15, 400.0], ENERGIES), "no liquid water at 400 K.*273.16 and 373.15"),
        (lambda: OxygenGas(1.0).mu_O(1600.0, ENERGIES), "does not reach 1600 K"),
    ],
)
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()

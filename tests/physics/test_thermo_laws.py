"""Laws every Thermo obeys, whatever it is made of."""

import numpy as np
import pytest

from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.harmonic import HarmonicAdsorbate
from nrrsim.thermo.hindered import (
    FreeRotor,
    FreeTranslator,
    HinderedRotor,
    HinderedTranslator,
    MobileAdsorbate,
    NoRotor,
)
from nrrsim.thermo.ideal_gas import IdealGas
from nrrsim.thermo.modes import LowModePolicy
from nrrsim.thermo.published import EnthalpyEntropy
from nrrsim.thermo.shipped import ShippedGas, available_gases, datasets, experimental_gas, gas_record
from nrrsim.units import INVERSE_CM

NH3_MODES = tuple(v * INVERSE_CM for v in (3337, 950, 3444, 3444, 1627, 1627))
SOFT = tuple(v * INVERSE_CM for v in (18, 45, 90, 430, 1200, 3300))

THERMOS = {
    "harmonic": HarmonicAdsorbate("NH*", -0.5, SOFT),
    "harmonic, fractional degeneracy": HarmonicAdsorbate("NH*", -0.5, SOFT, (1, 1, 0.5, 2, 1.5, 1)),
    "harmonic, raised": HarmonicAdsorbate("NH*", -0.5, SOFT, policy=LowModePolicy("raise", 0.012)),
    "harmonic, quasi-harmonic": HarmonicAdsorbate("NH*", -0.5, SOFT, policy=LowModePolicy("quasi-harmonic", 0.012)),
    "ideal gas, monatomic": IdealGas("N", 5.0, (), 14.007, (), 1, 1.5),
    "ideal gas, linear": IdealGas("N2", 0.0, (2330 * INVERSE_CM,), 28.0134, (8.43,), 2),
    "ideal gas, nonlinear": IdealGas("NH3", -1.0, NH3_MODES, 17.0305, (1.69, 1.69, 2.66), 3),
    "hindered": MobileAdsorbate(
        "NH3*", -1.0, NH3_MODES, HinderedTranslator(0.05, 17.03, 7.1), HinderedRotor(0.02, 2.66, 6, 3)
    ),
    "hindered, one minimum": MobileAdsorbate(
        "NH3*", -1.0, NH3_MODES, HinderedTranslator(0.5, 17.03, 7.1), HinderedRotor(0.3, 2.66, 6, 1, "one")
    ),
    "free": MobileAdsorbate("NH3*", -1.0, NH3_MODES, FreeTranslator(17.03, 7.1), FreeRotor(2.66, 3)),
    "mobile atom": MobileAdsorbate("N*", -1.0, (0.05,), HinderedTranslator(0.3, 14.0, 7.1), NoRotor()),
    "H and S": EnthalpyEntropy("NH*", -0.74, 0.0005),
    "corrected": Corrected(HarmonicAdsorbate("NH*", -0.5, SOFT), -0.15, "solvation", "example"),
    "shipped N2H4, own energy": ShippedGas(gas_record("N2H4"), 0.3),
}
THERMOS |= {
    f"shipped {gas}, {dataset}": experimental_gas(gas, dataset)
    for gas in available_gases()
    if gas != "N2H2"  # no zero-point energy is shipped
    for dataset in datasets()
}

every_thermo = pytest.mark.parametrize("thermo", THERMOS.values(), ids=THERMOS)

# The stencil (8 % of T) stays off 1000 K, where the two NASA polynomials meet with steps of some ueV.
TEMPERATURES = np.array([220.0, 298.15, 450.0, 673.15, 880.0, 1300.0])


@every_thermo
def test_entropy_is_minus_the_slope_of_the_gibbs_energy(thermo):
    step = 0.02 * TEMPERATURES
    weights = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}  # central, eighth order
    slope = sum(
        w * (thermo.gibbs(TEMPERATURES + k * step) - thermo.gibbs(TEMPERATURES - k * step)) for k, w in weights.items()
    )
    # Truncation is of order (step/T)^8 ~ 1e-13; rounding eps * |G| / step ~ 1e-16 * 5 / 4.
    np.testing.assert_allclose(slope / step, -thermo.entropy(TEMPERATURES), rtol=1e-9, atol=1e-12)


@every_thermo
def test_gibbs_is_enthalpy_less_temperature_times_entropy(thermo):
    expected = thermo.enthalpy(TEMPERATURES) - TEMPERATURES * thermo.entropy(TEMPERATURES)
    np.testing.assert_allclose(thermo.gibbs(TEMPERATURES), expected, rtol=0, atol=1e-13)


@every_thermo
def test_heat_capacity_is_not_negative(thermo):
    T = np.linspace(200.0, 1500.0, 400)
    assert np.all(np.diff(thermo.enthalpy(T)) >= -1e-12)
    assert np.all(np.diff(thermo.entropy(T)) >= -1e-12)


@every_thermo
def test_conditions_are_independent(thermo):
    together = thermo.gibbs(TEMPERATURES)
    one_by_one = [thermo.gibbs(np.array([T]))[0] for T in TEMPERATURES]
    np.testing.assert_allclose(together, one_by_one, rtol=0, atol=1e-13)
    assert together.shape == TEMPERATURES.shape
    assert together.dtype == np.float64


@every_thermo
def test_notes_are_sentences(thermo):
    assert isinstance(thermo.notes, tuple)
    assert all(note.endswith(".") for note in thermo.notes)


def test_third_law():
    adsorbate = THERMOS["harmonic"]
    T = np.array([0.5, 1.0, 2.0, 5.0, 20.0])
    entropy = adsorbate.entropy(T)
    assert np.all(np.diff(entropy) > 0)
    # 18 1/cm at 0.5 K: x = 52, so that S < k x exp(-x)
    assert entropy[0] < 1e-20
    np.testing.assert_allclose(adsorbate.gibbs(T[:1]), adsorbate.enthalpy(T[:1]), rtol=0, atol=1e-15)


def test_stiffer_modes_have_less_entropy():
    T = np.array([300.0])
    entropies = [HarmonicAdsorbate("x", 0.0, (e,)).entropy(T)[0] for e in (0.005, 0.02, 0.1, 0.4)]
    assert np.all(np.diff(entropies) < 0)


def test_energies_shift_gibbs_rigidly():
    T = np.array([300.0, 700.0])
    shifted = HarmonicAdsorbate("NH*", -0.5 + 1.25, SOFT)
    np.testing.assert_allclose(shifted.gibbs(T) - THERMOS["harmonic"].gibbs(T), 1.25, rtol=0, atol=1e-14)

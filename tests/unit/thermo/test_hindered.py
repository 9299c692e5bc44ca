import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.thermo.hindered import (
    FreeRotor,
    FreeTranslator,
    HinderedRotor,
    HinderedTranslator,
    MobileAdsorbate,
    NoRotor,
)
from nrrsim.thermo.modes import vibrational_enthalpy, vibrational_entropy, vibrations
from nrrsim.units import K_B

T = np.array([200.0, 298.15, 700.0])
MASS, AREA, INERTIA = 30.07, 6.67, 73.15  # ethane on Pt(111), the example of ASE's documentation


def test_high_barriers_are_harmonic():
    translator = HinderedTranslator(50.0, MASS, AREA)
    modes = vibrations([translator.quantum] * 2)
    # The cosine is softer than its parabola: (kT)^2/(4W) more energy in each of the two motions, and 1/W higher.
    kT = K_B * T
    extra = translator.enthalpy(T) - vibrational_enthalpy(modes, T)
    np.testing.assert_allclose(extra, kT**2 / 100, rtol=0.01)
    np.testing.assert_allclose(translator.entropy(T) - vibrational_entropy(modes, T), K_B * kT / 50, rtol=0.01)
    assert translator.ground_energy == pytest.approx(translator.quantum, rel=1e-3)
    rotor = HinderedRotor(50.0, INERTIA, 6, 2)
    one = vibrations([rotor.quantum])
    np.testing.assert_allclose(rotor.entropy(T), vibrational_entropy(one, T) + K_B * np.log(3), rtol=0, atol=K_B * 1e-3)


def test_low_barriers_are_free():
    translator, free = HinderedTranslator(1e-7, MASS, AREA), FreeTranslator(MASS, AREA)
    np.testing.assert_allclose(translator.entropy(T), free.entropy(T), rtol=1e-3)
    np.testing.assert_allclose(translator.enthalpy(T), free.enthalpy(T), rtol=1e-2)
    rotor, turning = HinderedRotor(1e-7, INERTIA, 6, 3), FreeRotor(INERTIA, 3)
    np.testing.assert_allclose(rotor.entropy(T), turning.entropy(T), rtol=1e-3)
    np.testing.assert_allclose(rotor.enthalpy(T), turning.enthalpy(T), rtol=1e-2)
    assert abs(translator.ground_energy) < 1e-6


@pytest.mark.parametrize(("barrier", "name"), [(1e-9, "low"), (1e3, "high")])
def test_nothing_overflows(barrier, name):
    translator = HinderedTranslator(barrier, MASS, AREA)
    assert np.all(np.isfinite(translator.entropy(np.array([1.0, 1500.0])))), name


def test_entropy_falls_as_the_barrier_rises():
    entropies = [HinderedRotor(W, INERTIA, 3).entropy(T)[1] for W in (0.001, 0.01, 0.05, 0.2, 1.0)]
    assert np.all(np.diff(entropies) < 0)


def test_symmetry_and_orientations():
    full = HinderedRotor(0.02, INERTIA, 6)
    np.testing.assert_allclose(full.entropy(T) - HinderedRotor(0.02, INERTIA, 6, 2).entropy(T), K_B * np.log(2))
    one = HinderedRotor(0.02, INERTIA, 6, orientations="one")
    np.testing.assert_allclose(full.entropy(T) - one.entropy(T), K_B * np.log(6), rtol=1e-12)


@pytest.mark.parametrize("T", [150.0, 298.15, 600.0])
def test_against_ase(T):
    from ase.thermochemistry import HinderedThermo

    modes = [0.05, 0.11, 0.18, 0.37]
    peer = HinderedThermo(
        [0.001, 0.001, 0.001, *modes],
        trans_barrier_energy=0.049313,
        rot_barrier_energy=0.017675,
        sitedensity=1e16 / AREA,
        rotationalminima=6,
        mass=MASS,
        inertia=INERTIA,
        symmetrynumber=2,
    )
    ours = MobileAdsorbate(
        "C2H6*",
        0.0,
        modes,
        HinderedTranslator(0.049313, MASS, AREA),
        HinderedRotor(0.017675, INERTIA, 6, 2, orientations="one"),
    )
    T_c = np.array([T])
    # ASE uses CODATA 2014 (k/e 3e-7 lower) and adds a term in the concentration of adsorbates, taken off here.
    assert ours.enthalpy(T_c)[0] == pytest.approx(peer.get_internal_energy(T, verbose=False), rel=1e-6)
    concentration = np.exp(1 / 3) * (1e5 / (K_B * 1.602176634e-19 * T)) ** (2 / 3)
    configurational = K_B * (1 - np.log(concentration * AREA * 1e-20))
    assert ours.entropy(T_c)[0] == pytest.approx(peer.get_entropy(T, verbose=False) - configurational, rel=1e-6)


def test_notes_name_the_motions():
    mobile = MobileAdsorbate("NH3*", 0.0, [0.1], HinderedTranslator(0.05, 17.0, 7.0), HinderedRotor(0.02, 2.7, 6, 3))
    assert "translations hindered by 0.05 eV, rotation hindered by 0.02 eV (all of 6 minima" in mobile.notes[0]
    free = MobileAdsorbate("NH3*", 0.0, [0.1], FreeTranslator(17.0, 7.0), FreeRotor(2.7, 3))
    assert "free translations along the surface, free rotation" in free.notes[0]
    assert "no separate rotation" in MobileAdsorbate("N*", 0.0, [0.1], FreeTranslator(14.0, 7.0), NoRotor()).notes[0]


def test_wrong_motions_are_refused():
    with pytest.raises(InputError, match=r"barrier is 0.*use the free form"):
        HinderedTranslator(0.0, MASS, AREA)
    with pytest.raises(InputError, match="site_area is -1"):
        FreeTranslator(MASS, -1.0)
    with pytest.raises(InputError, match="minima is 0"):
        HinderedRotor(0.1, INERTIA, 0)
    with pytest.raises(InputError, match="orientations is 'both'"):
        HinderedRotor(0.1, INERTIA, 3, orientations="both")

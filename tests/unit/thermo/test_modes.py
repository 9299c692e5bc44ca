import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.thermo.harmonic import HarmonicAdsorbate
from nrrsim.thermo.modes import (
    AS_IS,
    LowModePolicy,
    check_mode_count,
    expected_modes,
    treat_modes,
    vibrational_enthalpy,
    vibrational_entropy,
    vibrations,
    zero_point_energy,
)
from nrrsim.units import ANGSTROM, ATOMIC_MASS, EV, H_PLANCK, INVERSE_CM, K_B

T = np.array([150.0, 298.15, 800.0])
MODES = np.array([0.006, 0.03, 0.12, 0.4])


def test_harmonic_sums_against_the_partition_function():
    x = MODES / (K_B * T[:, None])
    ln_q = -np.log(1 - np.exp(-x)).sum(axis=1)
    modes = vibrations(MODES)
    thermal = (MODES / (np.exp(x) - 1)).sum(axis=1)
    assert zero_point_energy(modes) == pytest.approx(MODES.sum() / 2, rel=1e-15)
    np.testing.assert_allclose(vibrational_enthalpy(modes, T), thermal, rtol=1e-13)
    np.testing.assert_allclose(vibrational_entropy(modes, T), K_B * ln_q + thermal / T, rtol=1e-13)


def test_classical_limit():
    T = np.array([1e6])
    assert vibrational_enthalpy(vibrations(MODES), T)[0] == pytest.approx(4 * K_B * 1e6, rel=0.01)


def test_no_modes():
    modes = vibrations(())
    assert zero_point_energy(modes) == 0
    np.testing.assert_array_equal(vibrational_entropy(modes, T), np.zeros(3))


def test_nothing_overflows_near_zero_kelvin():
    cold = np.array([1e-3, 0.1])
    modes = vibrations(MODES, policy=AS_IS)
    np.testing.assert_allclose(vibrational_enthalpy(modes, cold), 0, atol=1e-300)
    np.testing.assert_allclose(vibrational_entropy(modes, cold), 0, atol=1e-300)


def test_degeneracy_repeats_a_mode():
    once, twice = vibrations([0.05, 0.05, 0.1]), vibrations([0.05, 0.1], [2, 1])
    np.testing.assert_allclose(vibrational_entropy(once, T), vibrational_entropy(twice, T), rtol=1e-14)
    assert zero_point_energy(vibrations([0.1], [0.5])) == pytest.approx(0.025, rel=1e-15)


def test_order_of_modes_does_not_matter():
    np.testing.assert_allclose(
        vibrational_entropy(vibrations(MODES), T), vibrational_entropy(vibrations(MODES[::-1]), T), rtol=1e-14
    )


def test_raise_lifts_low_modes_and_says_so():
    treated = treat_modes([0.004, 0.05], LowModePolicy("raise", 0.0124))
    assert [mode.used for mode in treated] == [0.0124, 0.05]
    assert [mode.found for mode in treated] == [0.004, 0.05]
    assert treated[0].action == "the mode 32 1/cm was raised to 100 1/cm"
    assert treated[1].action == ""
    adsorbate = HarmonicAdsorbate("N*", 0.0, [0.004, 0.05, 0.05], policy=LowModePolicy("raise", 0.0124))
    assert adsorbate.notes == ("N*: the mode 32 1/cm was raised to 100 1/cm.",)
    assert HarmonicAdsorbate("N*", 0.0, [0.004, 0.05, 0.05]).notes == ()


def test_quasi_harmonic_leaves_stiff_modes():
    policy = LowModePolicy("quasi-harmonic", 100 * INVERSE_CM)
    stiff = vibrations([0.4], policy=policy)
    assert vibrational_entropy(stiff, T) == pytest.approx(
        vibrational_entropy(vibrations([0.4]), T), rel=1e-2, abs=2e-10
    )
    assert stiff.notes == ()


def test_quasi_harmonic_is_grimme_half_way_at_the_cutoff():
    mode = 100 * INVERSE_CM
    policy = LowModePolicy("quasi-harmonic", mode)
    (treated,) = treat_modes([mode], policy)
    assert treated.weight == pytest.approx(0.5)
    assert "50 % as a free rotor" in treated.action
    # Eqs. 3 to 7 of Grimme 2012 in SI
    own = H_PLANCK * EV / (8 * np.pi**2 * mode / H_PLANCK)
    inertia = own * 1e-44 / (own + 1e-44)
    rotor = K_B * (0.5 + np.log(np.sqrt(8 * np.pi**3 * inertia * K_B * EV * T / (H_PLANCK * EV) ** 2)))
    expected = (rotor + vibrational_entropy(vibrations([mode]), T)) / 2
    np.testing.assert_allclose(vibrational_entropy(vibrations([mode], policy=policy), T), expected, rtol=1e-12)
    assert own / (ATOMIC_MASS * ANGSTROM**2) == pytest.approx(0.1686, rel=1e-3)  # 16.857 u A2 / wavenumber


def test_quasi_harmonic_entropy_stays_finite():
    soft = [0.1 * INVERSE_CM]
    policy = LowModePolicy("quasi-harmonic", 100 * INVERSE_CM)
    assert (
        vibrational_entropy(vibrations(soft, policy=policy), T[1:2])[0]
        < vibrational_entropy(vibrations(soft), T[1:2])[0]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rise", 0.01), "no policy for low modes.*did you mean 'raise'"),
        (("raise",), "cut-off 0.0 eV.*positive"),
        (("quasi-harmonic", -1.0), "cut-off -1.0 eV"),
        (("as-is", 0.01), "does not use the cut-off"),
    ],
)
def test_policies_are_checked(arguments, message):
    with pytest.raises(InputError, match=message):
        LowModePolicy(*arguments)


def test_expected_modes():
    assert expected_modes(3, transition_state=False) == 9
    assert expected_modes(3, transition_state=True) == 8


def test_mode_count():
    check_mode_count([0.1] * 6, None, 2, transition_state=False, name="NH*")
    check_mode_count([0.1] * 5, None, 2, transition_state=True, name="N-H*")
    check_mode_count([0.1, 0.2], [2.5, 3.5], 2, transition_state=False, name="NH*")
    check_mode_count([0.1] * 9, None, 4, transition_state=False, name="NH3*", replaced=3)


@pytest.mark.parametrize(
    ("energies", "degeneracy", "transition_state", "message"),
    [
        ([0.1] * 5, None, False, r"NH\*: found 5 modes \(5 listed\) for 2 atoms.*adsorbate has 3N = 6 modes"),
        ([0.1] * 6, None, True, "transition state has 3N - 1 = 5 modes"),
        ([0.1, 0.2], [2, 3], False, r"found 5 modes \(2 listed\)"),
        ([0.1, -0.02], None, False, "found the mode -161.* 1/cm; modes must be real and positive.*relax further"),
        ([0.1, 0.0], None, False, "found the mode 0 1/cm"),
        ([0.1, float("nan")], None, False, "must be real and positive"),
        ([0.1, 0.02j], None, False, "complex numbers"),
        ([0.1, 0.2], [1], False, "found 1 degeneracies for 2 modes"),
        ([0.1, 0.2], [1, 0], False, "degeneracy is not positive"),
    ],
)
def test_wrong_modes_are_refused(energies, degeneracy, transition_state, message):
    with pytest.raises(InputError, match=message):
        check_mode_count(energies, degeneracy, 2, transition_state=transition_state, name="NH*")


def test_arrays_are_read_only_and_inputs_untouched():
    given = MODES.copy()
    modes = vibrations(given)
    assert given.flags.writeable
    for array in (modes.energies_v, modes.degeneracy_v, modes.weight_v):
        assert not array.flags.writeable

import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.thermo.electrode import (
    Cap,
    donor_factor_ln,
    pcet_barrier,
    proton_electron_potential,
    rhe_from_she,
    she_from_rhe,
)
from nrrsim.thermo.shipped import experimental_gas

ROOM = np.array([298.15])


def test_slope_of_the_scales():
    assert rhe_from_she(0.0, 1.0, 298.15) == pytest.approx(0.0591593, abs=5e-8)
    np.testing.assert_allclose(
        rhe_from_she(-0.5, np.array([0.0, 13.0]), ROOM), [-0.5, -0.5 + 13 * 0.05915935], atol=1e-7
    )


def test_scales_invert():
    rng = np.random.default_rng(1)
    U, pH, T = rng.uniform(-2, 1, 20), rng.uniform(-1, 15, 20), rng.uniform(270, 370, 20)
    np.testing.assert_allclose(she_from_rhe(rhe_from_she(U, pH, T), pH, T), U, rtol=0, atol=1e-14)


def test_hydrogen_electrode_is_at_equilibrium_at_zero_volt():
    H2 = experimental_gas("H2").gibbs(ROOM)
    np.testing.assert_allclose(2 * proton_electron_potential(H2, 0.0), H2, rtol=1e-15)
    # H+ + e- -> 1/2 H2 is downhill by e|U| below 0 V
    np.testing.assert_allclose(H2 / 2 - proton_electron_potential(H2, -0.3), -0.3, rtol=1e-12)


def test_barrier_falls_with_beta():
    found = pcet_barrier(0.6, np.array([0.0, -0.4]), U0_RHE=0.0, beta=0.5, dG=np.array([-0.1, -0.5]))
    np.testing.assert_allclose(found.barrier, [0.6, 0.4], rtol=1e-14)
    assert found.cap.tolist() == [Cap.NONE, Cap.NONE]


def test_barrier_counts_from_its_own_potential():
    found = pcet_barrier(0.6, -0.3, U0_RHE=-0.5, beta=0.3, dG=-1.0)
    assert found.barrier == pytest.approx(0.66)


def test_caps():
    found = pcet_barrier(0.3, np.array([0.0, -1.0, 0.5]), U0_RHE=0.0, beta=0.5, dG=np.array([0.4, -1.0, 0.9]))
    np.testing.assert_allclose(found.barrier, [0.4, 0.0, 0.9], atol=1e-15)
    assert found.cap.tolist() == ["dG", "zero", "dG"]


def test_barriers_obey_detailed_balance():
    U, dG0 = np.linspace(-2, 2, 81), 0.25
    forward = pcet_barrier(0.5, U, U0_RHE=0.0, beta=0.4, dG=dG0 + U)
    # the reverse oxidises: it sees -U with 1 - beta and its own barrier
    reverse = pcet_barrier(0.5 - dG0, -U, U0_RHE=0.0, beta=0.6, dG=-dG0 - U)
    np.testing.assert_allclose(forward.barrier - reverse.barrier, dG0 + U, atol=1e-14)


@pytest.mark.parametrize(("donor", "expected"), [("H3O+", -0.6), ("H2O", 0.4), (None, 0.0)])
def test_donor_factor(donor, expected):
    found = donor_factor_ln(donor, np.array([0.0, 7.0]), 0.4)
    np.testing.assert_allclose(found, [0.0, expected * 7 * np.log(10)], rtol=1e-14)


def test_unknown_donor():
    with pytest.raises(InputError, match=r"'H3O' is no proton donor.*did you mean 'H3O\+'"):
        donor_factor_ln("H3O", 7.0, 0.5)


@pytest.mark.parametrize("beta", [-0.1, 1.1, float("nan")])
def test_symmetry_factor_is_checked(beta):
    with pytest.raises(InputError, match="from 0 to 1"):
        pcet_barrier(0.5, 0.0, U0_RHE=0.0, beta=beta, dG=0.0)
    with pytest.raises(InputError, match="from 0 to 1"):
        donor_factor_ln("H2O", 7.0, beta)

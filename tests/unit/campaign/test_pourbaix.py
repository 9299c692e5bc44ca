"""Stability in water against lines worked out by hand from the Gibbs energies."""

from __future__ import annotations

import numpy as np
import pytest

from nrrsim.campaign.pourbaix import bulk_reduction, known_phases, reduced_phase, stability, water_gibbs, water_window
from nrrsim.campaign.vacancies import VacancyFormation, VacancyPlan
from nrrsim.dft.settings import settings
from nrrsim.errors import InputError
from nrrsim.thermo.electrode import rhe_from_she
from nrrsim.thermo.reservoirs import Electrode, GasEnergies, OxygenGas
from nrrsim.units import K_B, KJ_PER_MOL

PER_PH = K_B * 298.15 * np.log(10)
# Wagman et al. (1982) [kJ/mol], written here once more so that a slip in the data file shows
MO_O2, MO_O3, MOLYBDATE, WATER = -533.01, -667.97, -836.3, -237.129
PHASES = {phase.name: phase for phase in known_phases()}
HARD = 1e-9  # what is handed to pymatgen makes up for its rounded constants, so that only rounding is left


def only(*names: str):
    return tuple(PHASES[name] for name in names)


def log_K(products: float, reactants: float) -> float:
    return -(products - reactants) * KJ_PER_MOL / PER_PH


def test_solubility_of_molybdenum_trioxide() -> None:
    """MoO3 + H2O = MoO4(2-) + 2 H+: the boundary is at pH = (log c - log K)/2."""
    constant = log_K(MOLYBDATE, MO_O3 + WATER)
    assert constant == pytest.approx(-12.05, abs=0.01)
    for concentration in (1e-4, 1e-6, 1e-8):
        boundary = (np.log10(concentration) - constant) / 2
        found = stability(
            boundary + np.array([-0.01, 0.0, 0.01]), 0.7, concentration=concentration, phases=only("MoO3", "MoO4(2-)")
        )
        assert found.stable[[0, 2]].tolist() == ["MoO3", "MoO4(2-)"]
        np.testing.assert_allclose(found.decomposition["MoO3"], [0.0, 0.0, 0.02 * PER_PH], rtol=0, atol=HARD)


def test_molybdic_acid_dissociates_at_its_constants() -> None:
    """pKa of 8.12 - 4.47 and 4.47 (Crea et al. 2017)."""
    pH = np.array([3.64, 3.66, 4.46, 4.48])
    assert stability(pH, 0.8).stable.tolist() == ["H2MoO4(aq)", "HMoO4(-)", "HMoO4(-)", "MoO4(2-)"]


@pytest.mark.parametrize(
    ("low", "high", "standard"),
    [("Mo", "MoO2", (MO_O2 - 2 * WATER) / 4), ("MoO2", "MoO3", (MO_O3 - MO_O2 - WATER) / 2)],
)
def test_lines_between_solids(low: str, high: str, standard: float) -> None:
    """As many protons as electrons: -59.16 mV per pH from the standard potential."""
    pH = np.array([0.0, 4.0, 9.0, 14.0])
    line = standard * KJ_PER_MOL - PER_PH * pH
    below = stability(pH, line - 1e-6, phases=only("Mo", "MoO2", "MoO3"))
    above = stability(pH, line + 1e-6, phases=only("Mo", "MoO2", "MoO3"))
    assert below.stable.tolist() == [low] * 4
    assert above.stable.tolist() == [high] * 4


def test_published_potentials() -> None:
    """E0(MoO2/Mo) -0.15 V, E0(H2MoO4/MoO2) 0.65 V and E0(H2MoO4/Mo) 0.11 V, from other compilations."""
    gibbs = {name: phase.gibbs for name, phase in PHASES.items()}
    dioxide = (gibbs["MoO2"] - 2 * water_gibbs()) / 4
    acid = (gibbs["H2MoO4(aq)"] - 4 * water_gibbs()) / 6
    to_dioxide = (gibbs["H2MoO4(aq)"] - gibbs["MoO2"] - 2 * water_gibbs()) / 2
    np.testing.assert_allclose([dioxide, to_dioxide, acid], [-0.15, 0.65, 0.11], atol=0.006)  # printed to 10 mV


def test_water_window() -> None:
    low, high = water_window(np.array([0.0, 7.0]))
    np.testing.assert_allclose(low, [0.0, -7 * PER_PH], atol=1e-15)
    np.testing.assert_allclose(high - low, 1.229, atol=5e-4)  # V
    assert water_gibbs() == pytest.approx(WATER * KJ_PER_MOL)


def test_molybdenum_trioxide_dissolves_at_low_concentration() -> None:
    """MoO3 + H2O = H2MoO4(aq), log K = -12.05 + 8.12: 0.122 eV per Mo at 1e-6 mol/l, none of it from pH or U."""
    found = stability(np.array([0.0, 2.0]), np.array([[0.6], [0.9]]))
    assert found.decomposition["MoO3"].shape == found.stable.shape == (2, 2)
    expected = PER_PH * (log_K(MOLYBDATE, MO_O3 + WATER) + 8.12 + 6)
    np.testing.assert_allclose(found.decomposition["MoO3"], expected, rtol=0, atol=HARD)


@pytest.fixture
def plan() -> VacancyPlan:
    return VacancyPlan("moo3-bilayer", ("moo3-bilayer-vt", "moo3-bilayer-x0.5"), settings("emt"), supercell=(2, 1))


def formation(change: float, vacancies: int = 1) -> VacancyFormation:
    gases = GasEnergies(-6.77, -14.22)
    return VacancyFormation("moo3-bilayer-vt", "moo3-bilayer", vacancies, vacancies / 4, change, gases)


@pytest.mark.parametrize("vacancies", [1, 2])
def test_a_reduced_site_loses_what_its_vacancies_cost(plan: VacancyPlan, vacancies: int) -> None:
    """Decomposition of MoO3-x less that of MoO3 is x dG of the vacancy at the same potential, by another way."""
    vacancy = formation(9.0 * vacancies, vacancies)
    pH, U_SHE = np.array([1.0, 7.0, 13.0]), -0.3
    found = stability(pH, U_SHE, reduced=[reduced_phase(plan, vacancy)])
    more = found.decomposition["moo3-bilayer-vt"] - found.decomposition["MoO3"]
    cost = vacancy.gibbs(298.15, Electrode(U_RHE=rhe_from_she(U_SHE, pH, 298.15)))
    # H2O(l) of the tables and by vapour pressure differ by 0.01 kJ/mol
    np.testing.assert_allclose(more, vacancies / 4 * cost, rtol=0, atol=2e-4)


def test_a_site_below_all_phases_is_the_stable_one(plan: VacancyPlan) -> None:
    cheap = reduced_phase(plan, formation(-60.0))
    found = stability(np.array([1.0, 9.0]), -0.1, reduced=[cheap])
    assert found.stable.tolist() == ["moo3-bilayer-vt"] * 2
    assert np.all(found.decomposition["moo3-bilayer-vt"] < 0)
    dear = stability(np.array([1.0, 9.0]), -0.1, reduced=[reduced_phase(plan, formation(9.0))])
    assert "moo3-bilayer-vt" not in dear.stable


def test_what_is_not_there_is_named() -> None:
    found = stability(7.0, -0.3)
    assert any("hydrogen insertion (HxMoO3)" in sentence for sentence in found.missing)
    assert any("Wagman" in note for note in found.notes)
    assert found.stable.shape == ()
    for phase in known_phases():
        assert phase.source


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((17.0, 0.0), {}, "pH is 17.*between -2 and 16"),
        ((7.0, np.array([0.0, np.nan])), {}, "U_SHE is nan"),
        ((7.0, 0.0), {"concentration": 1e-2}, "0.01 mol/l; heptamolybdates"),
        ((7.0, 0.0), {"concentration": 0.0}, "concentration is 0 mol/l"),
        ((7.0, 0.0), {"phases": only("Mo")}, "MoO3 is not among the phases"),
    ],
)
def test_conditions_out_of_range_are_refused(arguments, options, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        stability(*arguments, **options)


def test_another_oxide_is_refused() -> None:
    sulfide = VacancyPlan("moo3-bilayer-s", ("moo3-bilayer-vt-s",), settings("emt"))
    with pytest.raises(InputError, match=r"the host is .*S.*MoO3"):
        reduced_phase(sulfide, formation(9.0))


def test_reduction_in_bulk_is_that_of_the_phases(plan: VacancyPlan) -> None:
    def dG(reservoir) -> float:
        found = bulk_reduction(plan, reservoir)
        assert found is not None
        assert found.reaction == "MoO3 -> MoO2 + O"
        return found.dG

    assert dG(OxygenGas(1.0)) == pytest.approx((MO_O2 - MO_O3) * KJ_PER_MOL, abs=HARD)
    line = -(MO_O2 + WATER - MO_O3) * KJ_PER_MOL / 2  # V vs RHE, between the two in water
    assert dG(Electrode(U_RHE=line)) == pytest.approx(0.0, abs=0.01)  # water of the gases' tables here
    assert dG(Electrode(U_RHE=line - 0.1)) == pytest.approx(dG(Electrode(U_RHE=line)) - 0.2)


def test_reduction_in_bulk_is_known_of_one_oxide() -> None:
    other = VacancyPlan("moo2-100", ("moo2-100-vo",), settings("emt"))
    assert bulk_reduction(other, OxygenGas(1.0)) is None

"""Free-energy diagrams: profiles that add up, refusals, and what is said beside them."""

import numpy as np
import pytest

import nrrsim
from nrrsim.thermo.shipped import reaction_gibbs
from nrrsim.units import K_B

CATALYSTS = ["tio2-mo", "tio2-fe", "ru-step", "ru-terrace", "ru-dahl2000"]


@pytest.mark.parametrize("catalyst", CATALYSTS)
def test_profiles_are_the_sums_of_their_steps(catalyst):
    for pathway in nrrsim.diagram(catalyst).pathways:
        assert len(pathway.states) == len(pathway.steps) + 1
        sums = np.cumsum([0.0, *(s.count * s.dG for s in pathway.steps)])
        np.testing.assert_allclose([s.G for s in pathway.states], sums, atol=1e-12)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-terrace", "ru-dahl2000"])
def test_every_pathway_ends_at_the_gas_reaction(catalyst):
    loaded = nrrsim.load(catalyst)
    T, p = loaded.conditions.T, loaded.conditions.p
    expected = float(reaction_gibbs({"N2": -1, "H2": -3, "NH3": 2}, np.array([T]))[0])
    expected += K_B * T * np.log(p["NH3"] ** 2 / (p["N2"] * p["H2"] ** 3))
    for pathway in nrrsim.diagram(loaded).pathways:
        assert pytest.approx(expected, abs=1e-9) == pathway.states[-1].G
        assert pathway.states[-1].label == "2NH3(g)"
        assert pathway.limiting_potential is None
        assert pathway.source_limiting_potential is None


def test_all_electrochemical_pathways_end_at_the_same_energy():
    ends = [p.states[-1].G for p in nrrsim.diagram("tio2-mo", U_RHE=-0.3).pathways if p.product == "NH3(g)"]
    np.testing.assert_allclose(ends, -0.626510549448 + 6 * -0.3, atol=1e-9)  # 2 NH3 of the source, six electrons


def test_barriers_stand_above_both_states():
    for pathway in nrrsim.diagram("ru-step").pathways:
        for step in pathway.steps:
            if step.barrier is not None:
                assert step.barrier >= max(step.dG, 0.0) - 1e-12


def test_a_path_with_a_high_chemical_step_is_listed_but_never_best():
    diagram = nrrsim.diagram("tio2-mo")
    high = [p for p in diagram.pathways if p.largest_chemical_step > 0.75]
    assert high
    assert all(p.name != diagram.best for p in high)
    best = diagram.pathway(diagram.best)
    assert any(p.limiting_potential > best.limiting_potential for p in high)  # else the rule is not tested
    wide = nrrsim.diagram("tio2-mo", chemical_limit=10.0)
    assert wide.pathway(wide.best).limiting_potential > best.limiting_potential
    none = nrrsim.diagram("tio2-nb", chemical_limit=0.0)
    assert none.best is None
    assert any("none is called best" in w for w in none.warnings)


def test_zero_pressure_has_no_free_energy():
    with pytest.raises(nrrsim.InputError, match="zero pressure"):
        nrrsim.diagram("ru-step", p={"NH3": 0.0})


def test_temperature_far_from_the_published_one_is_refused_and_near_it_is_said():
    with pytest.raises(nrrsim.InputError, match=r"300 K"):
        nrrsim.diagram("tio2-mo", T=350.0)
    assert any(
        "published at 300 K are used unchanged at 298.15 K" in w for w in nrrsim.diagram("tio2-mo", T=298.15).warnings
    )
    assert not any("used unchanged" in w for w in nrrsim.diagram("tio2-mo").warnings)


def test_thermochemistry_names_its_data_set():
    assert any("NASA TM-4513" in note for note in nrrsim.diagram("ru-step").notes)
    assert any("NASA TM-4513" in note for note in nrrsim.solve("ru-step").notes)


def test_unknown_pathway_offers_the_nearest():
    with pytest.raises(nrrsim.InputError, match="distal"):
        nrrsim.diagram("tio2-mo").pathway("distall")


def test_pathways_with_one_limiting_step_are_told_apart_by_their_span():
    found = nrrsim.diagram("tio2-ni")
    best, distal = found.pathway(found.best), found.pathway("distal")
    assert best.limiting_potential == distal.limiting_potential
    assert best.name == "mixed: NNH, NNH2, HNNH2, H2NNH2; H2NNH2* -> NH2* + NH3(g)"
    assert best.span.energy < distal.span.energy - 1.0


BARE = """
format: nrrsim-catalyst/1
name: an isolated site
source: {note: "a test, not a catalyst"}
site: {model: isolated}
gas: {policy: own}
species:
  H2(g): {energy: 0 eV, thermo: shipped}
  bare: {composition: {}, enthalpy: SITE eV, entropy: 0 eV/K}
  H: {composition: {H: 1}, enthalpy: ON_IT eV, entropy: 0 eV/K}
zeros_agree: "a test"
steps: [bare + H+ + e- <-> H, H + H+ + e- <-> H2(g) + bare]
conditions: {T: 298.15 K, p: {H2: 1 bar}, U_RHE: -0.1 V}
"""


def test_hydrogen_is_bound_against_the_clean_site_whatever_its_zero(tmp_path):
    found = []
    for site in (0.0, 0.5):
        file = tmp_path / f"{site}.yaml"
        file.write_text(BARE.replace("SITE", f"{site}").replace("ON_IT", f"{site - 0.2}"), encoding="utf-8")
        found.append(nrrsim.diagram(file).her)
    assert found[0].dG_H == pytest.approx(found[1].dG_H, abs=1e-12)
    step = next(s for p in found[1].pathways for s in p.steps if s.equation == "bare + H+ + e- <-> H")
    assert found[1].dG_H == pytest.approx(step.standard_dG, abs=1e-12)

"""Metal-substituted TiO2(110): limiting potentials, published and from the source's own table."""

import math

import pytest

import nrrsim
from nrrsim.core.species import parse_formula
from nrrsim.network.pathways import enumerate_pathways

# Comer et al., arXiv:1912.05678: limiting potentials of the 2+ site against RHE, by the source's own counting.
PUBLISHED_V = {
    "sc": -1.81, "ti": -1.40, "v": -1.11, "cr": -1.58, "fe": -1.78, "co": -1.51, "ni": -1.78, "cu": -2.43, "zr": -1.19,
    "nb": -1.35, "mo": -0.83, "tc": -1.08, "ru": -1.53, "rh": -0.95, "pd": -2.13, "ag": -2.71, "hf": -1.10, "ta": -1.50,
    "w": -1.25, "re": -0.86, "os": -1.07, "ir": -1.04, "pt": -1.89, "au": -2.65,
}  # fmt: skip


def table(catalyst):
    """G of every state against 1/2 N2(g) and 1/2 H2(g), by plain arithmetic on the numbers of the file."""
    thermo = catalyst.mechanism.thermo
    own = {}
    for name, state in thermo.items():
        inner = getattr(state, "thermo", state)
        own[name] = inner.energy + inner.gibbs_correction + (state.value if inner is not state else 0.0)
    formation = {"*": 0.0, "*t": 0.0, "H+": 0.0, "e-": 0.0}
    for name, energy in own.items():
        atoms = parse_formula(name.partition("*")[0].removesuffix("(g)"))
        formation[name] = energy - atoms.get("N", 0) / 2 * own["N2(g)"] - atoms.get("H", 0) / 2 * own["H2(g)"]
    return formation


@pytest.mark.parametrize("metal", PUBLISHED_V)
def test_source_limiting_potential_is_the_published_one(metal):
    diagram = nrrsim.diagram(f"tio2-{metal}")
    values = {p.source_limiting_potential for p in diagram.pathways} - {None}
    assert len({round(v, 12) for v in values}) == 1
    assert values.pop() == pytest.approx(PUBLISHED_V[metal], abs=0.01)  # printed to two decimals


@pytest.mark.parametrize("metal", PUBLISHED_V)
def test_elementary_limiting_potentials_follow_from_the_table(metal):
    catalyst = nrrsim.load(f"tio2-{metal}")
    G = table(catalyst)
    expected = {
        pathway.name: -max(
            sum(n * G[name] for name, n in step.stoichiometry.items())
            for step in pathway.steps
            if step.n_electrons == 1
        )
        for pathway in enumerate_pathways(catalyst.mechanism.network)
    }
    diagram = nrrsim.diagram(catalyst)
    assert {p.name for p in diagram.pathways} == set(expected)
    for pathway in diagram.pathways:
        assert pathway.limiting_potential == pytest.approx(expected[pathway.name], abs=1e-6)


def test_molybdenum_by_hand():
    """-0.47 V on the best path (cleavage at HNNH2*), -0.87 V over H2NNH2*, from the numbers as printed."""
    diagram = nrrsim.diagram("tio2-mo")
    hydrogen = -0.0394892748343 / 2
    to_hnnh2 = (-0.9884 + 1.06805895958) - (-1.1283 + 0.755080777255) - hydrogen
    to_h2nnh2 = (-0.488 + 1.41847290209) - (-0.9884 + 1.06805895958) - hydrogen
    best = diagram.pathway(diagram.best)
    assert best.limiting_potential == pytest.approx(-to_hnnh2, abs=1e-9)
    assert best.potential_determining_step == "NNH2* + H+ + e- <-> HNNH2*"
    named = [p for p in diagram.pathways if "H2NNH2; H2NNH2* -> NH2* + NH3(g)" in p.name and "NNH2, HNNH2" in p.name]
    assert named[0].limiting_potential == pytest.approx(-to_h2nnh2, abs=1e-9)
    assert to_hnnh2 == pytest.approx(0.47, abs=0.005)
    assert to_h2nnh2 == pytest.approx(0.87, abs=0.005)


def test_twenty_four_are_complete_and_yttrium_says_what_it_lacks():
    ids = [i for i in nrrsim.shipped_ids() if i.startswith("tio2-")]
    complete = [i for i in ids if nrrsim.load(i).complete]
    assert len(ids) == 25
    assert len(complete) == 24
    diagram = nrrsim.diagram("tio2-y")
    assert any("NNH* has no published energy" in w for w in diagram.warnings)
    assert all("NNH*" not in p.species for p in diagram.pathways)


@pytest.mark.parametrize("metal", ["mo", "fe", "w"])
def test_suspicious_numbers_travel_with_the_outputs_that_used_them(metal):
    diagram = nrrsim.diagram(f"tio2-{metal}")
    assert any(w.startswith("NH*: ") for w in diagram.warnings)
    assert any(w.startswith("N*: ") for w in diagram.warnings) == (metal == "fe")
    solved = nrrsim.solve(f"tio2-{metal}", U_RHE=-1.0, assume_Ga0=[0.4, 0.8])
    assert any(w.startswith("NH*: ") for w in solved.warnings)


def test_potential_moves_each_proton_electron_step_by_one_electron():
    at_zero, at_minus = (nrrsim.diagram("tio2-mo", U_RHE=U) for U in (0.0, -0.4))
    for a in at_zero.pathways:
        b = at_minus.pathway(a.name)
        for x, y in zip(a.steps, b.steps, strict=True):
            assert y.dG - x.dG == pytest.approx(-0.4 * x.n_electrons, abs=1e-12)
        assert b.limiting_potential == pytest.approx(a.limiting_potential, abs=1e-12)


def test_shared_scale_of_she_and_rhe():
    """U_RHE = U_SHE + (kT ln10/e) pH: the same diagram on both scales."""
    from nrrsim.units import K_B

    for pH in (0.0, 7.0, 13.0):
        rhe = nrrsim.diagram("tio2-mo", T=298.15, U_RHE=-0.5, pH=pH)
        she = nrrsim.diagram("tio2-mo", T=298.15, U_SHE=-0.5 - K_B * 298.15 * math.log(10) * pH, pH=pH)
        for a, b in zip(rhe.pathways, she.pathways, strict=True):
            for x, y in zip(a.states, b.states, strict=True):
                assert pytest.approx(x.G, abs=1e-12) == y.G


def test_no_turnover_without_barriers_but_a_band_over_assumed_ones():
    with pytest.raises(nrrsim.InputError, match=r"a TOF needs barriers.*assume"):
        nrrsim.solve("tio2-mo", U_RHE=-0.5)
    result = nrrsim.solve("tio2-mo", U_RHE=-0.5, assume_Ga0=[0.4, 0.8])
    low, high = result.tof_band
    assert low < result.tof["NH3"] < high
    assert any("assumed" in w for w in result.warnings)

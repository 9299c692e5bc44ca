"""Steps between named states of a whole site: one elementary event each, no cleavage hidden in an adsorption."""

from __future__ import annotations

import pytest

from nrrsim.errors import InputError
from nrrsim.network.nrr import generate
from nrrsim.network.pathways import enumerate_pathways
from nrrsim.network.whole_sites import WholeSite, chain_among

DISSOCIATIVE = ["N2", "2N", "2H_2N", "H_N_NH", "N_NH2", "2H_N_NH2", "H_N_NH3", "H_N", "NH", "2H_NH", "H_NH2", "NH3"]


def equations(states: list[str], donor: str = "H*") -> list[str]:
    return [step.equation for step in chain_among(generate(donors=(donor,)), states).steps]


def test_a_cycle_of_named_states_makes_two_ammonia() -> None:
    chain = chain_among(generate(donors=("H*",)), DISSOCIATIVE)
    assert set(chain.species) == {*DISSOCIATIVE, "*", "N2(g)", "H2(g)", "NH3(g)"}
    taken = {gas: sum(step.stoichiometry.get(gas, 0) for step in chain.steps) for gas in ("N2(g)", "H2(g)", "NH3(g)")}
    assert taken == {"N2(g)": -1, "H2(g)": -3, "NH3(g)": 2}  # each step of the cycle runs forwards once
    assert sum((step.stoichiometry.get("*", 0) for step in chain.steps), 0) == 0


def test_every_step_is_one_elementary_step_beside_what_else_is_there() -> None:
    elementary = generate(donors=("H*",))
    site = WholeSite(elementary, None)
    known = {frozenset(step.stoichiometry.items()) for step in elementary.steps}
    for step in chain_among(elementary, DISSOCIATIVE).steps:
        change: dict[str, int] = {}
        for name, n in step.stoichiometry.items():
            parts = {name: 1} if name.endswith("(g)") else dict(site.occupation(name).counts) if name != "*" else {}
            for part, k in parts.items():
                change[part] = change.get(part, 0) + n * k
        change = {name: n for name, n in change.items() if n}
        matches = [
            {name: n for name, n in whole if name != "*"} for whole in known
        ]  # free positions are not counted in a state's name
        assert change in matches or {name: -n for name, n in change.items()} in matches


def test_n2_is_cleaved_on_the_site_only_where_it_can_stand_there() -> None:
    assert equations(["N2", "2N"]) == ["N2(g) + * <-> N2", "N2 <-> 2N"]
    assert equations(["2N", "N_NH"]) == ["N2(g) + * <-> 2N"]


def test_electrochemical_states_are_single_adsorbates() -> None:
    found = equations(["N2", "NNH", "NNH2", "N", "NH", "NH2", "NH3"], "PCET")
    assert "H+ + e- + NNH2 <-> NH3(g) + N" in found
    assert "H+ + e- + N2 <-> NNH" in found


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        (["N2", "N5"], "'N5' in the state 'N5' is no adsorbate"),
        (["2N_H"], "the state '2N_H' is called 'H_2N' here"),
        (["N", "NH2"], "no step leads from one of the states N, NH2"),
    ],
)
def test_names_that_are_none_are_refused(states: list[str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        equations(states)


def test_pathways_of_whole_sites_are_named_by_their_bonds() -> None:
    found = {p.name: p for p in enumerate_pathways(chain_among(generate(donors=("H*",)), DISSOCIATIVE))}
    assert list(found) == ["dissociative"]
    associative = ["N2", "2H_N2", "H_NNH", "NNH2", *DISSOCIATIVE[4:]]
    (mixed,) = enumerate_pathways(chain_among(generate(donors=("H*",)), associative))
    assert mixed.family == "mixed"  # NNH2 is cleaved into N and NH2, with no ammonia yet
    electrochemical = chain_among(generate(), ["N2", "NNH", "NNH2", "N", "NH", "NH2", "NH3"])
    assert [p.family for p in enumerate_pathways(electrochemical)] == ["distal"]
    side = [f"{isomer}(side)" for isomer in ("N2", "NNH", "HNNH", "HNNH2", "H2NNH2")]
    enzymatic = chain_among(generate(forms=("end-on", "side-on")), [*side, "NH2", "NH3"])
    assert "enzymatic" in [p.family for p in enumerate_pathways(enzymatic)]

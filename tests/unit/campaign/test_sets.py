"""The sets that nrrsim computes itself: each is a campaign, its shipped catalyst what the shipped records say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ase import Atoms

from nrrsim.campaign.computed import Computed, collected
from nrrsim.campaign.export import formation_energies, whole_steps, write_catalyst
from nrrsim.campaign.sets import computed_set, computed_sets
from nrrsim.core.species import Phase
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.errors import InputError
from nrrsim.network.network import network_of
from nrrsim.network.pathways import enumerate_pathways

CATALYSTS = SHIPPED.parent / "catalysts"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    filled = Store(tmp_path_factory.mktemp("sets") / "store.db")
    restore(SHIPPED, filled)
    return filled


@pytest.mark.parametrize("name", computed_sets())
def test_a_set_is_a_campaign_with_its_weaknesses(name: str) -> None:
    found = computed_set(name)
    species = found.plan.network.species
    assert {*found.plan.gases} >= {"N2(g)", "H2(g)"}  # the zeros of its energies, whether a step makes them or not
    assert {name for name, one in species.items() if one.phase is Phase.GAS} <= {*found.plan.gases}
    lent = [computed_set(other).plan.earlier for other in computed_sets()]
    assert found.plan.settings.trusted_for_rates or not found.plan.vibrations or found.plan in lent
    assert found.title
    assert found.weaknesses


@pytest.mark.parametrize("name", computed_sets())
def test_a_shipped_catalyst_is_what_the_shipped_records_say(name: str, store: Store, tmp_path: Path) -> None:
    """Byte for byte, and there as soon as the states that are computed lead from N2 to NH3."""
    found, there = computed_set(name), CATALYSTS / f"{name}.yaml"
    computed = collected(found.plan, store)
    meant = found.plan.vibrations and found.plan.settings.trusted_for_rates
    assert there.exists() == (meant and _leads_to_ammonia(computed))
    if there.exists():
        text = {"title": found.title, "weaknesses": found.weaknesses}
        made = write_catalyst(computed, tmp_path / there.name, **text)  # type: ignore[arg-type]
        assert there.read_text(encoding="utf-8") == made.read_text(encoding="utf-8")


def _leads_to_ammonia(computed: Computed) -> bool:
    steps = whole_steps(computed)
    return bool(steps) and bool(enumerate_pathways(network_of(steps, species=computed.plan.network.species)))


def test_a_set_is_the_one_it_is_like_but_for_what_it_says() -> None:
    base, s_doped, k2, u5 = (computed_set(name).plan for name in ("moo3-vt", "moo3-vt-s", "moo3-vt-k2", "moo3-vt-u5"))
    path = {"site": "moo3-bilayer-vt-s", "states": s_doped.states}
    path |= {"vibrations_of": "moo3-bilayer-vt", "starts_from": "moo3-bilayer-vt"}
    assert s_doped == replace(base, **path)  # type: ignore[arg-type]
    assert set(s_doped.states or ()) < set(base.states or ())
    pair = {"states": ("NNH*", "NNH2*"), "starts_of": {"NNH*": 2, "NNH2*": 2}, "vibrations": False}
    assert k2 == replace(base, settings=settings("gpaw-pw500-pbe-u-k2-on-u"), before=None, **pair)  # type: ignore[arg-type]
    three = pair | {"states": ("NNH*", "NNH2*", "N*")}
    assert u5 == replace(base, settings=settings("gpaw-pw500-pbe-u5-on-u"), **three)  # type: ignore[arg-type]


def test_what_a_choice_changes_is_seen_on_the_structures_of_the_set_it_is_like() -> None:
    base = computed_set("moo3-vt").plan
    for name in ("moo3-vt-k2", "moo3-vt-k1", "moo3-vt-u0", "moo3-vt-u5", "moo3-vt-p2x1"):
        plan = computed_set(name).plan
        for state in plan.states or ():
            assert plan.starts_of.get(state, plan.starts) == base.starts_of.get(state, base.starts)


@pytest.mark.parametrize("name", ["moo3-vt-k2", "moo3-vt-u0", "moo3-vt-u5", "moo3-vt-p2x1"])
def test_energies_of_formation_need_no_step_that_makes_the_zeros(name: str) -> None:
    """Of a plan whose records are there: NNH* takes half an H2, which no step of so few states evolves."""
    plan = computed_set(name).plan
    total = {"*": -100.0, "N2(g)": -16.0, "H2(g)": -7.0, "NNH*": -119.2, "NNH2*": -123.5}
    made = {name: one_record(name, energy) for name, energy in total.items()}
    found = formation_energies(Computed(plan, made, made, {}, {}))
    assert found["NNH*"] == pytest.approx(-119.2 + 100.0 + 16.0 + 3.5)
    assert found["NNH2*"] == pytest.approx(-123.5 + 100.0 + 16.0 + 7.0)


def one_record(label: str, energy: float) -> DftRecord:
    return DftRecord(
        key=label, label=label, work="relax", status="done", reason="", start=Atoms(), atoms=Atoms(), energy=energy,
        forces=None, moments=(), vibrations=(), settings={}, versions={}, timing={},
    )  # fmt: skip


def test_an_unknown_set_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no set is called 'moo3-v'.*'moo3-vt'"):
        computed_set("moo3-v")

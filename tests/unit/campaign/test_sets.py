"""The sets that nrrsim computes itself: each is a campaign, its shipped catalyst what the shipped records say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrrsim.campaign.export import write_catalyst
from nrrsim.campaign.plan import Computed, collected
from nrrsim.campaign.sets import computed_set, computed_sets
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.store import Store
from nrrsim.errors import InputError

CATALYSTS = SHIPPED.parent / "catalysts"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    filled = Store(tmp_path_factory.mktemp("sets") / "store.db")
    restore(SHIPPED, filled)
    return filled


@pytest.mark.parametrize("name", computed_sets())
def test_a_set_is_a_campaign_with_its_weaknesses(name: str) -> None:
    found = computed_set(name)
    assert found.plan.references()
    assert found.plan.settings.trusted_for_rates or not found.plan.vibrations
    assert found.title
    assert found.weaknesses


@pytest.mark.parametrize("name", computed_sets())
def test_a_shipped_catalyst_is_what_the_shipped_records_say(name: str, store: Store, tmp_path: Path) -> None:
    found = computed_set(name)
    computed = _computed(name, store) if found.plan.vibrations else None
    there = CATALYSTS / f"{name}.yaml"
    if computed is None:
        assert not there.exists()
        return
    made = write_catalyst(computed, tmp_path / there.name, title=found.title, weaknesses=found.weaknesses)
    assert made.read_text(encoding="utf-8") == there.read_text(encoding="utf-8")


def _computed(name: str, store: Store) -> Computed | None:
    """What the records hold of a set; None before they make a catalyst."""
    computed = collected(computed_set(name).plan, store)
    states = {state.name for state in computed.plan.adsorbed} - set(computed.missing)
    return computed if states and {"*", *computed.plan.gases} <= set(computed.relaxed) else None


def test_an_unknown_set_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no set is called 'moo3-v'.*'moo3-vt'"):
        computed_set("moo3-v")

"""N2 on clusters of three metal atoms: energies from records, and the published classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nrrsim.campaign.clusters import NitrogenOnCluster, nitrogen_on, nitrogen_plan, published_classes
from nrrsim.campaign.computed import collected
from nrrsim.campaign.run import run_campaign
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.structures.catalog.lookup import build_site

EMT = settings("emt")


def test_each_of_the_twenty_metals_has_one_class_and_a_cluster() -> None:
    classes = published_classes()
    assert len(classes) == 20
    assert {found.name for found in classes.values()} == {"I", "II", "III"}
    for metal in classes:
        assert build_site(f"m3-{metal.lower()}").get_chemical_symbols() == [metal] * 3
    assert classes["Nb"].agrees(-1.0)
    assert classes["Fe"].agrees(-1.0)
    assert not classes["Ag"].agrees(-1.0)
    assert classes["Ag"].agrees(0.4)


def test_the_cleavage_starts_from_the_lower_form_and_needs_both() -> None:
    whole = {"N2": -0.5, "N2(side)": -0.8, "2N": -2.0}
    assert NitrogenOnCluster("Fe", 8, whole).cleavage == pytest.approx(-1.2)
    for name in whole:
        less = {other: energy for other, energy in whole.items() if other != name}
        assert NitrogenOnCluster("Fe", 8, less).cleavage is None


def test_energies_are_those_of_a_campaign(tmp_path: Path) -> None:
    plan, store = nitrogen_plan("Cu", EMT, starts=2), Store(tmp_path / "store.db")
    empty = nitrogen_on(collected(plan, store))
    assert (empty.adsorption, empty.cleavage, empty.moment) == ({}, None, None)
    assert empty.missing["*"] == "not computed yet."
    computed = run_campaign(plan, store, folder=tmp_path / "work")
    found = nitrogen_on(computed)
    total = {name: record.energy for name, record in computed.relaxed.items()}
    assert found.metal == "Cu"
    for name, energy in found.adsorption.items():
        assert energy == pytest.approx(total[name] - total["*"] - total["N2(g)"])  # type: ignore[operator]
    assert set(found.adsorption) | set(found.missing) >= {"N2", "N2(side)", "2N"}

"""Metal atoms in pockets of graphene: counts, distances, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import atomic_numbers, covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.clusters import D_BLOCK
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.single_atoms import single_atom
from nrrsim.structures.sites import adsorption_sites

POCKETS = [("N4", 4, 2), ("N3", 3, 1), ("N2", 2, 2)]


@pytest.mark.parametrize("metal", D_BLOCK)
@pytest.mark.parametrize(("pocket", "nitrogens", "removed"), POCKETS)
def test_every_metal_in_every_pocket(metal: str, pocket, nitrogens: int, removed: int) -> None:
    site = single_atom(metal, pocket)
    assert (site.symbols == "N").sum() == nitrogens
    assert (site.symbols == "C").sum() == 50 - removed - nitrogens
    active = record_of(site).active_atoms
    assert sorted(site.symbols[list(active)]) == sorted([metal, *["N"] * nitrogens])
    bonds = site.get_distances(len(site) - 1, np.flatnonzero(site.symbols == "N"), mic=True)
    np.testing.assert_allclose(bonds, bonds[0], rtol=1e-9)
    radii = covalent_radii[atomic_numbers[metal]] + covalent_radii[atomic_numbers["N"]]
    assert bonds[0] >= 0.9 * radii - 1e-9


def test_planar_iron_and_the_arrangements() -> None:
    iron = single_atom("Fe")
    np.testing.assert_allclose(np.ptp(iron.positions[:, 2]), 0.0, rtol=0, atol=1e-9)
    gaps = {}
    for name in ("opposite", "facing", "same carbon"):
        pair = single_atom("Co", "N2", arrangement=name)
        first, second = np.flatnonzero(pair.symbols == "N")
        gaps[name] = pair.get_distance(first, second, mic=True) / 2.46
    expected = {"opposite": np.sqrt(7 / 3), "facing": 2 / np.sqrt(3), "same carbon": 1.0}
    assert gaps == pytest.approx(expected, rel=1e-9)


def test_the_metal_takes_an_adsorbate() -> None:
    site = single_atom("Fe")
    metal = len(site) - 1
    top = adsorption_sites(site, surface_atoms=[metal], up=(0, 0, 1))
    assert [one.kind for one in top] == ["top"]
    assert place(site, top[0], "N2").get_chemical_formula() == "C44FeN6"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"metal": "Xx"}, "not an element"),
        ({"metal": "Na"}, "not a d-block"),
        ({"metal": "Fe", "pocket": "N5"}, "pocket"),
        ({"metal": "Fe", "arrangement": "trans"}, "arrangement"),
        ({"metal": "Fe", "supercell": (3, 3)}, "supercell"),
        ({"metal": "Fe", "vacuum": -1.0}, "vacuum"),
    ],
)
def test_refusals(arguments, match) -> None:
    with pytest.raises(InputError, match=match):
        single_atom(**arguments)

"""Rim sites: between cluster and support, open to the gas, and fit for adsorbates."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.clusters import m3, m4, octahedron
from nrrsim.structures.placement import place
from nrrsim.structures.rims import rim_sites
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.supported import anchorings, supported

SUPPORTED = {
    "Ru6/MgO": (octahedron("Ru"), ("MgO", (1, 0, 0), (3, 3), 2)),
    "RhCo3/CoO": (m4(("Rh", "Co", "Co", "Co")), ("CoO", (0, 1, 1), (2, 3), 2)),
    "Ru5Hf/Ca2NH": (octahedron("Ru", substitute="Hf"), ("Ca2NH", (1, 0, 0), (2, 2), 1)),
}


@pytest.mark.parametrize("name", SUPPORTED)
def test_rim_sites_touch_both_sides_and_take_nitrogen(name: str) -> None:
    cluster, (host, miller, supercell, layers) = SUPPORTED[name]
    slab = surface_slab(host, miller, supercell=supercell, layers=layers)
    whole = anchorings(cluster, slab, rotations=(0.0,)).kept[0].atoms
    sites = rim_sites(whole)
    assert sites
    assert len({site.name for site in sites}) == len(sites)
    for site in sites:
        assert site.name.startswith(("rim bridge ", "rim hollow "))
        ours = [i >= len(slab) for i in site.neighbours]
        assert any(ours)
        assert not all(ours)
        assert site.normal[2] > -0.1
        covered = place(whole, site, "N")
        gaps = covered.get_distances(len(whole), range(len(whole)), mic=True)
        ratios = gaps / (covalent_radii[7] + covalent_radii[whole.numbers])
        near = ratios[list(site.neighbours)]
        assert ratios.min() >= 0.8
        assert near.max() <= 1.35 + 1e-9
        assert int(np.argmin(ratios)) in site.neighbours


def test_equal_sites_of_a_symmetric_rim_count_once() -> None:
    slab = surface_slab("Cu", (1, 1, 1), supercell=(5, 5), layers=2)
    hollow = next(site for site in adsorption_sites(slab) if site.name == "fcc hollow")
    sites = rim_sites(supported(m3("Fe"), slab, hollow))
    assert all(site.multiplicity in (3, 6) for site in sites)
    turned = rim_sites(supported(m3("Fe"), slab, hollow, rotation=120.0))
    assert [site.name for site in turned] == [site.name for site in sites]


def test_refusal() -> None:
    with pytest.raises(InputError, match="names no cluster"):
        rim_sites(surface_slab("Cu", (1, 1, 1)))

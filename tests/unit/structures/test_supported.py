"""Clusters on slabs: contacts, orientation, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.clusters import m2, m3, m4, m13, octahedron
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.supported import supported

SLAB = surface_slab("Cu", (1, 1, 1), supercell=(5, 5), layers=2, fixed_layers=1)
SITES = adsorption_sites(SLAB)
CLUSTERS = [(m2("Ru"), 2), (m3("Fe"), 3), (m3(("Co", "Ru", "Ru")), 3), (m4("Nb"), 3), (octahedron("Ru"), 3)]


@pytest.mark.parametrize(("cluster", "base"), CLUSTERS, ids=lambda value: str(getattr(value, "symbols", "")))
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_clusters_touch_and_keep_their_shape(cluster, base: int, site) -> None:
    whole = supported(cluster, SLAB, site)
    ours = range(len(SLAB), len(whole))
    gaps = whole.get_all_distances(mic=True)[len(SLAB) :, : len(SLAB)]
    ratios = gaps / (covalent_radii[cluster.numbers][:, None] + covalent_radii[SLAB.numbers])
    np.testing.assert_allclose(ratios.min(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(whole[list(ours)].get_all_distances(), cluster.get_all_distances(), rtol=0, atol=1e-9)
    heights = whole.positions[len(SLAB) :, 2]
    assert np.sum(heights < heights.min() + 1e-6) == base
    record = record_of(whole)
    assert record.active_atoms == tuple(ours)
    assert record.parameters["cluster"]["what"] == record_of(cluster).what
    assert record.parameters["slab"]["what"] == record_of(SLAB).what
    assert whole.constraints


def test_the_vacuum_stays() -> None:
    whole = supported(m3("Fe"), SLAB, SITES[0])
    for atoms in (SLAB, whole):
        np.testing.assert_allclose(atoms.cell[2, 2] - np.ptp(atoms.positions[:, 2]), 15.0, rtol=0, atol=1e-9)


def test_rotation_turns_about_the_normal() -> None:
    turned = supported(m3("Fe"), SLAB, SITES[0], rotation=120.0)
    gaps = np.linalg.norm(turned.positions[-3:, None] - supported(m3("Fe"), SLAB, SITES[0]).positions[-3:], axis=-1)
    np.testing.assert_allclose(gaps.min(axis=1), 0.0, rtol=0, atol=1e-6)


def test_on_an_oxide_and_the_icosahedron() -> None:
    bilayer = moo3_bilayer(supercell=(4, 4))
    whole = supported(m13("Fe"), bilayer, adsorption_sites(bilayer)[0])
    assert len(record_of(whole).active_atoms) == 12


def test_refusals() -> None:
    with pytest.raises(InputError, match="greater height"):
        supported(m3("Fe"), SLAB, SITES[0], height=0.5)
    with pytest.raises(InputError, match="finite"):
        supported(m3("Fe"), SLAB, SITES[0], rotation=float("nan"))
    small = surface_slab("Cu", (1, 1, 1), layers=2)
    with pytest.raises(InputError, match="periodic image"):
        supported(m3("Fe"), small, adsorption_sites(small)[0])
    with pytest.raises(InputError, match="site"):
        supported(m3("Fe"), small, SITES[-1])
    bare = m3("Fe")
    bare.info.clear()
    with pytest.raises(InputError, match="no nrrsim record"):
        supported(bare, SLAB, SITES[0])

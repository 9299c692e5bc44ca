"""Single atoms on oxides: places, counts, distances, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.anchors import (
    adatom,
    adatoms,
    beside_vacancy,
    in_cation_site,
    in_vacancy,
    surface_cations,
    surface_oxygens,
)
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.slabs import moo3_bilayer, single_sheet, surface_slab
from nrrsim.structures.supported import CATIONS

CERIA = surface_slab("CeO2", (1, 1, 1), supercell=(2, 2), layers=2)
MAGNESIA = surface_slab("MgO", (1, 0, 0), supercell=(2, 2), layers=2)
SLABS = {"CeO2": CERIA, "MgO": MAGNESIA, "MoO3": moo3_bilayer(supercell=(2, 2))}


def top_oxygen(slab) -> int:
    oxygens = np.flatnonzero(slab.symbols == "O")
    return int(oxygens[np.argmax(np.round(slab.positions[oxygens, 2], 3))])


def closest(atoms, atom: int) -> float:
    others = np.delete(np.arange(len(atoms)), atom)
    gaps = atoms.get_distances(atom, others, mic=True)
    return float((gaps / (covalent_radii[atoms.numbers[atom]] + covalent_radii[atoms.numbers[others]])).min())


def contact(atoms, atom: int) -> float:
    """The same in units of what a metal on a compound keeps to its nonmetals and its cations."""
    others = np.delete(np.arange(len(atoms)), atom)
    radii = covalent_radii[atoms.numbers[atom]] + covalent_radii[atoms.numbers[others]]
    gaps = atoms.get_distances(atom, others, mic=True) / radii
    return float((gaps / np.where(is_metal(atoms)[others], CATIONS, 1.0)).min())


@pytest.mark.parametrize("slab", SLABS.values(), ids=SLABS)
@pytest.mark.parametrize("metal", ["Ru", "Fe", "Y"])
def test_adatoms_touch_the_oxide(slab, metal: str) -> None:
    found = adatoms(metal, slab)
    assert len(found.kept) > (slab is not SLABS["MoO3"])  # its terminal oxygens are too far apart to be bridged
    assert not found.refused
    for one in found.kept:
        assert one.atoms.symbols[-1] == metal
        assert record_of(one.atoms).active_atoms == (len(slab),)
        np.testing.assert_allclose(contact(one.atoms, len(slab)), 1.0, rtol=1e-6)
        np.testing.assert_allclose(one.atoms.positions[:-1], slab.positions, rtol=0, atol=1e-9)


def test_a_single_adatom_takes_nitrogen() -> None:
    whole = adatom("Ru", CERIA, adsorption_sites(CERIA)[0])
    (top,) = adsorption_sites(whole, surface_atoms=record_of(whole).active_atoms)
    covered = place(whole, top, "N2")
    assert len(covered) == len(CERIA) + 3
    assert covered.get_distance(len(CERIA), len(CERIA) + 1, mic=True) == pytest.approx(2.17, abs=0.01)  # Ru-N radii


def test_surface_cations_are_one_of_each_kind() -> None:
    (cerium,) = surface_cations(CERIA)
    assert CERIA.symbols[cerium] == "Ce"
    (magnesium,) = surface_cations(MAGNESIA)
    assert MAGNESIA.positions[magnesium, 2] == pytest.approx(MAGNESIA.positions[:, 2].max())
    assert len(surface_cations(MAGNESIA, depth=2.5)) == 2
    with pytest.raises(InputError, match="no metal within"):
        surface_cations(CERIA, depth=0.1)


def test_surface_oxygens_are_one_of_each_kind_and_none_without_oxygen() -> None:
    first, second = surface_oxygens(CERIA)  # the upper and the lower plane of a trilayer
    assert first == top_oxygen(CERIA)
    assert CERIA.positions[second, 2] < CERIA.positions[first, 2] - 1.0
    with pytest.raises(InputError, match="no oxygen on a metal"):
        surface_oxygens(single_sheet("MoS2", (0, 0, 0, 1)))


@pytest.mark.parametrize("slab", [CERIA, MAGNESIA], ids=["CeO2", "MgO"])
def test_a_metal_in_a_cation_site_changes_one_element(slab) -> None:
    cation = surface_cations(slab)[0]
    doped = in_cation_site("Ru", slab, cation)
    assert np.flatnonzero(doped.numbers != slab.numbers).tolist() == [cation]
    np.testing.assert_array_equal(doped.positions, slab.positions)
    assert record_of(doped).active_atoms == (cation,)
    assert closest(doped, cation) >= 0.8


@pytest.mark.parametrize("slab", [CERIA, MAGNESIA], ids=["CeO2", "MgO"])
def test_beside_a_vacancy_the_metal_lacks_one_oxygen(slab) -> None:
    oxygen = top_oxygen(slab)
    full = in_cation_site("Ru", slab, surface_cations(slab)[0])
    open_ = beside_vacancy("Ru", slab, oxygen)
    (ruthenium,) = np.flatnonzero(open_.symbols == "Ru")
    assert len(open_) == len(slab) - 1

    def oxygens(atoms, atom: int) -> int:
        gaps = atoms.get_distances(atom, range(len(atoms)), mic=True)
        return int(np.sum((gaps < 2.6) & (atoms.symbols == "O")))

    assert oxygens(open_, ruthenium) == oxygens(full, int(np.flatnonzero(full.symbols == "Ru")[0])) - 1
    record = record_of(open_)
    assert ruthenium in record.active_atoms
    assert all(open_.symbols[i] != "O" for i in record.active_atoms)
    np.testing.assert_allclose(record.parameters["vacancy_positions"], [slab.positions[oxygen]], atol=1e-5)


@pytest.mark.parametrize("metal", ["Ru", "Co", "Zr"])
@pytest.mark.parametrize("slab", SLABS.values(), ids=SLABS)
def test_in_a_vacancy_the_metal_stands_over_the_gap(slab, metal: str) -> None:
    oxygen = top_oxygen(slab)
    whole = in_vacancy(metal, slab, oxygen)
    assert len(whole) == len(slab)
    assert whole.symbols[-1] == metal
    step = whole.positions[-1] - slab.positions[oxygen]
    np.testing.assert_allclose(step[:2], 0.0, rtol=0, atol=1e-6)
    assert step[2] >= -1e-9
    ratio = contact(whole, len(whole) - 1)
    assert ratio == pytest.approx(1.0, rel=1e-6) or (ratio > 1.0 and step[2] == pytest.approx(0.0, abs=1e-9))
    active = record_of(whole).active_atoms
    assert len(whole) - 1 in active
    assert len(active) > 1
    assert all(whole.symbols[i] != "O" for i in active)


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: adatoms("Na", CERIA), "not a d-block"),
        (lambda: in_cation_site("Qq", CERIA, 0), "not an element"),
        (lambda: in_cation_site("Ru", CERIA, top_oxygen(CERIA)), "no metal atom"),
        (lambda: in_cation_site("Ru", CERIA, -1), "no metal atom"),
        (lambda: in_cation_site("Mo", SLABS["MoO3"], surface_cations(SLABS["MoO3"])[0]), "Mo for Mo"),
        (lambda: in_cation_site("La", SLABS["MoO3"], surface_cations(SLABS["MoO3"])[0]), "sums of covalent radii of O"),
        (lambda: beside_vacancy("Ru", CERIA, surface_cations(CERIA)[0]), "no different oxygens|oxygen"),
        (lambda: beside_vacancy("Ru", CERIA, top_oxygen(CERIA), cation=top_oxygen(CERIA)), "not bonded"),
    ],
)
def test_refusals(build, match: str) -> None:
    with pytest.raises(InputError, match=match):
        build()

"""Metals in zeolites: twelve sites, stoichiometry, bonds, protons, cut clusters, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError
from nrrsim.structures.clusters import D_BLOCK
from nrrsim.structures.crystals import crystal
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.zeolites import bronsted_site, exchanged_metal, metal_at_t_site, t_cluster, t_sites

SITES = tuple(t_sites())
MAKERS = {
    "metal": lambda site: metal_at_t_site("Ru", site),
    "metal and proton": lambda site: metal_at_t_site("Fe", site, protons=1),
    "bronsted": bronsted_site,
    "exchanged": lambda site: exchanged_metal("Ru", site),
}


def closest(atoms) -> float:
    radii = covalent_radii[atoms.numbers]
    first, second, lengths = neighbor_list("ijd", atoms, radii)
    return float((lengths / (radii[first] + radii[second])).min())


def test_twelve_sites_each_with_four_oxygens() -> None:
    bulk = crystal("MFI")
    assert list(SITES) == [f"T{number}" for number in range(1, 13)]
    first, _ = neighbor_list("ij", bulk, {("Si", "O"): 2.0})
    for atom in t_sites().values():
        assert bulk.symbols[atom] == "Si"
        assert (first == atom).sum() == 4


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("name", MAKERS)
def test_each_model_at_each_site(name: str, site: str) -> None:
    atoms = MAKERS[name](site)
    counts = atoms.symbols.formula.count()
    assert (counts["O"], counts["Si"]) == (192, 95)
    assert {"metal": (1, 0, 0), "metal and proton": (0, 1, 1), "bronsted": (0, 0, 1), "exchanged": (1, 0, 0)}[name] == (
        counts.get("Ru", 0), counts.get("Fe", 0), counts.get("H", 0))  # fmt: skip
    assert closest(atoms) >= 0.8
    five = t_cluster(atoms)
    assert five.symbols.formula.count()["O"] == 4
    assert record_of(five).parameters["tetrahedra"] == 5
    active = record_of(atoms).active_atoms
    assert list(five.symbols[list(record_of(five).active_atoms)]) == list(atoms.symbols[list(active)])


@pytest.mark.parametrize("site", SITES)
def test_the_oxygens_swing_without_stretching_the_bonds_behind(site: str) -> None:
    bulk, atoms = crystal("MFI"), metal_at_t_site("Ru", site)
    metal = record_of(atoms).active_atoms[0]
    first, second, lengths = neighbor_list("ijd", bulk, {("Si", "O"): 2.0})
    beside = second[first == metal]
    np.testing.assert_allclose(
        atoms.get_distances(metal, beside, mic=True), 0.9 * (covalent_radii[44] + covalent_radii[8]), rtol=1e-9
    )
    for oxygen in beside:
        (behind,) = (int(i) for i in second[first == oxygen] if i != metal)
        kept = lengths[(first == oxygen) & (second == behind)][0]
        np.testing.assert_allclose(atoms.get_distance(oxygen, behind, mic=True), kept, rtol=1e-9)


def test_protons_sit_on_oxygen_and_not_on_the_metal() -> None:
    for count in range(5):
        atoms = metal_at_t_site("Co", "T12", protons=count)
        protons = np.flatnonzero(atoms.symbols == "H")
        assert len(protons) == count
        first, second, lengths = neighbor_list("ijd", atoms, 1.2)
        assert sorted(first) == sorted([*protons, *second[np.isin(first, protons)]])
        assert set(atoms.symbols[second[np.isin(first, protons)]]) <= {"O"}
        np.testing.assert_allclose(lengths, 0.9691, atol=1e-3)  # O-H of water in the G2 set
    acid = bronsted_site("T12")
    assert list(acid.symbols[list(record_of(acid).active_atoms)]) == ["Al", "H"]


def test_an_exchanged_metal_stands_on_two_oxygens_of_the_aluminium() -> None:
    for site, metal in zip(SITES, ("Ru", "La", "Ni", "Co", "Mo", "Fe", "Ru", "Y", "Cu", "Zn", "Pt", "Ag"), strict=True):
        atoms = exchanged_metal(metal, site)
        aluminium = record_of(atoms).parameters["t_atom"]
        assert atoms.symbols[aluminium] == "Al"
        ratios = atoms.get_distances(len(atoms) - 1, range(len(atoms) - 1), mic=True) / (
            covalent_radii[atomic_numbers[metal]] + covalent_radii[atoms.numbers[:-1]]
        )
        near = [i for i in np.argsort(ratios)[:4] if atoms.symbols[i] == "O"][:2]
        np.testing.assert_allclose(ratios[near], 1.0, rtol=1e-6)
        np.testing.assert_array_less(atoms.get_distances(aluminium, near, mic=True), 2.0)


def test_clusters_are_closed_by_hydrogen_on_silicon() -> None:
    atoms = metal_at_t_site("Ru", "T12")
    for shells, tetrahedra in ((1, 5), (2, 17)):
        piece = t_cluster(atoms, shells=shells)
        assert not piece.pbc.any()
        assert record_of(piece).parameters["tetrahedra"] == tetrahedra
        assert (piece.symbols == "Si").sum() == tetrahedra - 1
        assert closest(piece) >= 0.8
        first, _ = neighbor_list("ij", piece, {("Si", "O"): 2.0, ("Si", "H"): 1.6, ("Ru", "O"): 2.1})
        bonds = np.bincount(first, minlength=len(piece))
        assert set(bonds[piece.symbols == "Si"]) == {4}
        assert set(bonds[piece.symbols == "O"]) == {2}
        assert set(bonds[piece.symbols == "H"]) == {1}
        assert set(bonds[piece.symbols == "Ru"]) == {4}


@pytest.mark.parametrize("name", ["metal", "exchanged"])
def test_the_open_side_takes_nitrogen_in_pore_and_cluster(name: str) -> None:
    atoms = MAKERS[name]("T12")
    for one in (atoms, t_cluster(atoms)):
        (site,) = adsorption_sites(one, surface_atoms=record_of(one).active_atoms[:1])
        covered = place(one, site, "N2")
        assert len(covered) == len(one) + 2
        gaps = covered.get_all_distances(mic=True)[len(one) :, : len(one)]
        ratios = gaps / (covalent_radii[7] + covalent_radii[one.numbers])
        assert ratios.min() >= 0.8
        assert int(np.unravel_index(ratios.argmin(), ratios.shape)[1]) == record_of(one).active_atoms[0]


@pytest.mark.parametrize("metal", D_BLOCK)
def test_every_metal_finds_room(metal: str) -> None:
    atoms = t_cluster(metal_at_t_site(metal, "T1"))
    assert closest(atoms) >= 0.8
    assert atoms.symbols[record_of(atoms).active_atoms[0]] == metal
    assert covalent_radii[atomic_numbers[metal]] > covalent_radii[14]


@pytest.mark.parametrize(
    ("build", "match"),
    [
        (lambda: metal_at_t_site("Ru", "T13"), "no site 'T13'"),
        (lambda: metal_at_t_site("Al"), "not a d-block"),
        (lambda: metal_at_t_site("Ru", protons=5), "5 protons"),
        (lambda: metal_at_t_site("Ru", framework="MgO"), "holds no silicon"),
        (lambda: exchanged_metal("Na"), "not a d-block"),
        (lambda: t_cluster(crystal("MFI")), "is no zeolite"),
        (lambda: t_cluster(bronsted_site(), shells=3), "3 shells"),
        (lambda: t_cluster(bronsted_site(), vacuum=-1.0), "vacuum"),
    ],
)
def test_refusals(build, match: str) -> None:
    with pytest.raises(InputError, match=match):
        build()

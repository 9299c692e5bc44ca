"""Particles: surface energies, symmetry, sizes, coordination, alloys, B5 shares and refusals."""

from __future__ import annotations

import time
from math import pi, sqrt

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from pymatgen.analysis.wulff import WulffShape
from pymatgen.core import Lattice

from nrrsim.errors import InputError
from nrrsim.structures.b5_shares import b5_share
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.crystals import crystal
from nrrsim.structures.motifs import coordination_numbers, count_b5
from nrrsim.structures.particles import alloy_particle, particle
from nrrsim.structures.quiet import without_spglib_deprecation
from nrrsim.structures.record import record_of
from nrrsim.structures.symmetry import symmetry
from nrrsim.structures.wulff import CENTRES, broken_bond_energies, equivalent_diameter


def test_broken_bonds_of_fcc_and_bcc_are_the_textbook_ones() -> None:
    fcc, bcc = broken_bond_energies("Cu"), broken_bond_energies("Fe")
    a = crystal("Cu").cell.lengths()[0]
    assert fcc[1, 1, 1] == pytest.approx(3 * 4 / (sqrt(3) * a**2), rel=1e-12)  # three bonds of each atom of the plane
    for face, ratio in {(1, 0, 0): 2 / sqrt(3), (1, 1, 0): sqrt(3 / 2), (3, 1, 1): 7 / sqrt(33)}.items():
        assert fcc[face] / fcc[1, 1, 1] == pytest.approx(ratio, rel=1e-12)
    for face, ratio in {(1, 0, 0): sqrt(2), (2, 1, 1): 2 / sqrt(3), (1, 1, 1): sqrt(3 / 2)}.items():
        assert bcc[face] / bcc[1, 1, 0] == pytest.approx(ratio, rel=1e-12)


def test_broken_bonds_of_hcp_by_hand() -> None:
    """(0001): three per a^2 sqrt(3)/2. (10-10): the plane between the far layers, four per two atoms of a c."""
    ru = broken_bond_energies("Ru")
    a, c = crystal("Ru").cell.lengths()[[0, 2]]
    assert ru[0, 0, 1] == pytest.approx(3 / (a**2 * sqrt(3) / 2), rel=1e-12)
    assert ru[1, 0, 0] == pytest.approx(6 / (a * c), rel=1e-12)
    assert min(ru, key=lambda face: ru[face]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("metal", "atoms"),
    # the regular ones: octahedron truncated to 38 and 201, rhombic dodecahedra of 15 and 65
    [
        ("Cu", {"octahedral": (9.5, 38), "atom": (16.5, 201)}),
        ("Fe", {"atom": (7.0, 15)}),
        ("Mo", {"atom": (12.5, 65)}),
    ],
)
def test_known_polyhedra(metal: str, atoms) -> None:
    for centre, (diameter, count) in atoms.items():
        assert len(particle(metal, diameter, centre=centre)) == count


@pytest.mark.parametrize(
    ("metal", "centre", "order"),
    [  # of the site symmetry: m-3m 48, -43m 24; -6m2 and -3m 12, 3m 6; 4/mmm 16, -42m 8
        ("Cu", "atom", 48),
        ("Cu", "octahedral", 48),
        ("Cu", "tetrahedral", 24),
        ("Ru", "atom", 12),
        ("Ru", "octahedral", 12),
        ("Ru", "tetrahedral", 6),
        ("Re", "octahedral", 12),
        ("Fe", "atom", 48),
        ("Fe", "octahedral", 16),
        ("Fe", "tetrahedral", 8),
    ],
)
def test_symmetry_is_that_of_the_centre(metal: str, centre, order: int) -> None:
    for shape in ("wulff", "sphere"):
        found = len(symmetry(particle(metal, 14.0, centre=centre, shape=shape)))
        assert found % order == 0


@pytest.mark.parametrize(
    ("cell", "lattice", "holes"),
    [
        (crystal("Cu"), "fcc", (6, 4)),
        (crystal("Ru"), "hcp", (6, 4)),
        (bulk("Re"), "hcp", (6, 4)),  # its cell begins elsewhere than the shipped ones
        (crystal("Fe"), "bcc", (2, 4)),  # a flattened octahedron
    ],
)
def test_holes_are_holes(cell: Atoms, lattice: str, holes) -> None:
    for centre, count in zip(("octahedral", "tetrahedral"), holes, strict=True):
        probe = cell.repeat((3, 3, 3))
        middle = cell.positions[0] + (np.array(CENTRES[lattice][centre]) + 1) @ cell.cell[:]
        away = np.sort(np.linalg.norm(probe.positions - middle, axis=1))
        assert np.sum(away < 1.1 * away[0]) == count
        assert away[0] < 2.1


@pytest.mark.parametrize("metal", ["Ru", "Cu", "Fe", "Co", "Re", "Ni"])
@pytest.mark.parametrize("diameter", [12.0, 21.0])
def test_size_and_distances(metal: str, diameter: float) -> None:
    atoms = particle(metal, diameter)
    reached = equivalent_diameter(metal, len(atoms))
    layer = min(2.9, 0.25 * diameter)  # one more shell adds a layer of atoms all around at most
    assert abs(reached - diameter) < layer
    assert f"sphere of {reached:.2f} Angstrom" in record_of(atoms).notes[0]
    assert closest_pair(atoms)[3] > 0.8
    numbers = coordination_numbers(atoms)
    assert numbers.min() >= 4
    assert numbers.max() == (8 if metal == "Fe" else 12)
    assert record_of(atoms).active_atoms == tuple(np.flatnonzero(numbers < numbers.max()).tolist())
    assert not atoms.pbc.any()


def test_diameter_is_that_of_the_volume() -> None:
    cell = crystal("Ru")
    volume = cell.get_volume() / len(cell)
    assert 1000 * volume == pytest.approx(pi / 6 * equivalent_diameter("Ru", 1000) ** 3, rel=1e-12)


def test_facets_are_as_distant_as_the_body_of_pymatgen() -> None:
    """A large particle fills the continuous Wulff body: width over height against pymatgen's vertices."""
    faces = {(0, 0, 1): 1.0, (1, 0, 0): 1.0935, (1, 0, 1): 1.1193}
    a, c = crystal("Ru").cell.lengths()[[0, 2]]
    with without_spglib_deprecation():
        body = WulffShape(Lattice.hexagonal(a, c), [(0, 0, 0, 1), (1, 0, -1, 0), (1, 0, -1, 1)], list(faces.values()))
    corners = np.array(body.wulff_pt_list)
    expected = np.ptp(corners[:, 2]) / (2 * np.linalg.norm(corners[:, :2], axis=1).max())
    atoms = particle("Ru", 70.0, energies=faces)
    centred = atoms.positions - atoms.positions.mean(axis=0)
    found = np.ptp(centred[:, 2]) / (2 * np.linalg.norm(centred[:, :2], axis=1).max())
    assert found == pytest.approx(expected, rel=0.05)  # one layer of 2 Angstrom in 60


def test_faces_named_are_the_only_ones() -> None:
    """A truncated bipyramid from three or four indices; more (0001) where it costs less."""
    one = particle("Ru", 30.0, energies={(0, 0, 1): 0.8, (1, 0, 1): 1.0})
    same = particle("Ru", 30.0, energies={(0, 0, 0, 1): 1.6, (1, 0, -1, 1): 2.0})
    np.testing.assert_array_equal(one.positions, same.positions)
    tall = particle("Ru", 30.0, energies={(0, 0, 1): 1.6, (1, 0, 1): 1.0})
    assert np.ptp(tall.positions[:, 2]) > np.ptp(one.positions[:, 2]) + 5


def test_a_5_nm_particle_and_its_sites_take_seconds() -> None:
    start = time.process_time()
    atoms = particle("Ru", 50.0)
    count_b5(atoms)
    assert 4500 < len(atoms) < 5200
    assert time.process_time() - start < 5


@pytest.mark.parametrize("where", ["random", "surface", "core"])
def test_alloys_are_exact_and_reproducible(where) -> None:
    host = particle("Ru", 20.0, centre="tetrahedral", shape="sphere")
    assert count_b5(host).total > 0
    alloy = alloy_particle(host, "Co", 61, where=where, seed=3)
    assert np.sum(alloy.symbols == "Co") == 61
    assert count_b5(alloy) == count_b5(host)
    assert len(alloy) == len(host)
    np.testing.assert_array_equal(alloy.positions, host.positions)
    again = alloy_particle(host, "Co", 61, where=where, seed=3)
    other = alloy_particle(host, "Co", 61, where=where, seed=4)
    assert (alloy.numbers == again.numbers).all()
    assert (alloy.numbers != other.numbers).any()
    numbers = coordination_numbers(host)
    guests, rest = numbers[alloy.symbols == "Co"], numbers[alloy.symbols == "Ru"]
    assert {"surface": guests.max() <= rest.min(), "core": guests.min() >= rest.max(), "random": True}[where]
    assert closest_pair(alloy)[3] > 0.8
    assert record_of(alloy).parameters["count"] == 61


def test_ideal_shapes_of_ruthenium_have_no_b5() -> None:
    """Where edge atoms with fewer than six neighbours are gone, no truncation of the Wulff shape has one."""
    bins = b5_share("Ru", (10, 20, 30, 35), fewest_neighbours=6, cuts=6)
    assert [size.b5 for size in bins] == [0.0] * 3
    assert [size.without for size in bins] == [1.0] * 3


def test_shares_are_means_over_particles() -> None:
    bins = b5_share("Ru", (12.0, 16.0, 20.0, 24.0), shape="sphere", cuts=4)
    assert [size.diameters for size in bins] == [(12.0, 16.0), (16.0, 20.0), (20.0, 24.0)]
    for size in bins:
        low, high = (pi / 6 * d**3 / 13.5 for d in size.diameters)  # 13.5 cubic Angstrom per atom of Ru
        assert low < size.atoms < high
        assert size.lowest <= size.per_surface_atom <= size.highest
        assert 0 < size.per_atom < size.per_surface_atom < 0.4
        assert size.surface_atoms < size.atoms
    assert bins == b5_share("Ru", (12.0, 16.0, 20.0, 24.0), shape="sphere", cuts=4)


def test_near_shapes_are_seeded() -> None:
    one = b5_share("Ru", (10, 14, 18), variation=0.1, samples=2, seed=1)
    assert one == b5_share("Ru", (10, 14, 18), variation=0.1, samples=2, seed=1)
    assert one != b5_share("Ru", (10, 14, 18), variation=0.1, samples=2, seed=2)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: particle("Qq", 20.0), "no crystal is called 'Qq'"),
        (lambda: particle("MoO3", 20.0), "MoO3 is no fcc, hcp or bcc metal"),
        (lambda: particle("Na", 20.0), "no crystal is called 'Na'"),
        (lambda: particle("Mn", 20.0), "the crystal Mn is not shipped"),
        (lambda: particle("Ru", 0.0), "a diameter of 0.0 Angstrom was asked for.*6 to 80"),
        (lambda: particle("Ru", 1000.0), r"a diameter of 1000.0 Angstrom, some 3.9e\+07 atoms,"),
        (lambda: particle("Ru", float("nan")), "a diameter of nan Angstrom"),
        (lambda: particle("Ru", 20.0, centre="bond"), "the centre 'bond' is not known"),
        (lambda: particle("Ru", 20.0, shape="cube"), "the shape 'cube' is not known"),
        (lambda: particle("Ru", 20.0, fewest_neighbours=12), "12 neighbours were asked for"),
        (lambda: particle("Ru", 20.0, vacuum=-1.0), "the vacuum is -1 Angstrom"),
        (lambda: particle("Ru", 20.0, energies={(1, 0, 1): -1.0}), r"the surface energy of \(1, 0, 1\) is -1.0"),
        (lambda: particle("Ru", 20.0, energies={(1, 0, 0, 1): 1.0}), r"\(1, 0, 0, 1\) is no face"),
        (lambda: particle("Ru", 10.0, energies={(0, 0, 1): 1.0}), "no closed body of this size has such faces"),
        (lambda: alloy_particle(particle("Ru", 10.0), "Ru", 3), "Ru is there already"),
        (lambda: alloy_particle(particle("Ru", 10.0), "Co", 0), "0 of 31 atoms were to be replaced"),
        (lambda: alloy_particle(particle("Ru", 10.0), "Co", 3, where="edge"), "'edge' is not known"),
        (lambda: b5_share("Fe"), "Fe is bcc"),
        (lambda: b5_share("Ru", (20.0,)), "the ranges end at"),
        (lambda: b5_share("Ru", (10.0, 20.0), variation=2.0), "the variation is 2.0"),
        (lambda: b5_share("Ru", (10.0, 20.0), cuts=0), "1 samples and 0 cuts"),
    ],
)
def test_refusals(call, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()

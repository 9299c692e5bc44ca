"""B5 sites and C7 atoms: counts on faces where they follow from the lattice, invariance, access, placement."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from nrrsim.errors import InputError
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.motifs import B5Count, area_of, b5_sites, c7_atoms, coordination_numbers, count_b5
from nrrsim.structures.particles import particle
from nrrsim.structures.placement import place
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.steps import stepped_slab

# one edge atom in each cell of a vicinal face; fcc(110) is its own trough, whose two sides are {111}-like
PER_CELL = [
    ("Cu", (1, 1, 1), 5, B5Count(0, 0)),
    ("Cu", (1, 0, 0), 5, B5Count(0, 0)),
    ("Cu", (1, 1, 0), 7, B5Count(0, 1)),
    ("Cu", (3, 1, 1), 3, B5Count(1, 0)),
    ("Cu", (2, 1, 1), 3, B5Count(1, 0)),
    ("Cu", (3, 3, 1), 3, B5Count(0, 1)),
    ("Cu", (2, 2, 1), 3, B5Count(0, 1)),
    ("Ru", (0, 0, 1), 5, B5Count(0, 0)),
    ("Ru", (1, 0, 0), 4, B5Count(0, 0)),
    ("Ru", (1, 0, 1), 4, B5Count(0, 0)),
    ("Ru", (1, 0, 2), 4, B5Count(1, 0)),
]


@pytest.mark.parametrize(("host", "miller", "layers", "expected"), PER_CELL)
def test_b5_per_surface_cell(host: str, miller, layers: int, expected: B5Count) -> None:
    cell = surface_slab(host, miller, layers=layers)
    for repeats in (1, 2):
        slab = cell.repeat((repeats, repeats, 1))
        found = count_b5(slab)
        assert found == B5Count(repeats**2 * expected.fourfold, repeats**2 * expected.threefold)
        assert len(b5_sites(slab)) == found.total


def moved(atoms: Atoms, seed: int) -> Atoms:
    """The same structure turned, shifted and with its atoms in another order."""
    rng = np.random.default_rng(seed)
    turn = Rotation.random(random_state=seed).as_matrix()
    order = rng.permutation(len(atoms))
    return Atoms(
        atoms.numbers[order],
        positions=(atoms.positions @ turn.T + rng.uniform(-5, 5, 3))[order],
        cell=atoms.cell[:] @ turn.T,
        pbc=atoms.pbc,
    )


@pytest.mark.parametrize("seed", range(4))
def test_counts_do_not_depend_on_the_frame(seed: int) -> None:
    for atoms in (stepped_slab("Ru"), particle("Ru", 15.0, centre="octahedral"), particle("Ru", 14.0, shape="sphere")):
        other = moved(atoms, seed)
        assert count_b5(other) == count_b5(atoms)
        assert sorted(coordination_numbers(other)) == sorted(coordination_numbers(atoms))
    iron = surface_slab("Fe", (1, 1, 1), layers=12)
    assert sorted(atom.layer for atom in c7_atoms(moved(iron, seed))) == [2, 3]


def test_five_atoms_of_each_kind() -> None:
    """The square with its triangle and the two triangles at a corner, from their contacts alone."""
    slab = stepped_slab("Cu", length=3)
    for site in b5_sites(slab):
        gaps = np.linalg.norm(site.neighbour_positions[:, None] - site.neighbour_positions, axis=-1)
        contacts = (gaps > 0) & (gaps < 1.13 * gaps[gaps > 0].min())
        most = {"B5 fourfold": [2, 2, 2, 3, 3], "B5 threefold": [2, 2, 2, 2, 4]}[site.name]
        assert sorted(contacts.sum(axis=1)) == most
        top = slab.get_tags()[list(site.neighbours)]
        assert sorted(top) == [1, 1, 2, 2, 2]  # an edge of two above, three below
        assert_allclose(site.position, site.neighbour_positions.mean(axis=0), rtol=0, atol=1e-12)
        assert_allclose(np.abs(site.tangent), [1, 0, 0], rtol=0, atol=1e-9)  # the step runs along x
        assert site.normal @ site.tangent == pytest.approx(0, abs=1e-12)
        assert site.normal[2] > 0.7


@pytest.mark.parametrize("species", ["N", "N2", "NNH"])
def test_adsorbates_stand_at_the_step(species: str) -> None:
    slab = stepped_slab("Ru", length=3, width=6, removed=3)
    for site in {site.name: site for site in b5_sites(slab)}.values():
        covered = place(slab, site, species)
        assert closest_pair(covered[: len(slab)])[3] > 0.8
        first = covered.get_distances(len(slab), list(set(site.neighbours)), mic=True)
        assert first.min() < 2.4  # bound to one of the five: Ru-N is 2.17 as the sum of covalent radii


def test_sites_are_classed_by_symmetry() -> None:
    sites = b5_sites(stepped_slab("Ru", length=3))
    assert {site.name: site.multiplicity for site in sites} == {"B5 fourfold": 3, "B5 threefold": 3}
    assert len({site.orbit for site in sites}) == 2
    ball = particle("Ru", 15.0, centre="octahedral")
    sites = b5_sites(ball)
    assert len(sites) == 12
    assert all(site.kind == "face" and site.multiplicity == len(sites) for site in sites)


@pytest.mark.parametrize("height", [3.0, 5.5])
def test_a_covered_step_is_no_site(height: float) -> None:
    """An atom at the step, or further out in the way of nitrogen, closes the site under it."""
    slab = stepped_slab("Ru", length=4, width=6, removed=3)
    sites = b5_sites(slab)
    blocked = slab + Atoms("Ru", positions=[sites[0].position + height * sites[0].normal])
    left = [site.neighbours for site in b5_sites(blocked)]
    assert sites[0].neighbours not in left
    assert len(left) < len(sites)
    assert set(left) < {site.neighbours for site in sites}


def test_coordination_of_crystals_and_faces() -> None:
    inside = {"Cu": 12, "Ru": 12, "Fe": 8}
    faces = {"Cu": ((1, 1, 1), 9), "Ru": ((0, 0, 1), 9), "Fe": ((1, 0, 0), 4)}
    for metal, (miller, outer) in faces.items():
        numbers = coordination_numbers(surface_slab(metal, miller, layers=5))
        assert sorted(set(numbers.tolist())) == sorted({inside[metal], outer})


# second and third layer of (111), second of (211); the others have none: from the first shell of bcc alone
@pytest.mark.parametrize(
    ("miller", "layers", "expected"),
    [((1, 1, 1), 12, [2, 3]), ((2, 1, 1), 6, [2]), ((1, 0, 0), 8, []), ((2, 1, 0), 4, []), ((1, 1, 0), 6, [])],
)
def test_c7_on_the_faces_of_iron(miller, layers: int, expected: list[int]) -> None:
    for thickness in (layers, layers + 3):
        slab = surface_slab("Fe", miller, layers=thickness)
        found = c7_atoms(slab)
        assert sorted(atom.layer for atom in found) == expected
        for atom in found:
            assert coordination_numbers(slab)[atom.site.neighbours[0]] == 7
            assert atom.site.normal[2] > 0.9
            assert 0 < atom.openness < 0.5
    area = {(1, 1, 1): np.sqrt(3), (2, 1, 1): np.sqrt(1.5)}.get(miller)
    if area:
        assert area_of(slab) == pytest.approx(area * 2.87**2, rel=1e-12)  # a = 2.87 of the shipped crystal


def test_a_larger_probe_reaches_less() -> None:
    slab = surface_slab("Fe", (1, 1, 1), layers=12)
    small = {atom.site.neighbours: atom.openness for atom in c7_atoms(slab, probe="H")}
    large = {atom.site.neighbours: atom.openness for atom in c7_atoms(slab, probe="N")}
    assert set(large) <= set(small)
    assert all(large[atom] < small[atom] for atom in large)
    assert c7_atoms(slab, probe="Cs") == ()


def test_particles_have_no_layers() -> None:
    """Truncating an iron particle by {111} and {211} shows C7 atoms, its dodecahedron of {110} does not."""
    assert c7_atoms(particle("Fe", 15.0)) == ()
    rough = c7_atoms(particle("Fe", 20.0, energies={(1, 1, 1): 1.0}, fewest_neighbours=0))
    assert rough
    assert {atom.layer for atom in rough} == {None}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: count_b5(bulk("Cu", cubic=True)), "the structure has no surface"),
        (lambda: count_b5(Atoms("Cu")), "one atom alone has no neighbours"),
        (lambda: c7_atoms(surface_slab("Fe", (1, 1, 0)), probe="Qq"), "'Qq' is not an element"),
        (lambda: area_of(particle("Cu", 10.0)), "the structure has no plane"),
    ],
)
def test_refusals(call, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()

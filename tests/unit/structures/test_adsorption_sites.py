"""Symmetry and adsorption sites: which sites each surface has, however it is turned, cut, moved or numbered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, bcc100, bcc110, fcc100, fcc110, fcc111, hcp0001
from ase.cluster import Icosahedron, Octahedron
from ase.data import covalent_radii
from scipy.spatial.transform import Rotation

from nrrsim.errors import InputError
from nrrsim.structures.clusters import m2, m3, m4, m13, octahedron
from nrrsim.structures.crystals import crystal
from nrrsim.structures.placement import place
from nrrsim.structures.sites import adsorption_sites, all_sites
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.symmetry import orbits, symmetry

SLABS: dict[str, tuple[Callable[[], Atoms], list[str]]] = {
    "fcc111": (lambda: fcc111("Rh", (1, 1, 4), vacuum=8), ["bridge", "fcc hollow", "hcp hollow", "top"]),
    "hcp0001": (lambda: hcp0001("Ru", (1, 1, 4), vacuum=8), ["bridge", "fcc hollow", "hcp hollow", "top"]),
    "fcc100": (lambda: fcc100("Rh", (1, 1, 4), vacuum=8), ["bridge", "fourfold hollow", "top"]),
    "bcc100": (lambda: bcc100("Fe", (1, 1, 4), vacuum=8), ["bridge", "fourfold hollow", "top"]),
    "bcc110": (lambda: bcc110("Fe", (1, 1, 4), vacuum=8), ["hollow", "long bridge", "short bridge", "top"]),
    "fcc110": (lambda: fcc110("Rh", (1, 1, 5), vacuum=8), ["fourfold hollow", "long bridge", "short bridge", "top"]),
}
CLUSTERS: dict[str, tuple[Callable[[], Atoms], list[int], int]] = {  # builder, sites in each class, operations
    "dimer": (lambda: m2("Co"), [2, 1], 2),
    "triangle": (lambda: m3("Ru"), [3, 3, 1], 6),
    "mixed triangle": (lambda: m3(("Co", "Ru", "Ru")), [2, 1, 2, 1, 1], 2),
    "line": (lambda: m3("Ru", shape="linear"), [1, 2, 2], 2),
    "tetrahedron": (lambda: m4("Ru"), [4, 6, 4], 24),
    "capped triangle": (lambda: m4(("Rh", "Co", "Co", "Co")), [1, 3, 3, 3, 3, 1], 6),
    "rhombus": (lambda: m4("Ru", shape="rhombus"), [2, 2, 1, 4, 2], 4),
    "octahedron": (lambda: octahedron("Ru"), [6, 12, 8], 48),
    "substituted octahedron": (lambda: octahedron("Ru", substitute="Nb"), [1, 1, 4, 4, 4, 4, 4, 4], 8),
    "icosahedron": (lambda: m13("Fe"), [12, 30, 20], 120),
    "icosahedron, other centre": (lambda: m13("Fe", centre="Mo"), [12, 30, 20], 120),
    "icosahedron, other vertex": (
        lambda: m13("Fe", shell_substitute="Nb"),
        [1, 1, 5, 5, 5, 5, 5, 5, 10, 5, 5, 5, 5],
        10,
    ),
    "cuboctahedron": (lambda: Octahedron("Rh", 3, cutoff=1), [12, 24, 8, 6], 48),
}


def density(atoms: Atoms) -> dict[str, float]:
    """Sites of each name per surface atom."""
    sites = all_sites(atoms)
    tops = sum(site.kind == "top" for site in sites)
    counts = Counter(site.name for site in sites)
    return {name: count / tops for name, count in counts.items()}


def changed(atoms: Atoms, rng: np.random.Generator) -> Atoms:
    """The same structure turned, moved, wrapped where it is periodic, and renumbered."""
    new = atoms.copy()
    angle, axis = rng.uniform(0, 360), rng.normal(size=3)
    new.rotate(angle, axis, rotate_cell=True)
    new.translate(rng.uniform(-20, 20, size=3))
    new.wrap()
    return new[rng.permutation(len(new))]


@pytest.mark.parametrize("name", SLABS)
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (2, 2), (3, 4)])
def test_slab_has_its_sites_in_every_supercell(name: str, size: tuple[int, int]) -> None:
    build, expected = SLABS[name]
    primitive, repeated = build(), build() * (*size, 1)
    assert sorted(site.name for site in adsorption_sites(repeated)) == expected
    assert density(repeated) == density(primitive)
    assert len(symmetry(repeated)) == len(symmetry(primitive))


@pytest.mark.parametrize("name", SLABS)
def test_slab_sites_do_not_depend_on_the_description(name: str) -> None:
    rng = np.random.default_rng(11)
    build, expected = SLABS[name]
    slab = build() * (2, 2, 1)
    slab.pbc = True
    for vacuum in (3.0, 7.0, 20.0):
        slab.center(vacuum=vacuum, axis=2)
        moved = changed(slab, rng)
        assert sorted(site.name for site in adsorption_sites(moved)) == expected
        assert density(moved) == density(slab)


def test_other_cell_of_the_same_slab() -> None:
    """A rectangular cell lacks the threefold axis; the layer does not."""
    slab = fcc111("Rh", (2, 4, 3), orthogonal=True, vacuum=6)
    assert density(slab) == {"top": 1, "bridge": 3, "fcc hollow": 1, "hcp hollow": 1}
    assert len(symmetry(slab)) == 6
    sheared = fcc111("Rh", (2, 2, 3), vacuum=6)
    sheared.set_cell(sheared.cell.array + np.outer([0, 1, 0], 2 * sheared.cell.array[0]))
    assert density(sheared) == density(slab)


@pytest.mark.parametrize("name", CLUSTERS)
def test_cluster_has_its_sites_however_it_is_described(name: str) -> None:
    rng = np.random.default_rng(7)
    build, expected, operations = CLUSTERS[name]
    atoms = build()
    names = Counter(site.name for site in all_sites(atoms))
    for trial in range(4):
        moved = atoms.copy() if trial == 0 else changed(atoms, rng)
        if trial == 3:
            moved.center(vacuum=5.0)
            moved.pbc = True
            moved.translate([1.0, -9.0, 4.0])
            moved.wrap()
        sites = adsorption_sites(moved)
        assert sorted(expected) == sorted(site.multiplicity for site in sites)
        assert sorted(names.values()) == sorted(Counter(site.name for site in all_sites(moved)).values())
        assert len(symmetry(moved)) == operations
        assert len({site.name for site in sites}) == len(sites)


@pytest.mark.parametrize("name", CLUSTERS)
def test_cluster_operations_map_the_cluster_on_itself(name: str) -> None:
    atoms = CLUSTERS[name][0]()
    found = symmetry(atoms)
    np.testing.assert_array_equal(found.permutations[0], range(len(atoms)))
    for R, t, permutation in zip(found.rotations, found.translations, found.permutations, strict=True):
        np.testing.assert_allclose(R @ R.T, np.eye(3), rtol=0, atol=1e-10)
        np.testing.assert_allclose(atoms.positions @ R.T + t, atoms.positions[permutation], rtol=0, atol=1e-8)
        assert np.all(atoms.numbers == atoms.numbers[permutation])
    table = {tuple(p) for p in found.permutations}
    assert all(tuple(a[b]) in table for a in found.permutations for b in found.permutations[:10])  # a group


@pytest.mark.parametrize(("name", "order"), [("fcc111", 6), ("fcc100", 8), ("bcc110", 4), ("hcp0001", 6)])
def test_slab_operations(name: str, order: int) -> None:
    slab = SLABS[name][0]() * (3, 2, 1)
    found, both = symmetry(slab), symmetry(slab, flips=True)
    assert (len(found), len(both)) == (order, 2 * order)
    positions = slab.positions[both.atoms]
    to_cell = np.linalg.pinv(both.lattice)
    for R, t, permutation in zip(both.rotations, both.translations, both.permutations, strict=True):
        offsets = positions @ R.T + t - positions[permutation]
        offsets -= np.rint(offsets @ to_cell) @ both.lattice
        np.testing.assert_allclose(offsets, 0, rtol=0, atol=1e-6)
    up = np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(found.rotations @ up, np.tile(up, (order, 1)), rtol=0, atol=1e-9)


def test_orbits_of_points_follow_the_operations() -> None:
    """Points made from one by all operations are one class; a random other is not."""
    rng = np.random.default_rng(3)
    for atoms in (m13("Fe"), m3("Ru"), fcc111("Rh", (2, 2, 3), vacuum=7), octahedron("Ru", substitute="Hf")):
        found = symmetry(atoms)
        start = atoms.positions.mean(axis=0) + rng.uniform(0.7, 1.5, size=3)
        points = np.vstack([found.rotations @ start + found.translations, start + np.array([0.3, 0.1, 0.4])])
        assert orbits(points, atoms).tolist() == [0] * len(found) + [1]


def test_small_displacements_keep_the_classes_and_large_ones_part_them() -> None:
    rng = np.random.default_rng(5)
    square = fcc100("Rh", (3, 3, 3), vacuum=7)
    square.positions += rng.uniform(-0.01, 0.01, size=square.positions.shape)
    assert len(adsorption_sites(square)) == 3  # no diagonal bridge in a hollow that is nearly square
    slab = fcc111("Rh", (2, 2, 3), vacuum=7)
    slab.positions += rng.uniform(-0.01, 0.01, size=slab.positions.shape)
    assert len(adsorption_sites(slab)) == 4
    slab.positions[-1] += [0.3, 0.0, 0.2]
    assert len(adsorption_sites(slab)) > 4


def test_an_adsorbate_breaks_the_symmetry() -> None:
    slab = fcc111("Rh", (2, 2, 3), vacuum=7)
    add_adsorbate(slab, "N", 1.2, "fcc")
    assert len(adsorption_sites(slab, surface_atoms=range(8, 12))) > 4


def test_a_dopant_names_the_sites_around_it() -> None:
    slab = fcc111("Ag", (3, 3, 3), vacuum=7)
    slab.symbols[-5] = "Mo"
    names = {site.name for site in adsorption_sites(slab)}
    assert {"top Mo", "bridge Ag-Mo", "fcc hollow Ag-Ag-Mo", "hcp hollow Ag-Ag-Mo"} <= names
    (only,) = adsorption_sites(slab, surface_atoms=[22])
    np.testing.assert_allclose(only.position, slab.positions[22], rtol=0, atol=1e-10)
    np.testing.assert_allclose(only.normal, [0, 0, 1], rtol=0, atol=1e-12)


def test_a_cluster_on_a_slab_is_a_cluster() -> None:
    """A triangle on a large (111) cell, cut by the cell's edge: its own sites, seen from above."""
    slab = fcc111("Ag", (4, 4, 2), vacuum=9)
    hollows = [s for s in all_sites(slab) if s.name == "fcc hollow"]
    corner = min(hollows, key=lambda s: np.linalg.norm(s.position[:2]))
    triangle = m3("Ru")
    triangle.translate(corner.position + np.array([0, 0, 2.3]) - triangle.positions.mean(axis=0))
    supported = slab + triangle
    supported.wrap()
    sites = adsorption_sites(supported, surface_atoms=[32, 33, 34])
    assert Counter(site.kind for site in sites)["face"] == 1
    assert sum(s.multiplicity for s in sites) == 7
    face = sites[-1]
    np.testing.assert_allclose(face.normal, [0, 0, 1], rtol=0, atol=1e-9)
    raised = adsorption_sites(supported, surface_atoms=[32, 33, 34], up=(0, 0, 2))
    np.testing.assert_allclose([s.normal for s in raised], np.tile([0.0, 0, 1], (len(raised), 1)), atol=1e-12)


@pytest.mark.parametrize("build", [case[0] for case in [*SLABS.values(), *CLUSTERS.values()]])
def test_a_site_stands_on_its_neighbours_and_looks_out(build: Callable[[], Atoms]) -> None:
    atoms = build()
    middle = atoms.positions.mean(axis=0)
    for site in all_sites(atoms):
        np.testing.assert_allclose(site.position, site.neighbour_positions.mean(axis=0), rtol=0, atol=1e-9)
        np.testing.assert_allclose([np.linalg.norm(site.normal), np.linalg.norm(site.tangent)], 1, rtol=1e-9)
        assert abs(site.normal @ site.tangent) < 1e-9
        assert len(site.neighbours) == {"top": 1, "bridge": 2}.get(site.kind, len(site.neighbours))
        assert site.normal @ (site.position - middle) > -1e-6
        lengths = np.linalg.norm(site.neighbour_positions - site.position, axis=1)
        assert lengths.max() < 1.25 * lengths.min() + 1e-9


@pytest.mark.parametrize(
    "build",
    [
        lambda: m4("Ru"),
        lambda: octahedron("Ru"),
        lambda: m13("Fe"),
        lambda: Octahedron("Rh", 3, cutoff=1),
        lambda: Octahedron("Rh", 5, cutoff=2),
        lambda: Icosahedron("Rh", 3),
    ],
)
def test_a_closed_surface_obeys_euler(build: Callable[[], Atoms]) -> None:
    """Vertices less edges plus faces are two, square faces counted as one."""
    kinds = Counter(site.kind for site in all_sites(build()))
    assert kinds["top"] - kinds["bridge"] + kinds["face"] == 2


@pytest.mark.parametrize("name", SLABS)
def test_a_periodic_layer_obeys_euler(name: str) -> None:
    """On a torus they add up to zero."""
    kinds = Counter(site.kind for site in all_sites(SLABS[name][0]() * (2, 3, 1)))
    assert kinds["top"] - kinds["bridge"] + kinds["hollow"] == 0


def test_relaxed_shapes_keep_every_atom() -> None:
    """A bent rhombus is a sheet; an atom that hangs on a cluster keeps its top and its bridge."""
    bent = m4("Ru", shape="rhombus")
    bent.positions[2:, 2] += 0.7
    assert [s.multiplicity for s in adsorption_sites(bent)] == [2, 2, 1, 4, 2]
    hanging = octahedron("Ru")
    top = hanging.positions[0] + 2.65 * np.array([1.0, 0, 0])
    hanging = hanging + Atoms("Ru", positions=[top])
    sites = adsorption_sites(hanging)
    assert sum(s.multiplicity for s in sites if s.kind == "top") == 7
    assert sum(s.multiplicity for s in sites if s.kind == "bridge") == 13
    assert any(np.allclose(s.position, top) and np.allclose(s.normal, [1, 0, 0], atol=1e-6) for s in sites)


def test_normals_turn_with_a_cluster() -> None:
    atoms = m13("Fe")
    turn = Rotation.from_rotvec([0.3, -1.1, 0.6]).as_matrix()
    turned = atoms.copy()
    turned.positions = atoms.positions @ turn.T
    for before, after in zip(all_sites(atoms), all_sites(turned), strict=True):
        assert before.kind == after.kind
    before_, after_ = (np.array([s.normal for s in all_sites(a)]) for a in (atoms, turned))
    assert all(np.abs(after_ - turn @ normal).max(axis=1).min() < 1e-8 for normal in before_)


@pytest.mark.parametrize("repeat", [(1, 1, 1), (1, 2, 1)])
def test_a_crystal_s_operations_map_it_on_itself(repeat: tuple[int, int, int]) -> None:
    """Rock salt has 48 x 4 operations in its cubic cell; a doubled cell keeps those of a tetragonal holohedry."""
    atoms = crystal("MgO").repeat(repeat)
    atoms.positions += [0.3, -0.7, 1.1]
    found = symmetry(atoms)
    assert len(found) == (192 if repeat == (1, 1, 1) else 16 * 8)
    np.testing.assert_allclose(found.rotations[0], np.eye(3), atol=1e-12)
    for rotation, translation, permutation in zip(found.rotations, found.translations, found.permutations, strict=True):
        fractions = (atoms.positions @ rotation.T + translation - atoms.positions[permutation]) @ np.linalg.inv(
            atoms.cell[:]
        )
        np.testing.assert_allclose(fractions, np.rint(fractions), atol=1e-6)
        assert (atoms.numbers[permutation] == atoms.numbers).all()


def test_an_atom_in_a_pore_looks_to_its_open_side() -> None:
    """Beside a wall of MgO with a slit of 4 Angstrom, too narrow for a vacuum, the open side is away from the wall."""
    wall = crystal("MgO").repeat((2, 2, 1))
    wall.cell[2, 2] += 3.0  # a gap of 4.1 + 1 Angstrom less than VACUUM_GAP
    atoms = wall.copy()
    top = int(np.argmax(atoms.positions[:, 2] - 1e-3 * np.arange(len(atoms))))
    (site,) = adsorption_sites(atoms, surface_atoms=[top])
    assert site.kind == "top"
    assert site.normal[2] > 0.99
    covered = place(atoms, site, "H")
    radii = covalent_radii[[12, 1]].sum()
    assert covered.get_distance(top, -1, mic=True) == pytest.approx(radii, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: adsorption_sites(Atoms("Ru", cell=[3, 3, 3], pbc=True)), "no surface of its own.*cut a slab"),
        (lambda: adsorption_sites(Atoms("Ru", cell=[3, 20, 20], pbc=True)), "periodic in one direction.*ribbon"),
        (lambda: adsorption_sites(Atoms()), "has no atoms"),
        (lambda: adsorption_sites(m3("Ru"), surface_atoms=[3]), "not all among the 3 atoms"),
        (lambda: adsorption_sites(m3("Ru"), surface_atoms=[]), "not all among the 3 atoms"),
    ],
)
def test_refusals(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()


def plain_density(atoms: Atoms, cells: int) -> dict[str, list[float]]:
    """Sites per cell of each class of a name, which equal names with other numbers share."""
    counts: dict[str, Counter[int]] = {}
    for site in all_sites(atoms):
        counts.setdefault(site.name.rstrip(" 0123456789"), Counter())[site.orbit] += 1
    return {name: sorted(n / cells for n in found.values()) for name, found in counts.items()}


@pytest.mark.parametrize(
    ("host", "miller", "layers"), [("Al2O3", (0, 0, 0, 1), 1), ("TiO2", (1, 1, 0), 2), ("CoO", (0, 1, 1), 2)]
)
def test_sites_of_an_oxide_do_not_depend_on_cell_place_and_numbers(
    host: str, miller: tuple[int, ...], layers: int
) -> None:
    rng = np.random.default_rng(17)
    primitive = surface_slab(host, miller, layers=layers)
    expected = plain_density(primitive, 1)
    for size in ((1, 1), (2, 1), (2, 2)):
        slab = primitive * (*size, 1)
        assert plain_density(slab, size[0] * size[1]) == expected
        slab.translate(rng.uniform(-9, 9, size=3))
        slab.wrap()
        assert plain_density(slab[rng.permutation(len(slab))], size[0] * size[1]) == expected


def test_an_atom_straight_under_another_is_not_exposed() -> None:
    """Under each top Al of alumina stands one 3.8 Angstrom lower: both at one place of the plane."""
    slab = surface_slab("Al2O3", (0, 0, 0, 1), layers=1)
    aluminium = {i for site in all_sites(slab) for i in site.neighbours if slab.symbols[i] == "Al"}
    places = np.round(slab.get_scaled_positions()[sorted(aluminium), :2] % 1.0, 3)
    assert len(np.unique(places, axis=0)) == len(places)

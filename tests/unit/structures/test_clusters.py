"""Free clusters: sizes, distances, metals, moments, boxes and the sentences that refuse."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from ase import Atoms
from ase.io import read, write

from nrrsim.errors import InputError
from nrrsim.structures.clusters import D_BLOCK, bond_length, initial_moment, m2, m3, m4, m10, m13, m19, octahedron
from nrrsim.structures.record import record_of

# nearest-neighbour distances, C. Kittel, Introduction to Solid State Physics, table of the elements [Angstrom]
KITTEL = {"Fe": 2.48, "Ru": 2.65, "Co": 2.50, "Rh": 2.69, "Mo": 2.72, "Nb": 2.86, "Y": 3.55, "Ti": 2.89, "Cu": 2.56}


def edges(atoms: Atoms) -> np.ndarray:
    distances = atoms.get_all_distances()
    return distances[np.triu_indices(len(atoms), 1)]


@pytest.mark.parametrize(("metal", "expected"), KITTEL.items())
def test_bond_length_is_that_of_the_crystal(metal: str, expected: float) -> None:
    np.testing.assert_allclose(bond_length(metal), expected, rtol=0, atol=0.02)  # Kittel's constants have two decimals


@pytest.mark.parametrize("metal", D_BLOCK)
def test_every_transition_metal_has_each_cluster(metal: str) -> None:
    length = bond_length(metal)
    assert 2.2 < length < 3.9
    np.testing.assert_allclose(edges(m2(metal)), length, rtol=1e-12)
    np.testing.assert_allclose(edges(m3(metal)), length, rtol=1e-12)
    np.testing.assert_allclose(edges(m4(metal)), length, rtol=1e-12)
    np.testing.assert_allclose(np.sort(edges(m3(metal, shape="linear"))), [length, length, 2 * length], rtol=1e-12)
    np.testing.assert_allclose(np.sort(edges(octahedron(metal)))[:12], length, rtol=1e-12)
    np.testing.assert_allclose(np.sort(edges(m13(metal)))[:42].mean(), length, rtol=1e-12)


def test_rhombus() -> None:
    np.testing.assert_allclose(np.sort(edges(m4("Ru", shape="rhombus")))[:5], bond_length("Ru"), rtol=1e-12)
    np.testing.assert_allclose(edges(m4("Ru", shape="rhombus")).max(), sqrt(3) * bond_length("Ru"), rtol=1e-12)


def test_icosahedron_has_twelve_radial_bonds_and_thirty_edges() -> None:
    atoms = m13("Nb", centre="Mo", shell_substitute="Fe")
    assert atoms.get_chemical_symbols() == ["Mo", "Fe", *["Nb"] * 11]
    radial = atoms.get_distances(0, range(1, 13))
    np.testing.assert_allclose(radial, radial[0], rtol=1e-12)
    shell = edges(atoms[1:])
    assert np.sum(np.isclose(shell, shell.min())) == 30
    np.testing.assert_allclose(radial[0] / shell.min(), 0.9510565, rtol=1e-7)  # sin(2 pi / 5)
    assert record_of(atoms).active_atoms == tuple(range(1, 13))


@pytest.mark.parametrize(("build", "size", "bonds"), [(m10, 10, 24), (m19, 19, 60)])
@pytest.mark.parametrize("metal", ["Ru", "Co", "La"])
def test_close_packed_pieces(build, size: int, bonds: int, metal: str) -> None:
    atoms = build(metal)
    lengths = edges(atoms)
    assert len(atoms) == size
    assert np.sum(np.isclose(lengths, bond_length(metal))) == bonds
    np.testing.assert_allclose(lengths.min(), bond_length(metal), rtol=1e-12)


def test_octahedron_of_nineteen_has_corners_edges_and_a_centre() -> None:
    atoms = m19("Ru", moments="ferromagnetic")
    bonded = np.isclose(atoms.get_all_distances(), bond_length("Ru")).sum(axis=1)
    assert bonded[0] == 12
    assert sorted(bonded[1:]) == [4] * 6 + [7] * 12
    assert record_of(atoms).active_atoms == tuple(range(1, 19))
    np.testing.assert_array_equal(atoms.get_initial_magnetic_moments(), initial_moment("Ru"))


@pytest.mark.parametrize("metal", ["Fe", "Co", "Rh", "Os", "Ir", "Sc", "Ti", "Y", "Zr", "Nb", "La", "Hf", "Ta"])
def test_a_larger_metal_sits_further_out_of_the_octahedron(metal: str) -> None:
    atoms = octahedron("Ru", substitute=metal)
    expected = max(bond_length("Ru"), (bond_length("Ru") + bond_length(metal)) / 2)
    np.testing.assert_allclose(np.sort(atoms.get_distances(0, range(1, 6)))[:4], expected, rtol=1e-9)
    np.testing.assert_allclose(np.sort(edges(atoms[1:]))[:8], bond_length("Ru"), rtol=1e-12)


def test_a_larger_metal_sits_further_out_of_the_icosahedron() -> None:
    plain, atoms = m13("Fe"), m13("Fe", shell_substitute="Nb")
    near = [np.sort(one.get_distances(1, [0, *range(2, 13)]))[:6].mean() for one in (plain, atoms)]
    np.testing.assert_allclose(near[1] - near[0], (bond_length("Nb") - bond_length("Fe")) / 2, rtol=1e-9)


def test_mixed_metals_touch_as_spheres_do() -> None:
    atoms = m4(("Rh", "Co", "Co", "Co"))
    mixed = (bond_length("Rh") + bond_length("Co")) / 2
    np.testing.assert_allclose(atoms.get_distances(0, [1, 2, 3]), mixed, rtol=1e-12)
    np.testing.assert_allclose(edges(atoms[1:]), bond_length("Co"), rtol=1e-12)
    assert octahedron("Ru", substitute="Hf").get_chemical_formula() == "HfRu5"


def test_box_and_record_survive_extxyz(tmp_path) -> None:
    atoms = m3(("Co", "Ru", "Ru"), vacuum=6.0, moments="ferromagnetic")
    assert not atoms.pbc.any()
    lower, upper = atoms.positions.min(axis=0), atoms.cell.lengths() - atoms.positions.max(axis=0)
    np.testing.assert_allclose([lower, upper], 6.0, rtol=0, atol=1e-12)
    write(tmp_path / "m3.extxyz", atoms)
    entry = record_of(read(tmp_path / "m3.extxyz"))
    assert entry == record_of(atoms)
    assert entry.what == "CoRu2 triangle of three"
    assert entry.active_atoms == (0, 1, 2)
    assert "ase.data" in entry.source


@pytest.mark.parametrize(
    ("metal", "moment"),
    {"Sc": 2, "V": 4, "Cr": 5, "Mn": 4, "Fe": 3, "Co": 2, "Ni": 1, "Zn": 0, "Mo": 2.5, "Ru": 1.5, "La": 1, "Hf": 1.5,
     "Re": 2, "Ir": 1, "Hg": 0}.items(),
)  # fmt: skip
def test_moment_by_the_d_count(metal: str, moment: float) -> None:
    assert initial_moment(metal) == moment
    np.testing.assert_array_equal(m2(metal, moments="ferromagnetic").get_initial_magnetic_moments(), moment)


def test_moments_as_given_or_none() -> None:
    np.testing.assert_array_equal(m2("Fe", moments=[3, -3]).get_initial_magnetic_moments(), [3, -3])
    assert not m2("Fe").has("initial_magmoms")


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: m2("Al"), "'Al' is not a d-block metal"),
        (lambda: m13("Fe", centre="Qq"), "'Qq' is not an element"),
        (lambda: octahedron("Ru", substitute="Si"), "'Si' is not a d-block metal"),
        (lambda: m3(("Fe", "Co")), "found 2 metals for a cluster of 3 atoms.*give one metal or 3"),
        (lambda: m3("Fe", shape="square"), "the shape 'square' is not known"),
        (lambda: m2("Fe", moments=[1]), "found 1 moments for 2 atoms"),
        (lambda: m2("Fe", moments="antiferro"), "'antiferro' are not known.*'ferromagnetic'"),
        (lambda: m13("Fe", centre="La"), "La and Fe come to 0.71 sums of covalent radii.*similar size"),
        (lambda: m19("Si"), "'Si' is not a d-block metal"),
        (lambda: m2("Fe", vacuum=-1), "the vacuum is -1 Angstrom"),
    ],
)
def test_refusals(build, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        build()

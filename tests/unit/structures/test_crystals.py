"""Shipped crystals against the bond lengths, coordinations and densities that are known of them."""

from __future__ import annotations

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.neighborlist import neighbor_list
from pymatgen.core import Element

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal, crystal_names, entry_of, metal_lattice, missing_crystals
from nrrsim.structures.record import record_of
from nrrsim.units import ANGSTROM, ATOMIC_MASS

GRAM_PER_CM3 = 1e3  # [kg/m3]


def shells(atoms: Atoms, centre: str, ligand: str, reach: float) -> list[list[float]]:
    """Sorted distances from each centre to its ligands within reach."""
    i, j, d = neighbor_list("ijd", atoms, reach)
    ligands = np.array([symbol == ligand for symbol in atoms.symbols])
    return [sorted(d[(i == k) & ligands[j]]) for k in np.flatnonzero(atoms.symbols == centre)]


def density(atoms: Atoms) -> float:
    """[g/cm3]."""
    return atoms.get_masses().sum() * ATOMIC_MASS / (atoms.get_volume() * ANGSTROM**3) / GRAM_PER_CM3


def test_alpha_moo3_has_its_six_bonds() -> None:
    """Three kinds of oxygen: one short bond, a short and a long one, two equal and a long one."""
    expected = [1.671, 1.733, 1.948, 1.948, 2.252, 2.332]
    for lengths in shells(crystal("MoO3"), "Mo", "O", 2.6):
        np.testing.assert_allclose(lengths, expected, atol=0.01)


@pytest.mark.parametrize(
    ("name", "centre", "ligand", "reach", "neighbours", "length", "tolerance"),
    [
        # the shipped refinement of MoO2 has coordinates to 0.01: lengths scatter by 0.1 about 2.0
        ("MoO2", "Mo", "O", 2.5, 6, 2.01, 0.12),
        ("MoS2", "Mo", "S", 2.8, 6, 2.366, 0.001),
        ("Mo2C", "C", "Mo", 2.5, 6, 2.10, 0.01),
        ("Mo2C", "Mo", "C", 2.5, 3, 2.10, 0.01),
        ("Mo2N", "N", "Mo", 2.5, 6, 2.09, 0.03),
        ("CeO2", "Ce", "O", 2.8, 8, 5.40972 * 3**0.5 / 4, 1e-6),
        ("CeO2", "O", "Ce", 2.8, 4, 5.40972 * 3**0.5 / 4, 1e-6),
        ("CoO", "Co", "O", 2.5, 6, 4.2615 / 2, 1e-6),
        ("MgO", "Mg", "O", 2.5, 6, 4.2136 / 2, 1e-6),
        ("Al2O3", "Al", "O", 2.5, 6, 1.914, 0.062),  # 1.854 three times and 1.973 three times
        ("Al2O3", "O", "Al", 2.5, 4, 1.914, 0.062),
        ("Ca2NH", "N", "Ca", 2.9, 6, 2.444, 0.002),
        ("Ca2NH", "H", "Ca", 2.9, 6, 2.683, 0.002),
        ("Ru", "Ru", "Ru", 2.9, 12, 2.673, 0.028),  # 2.646 six times and 2.700 six times
        ("Co", "Co", "Co", 2.9, 12, 2.505, 0.01),
        ("Fe", "Fe", "Fe", 2.7, 8, 2.87 * 3**0.5 / 2, 1e-6),
        ("Cu", "Cu", "Cu", 3.0, 12, 3.61 / 2**0.5, 1e-6),
        ("Ag", "Ag", "Ag", 3.3, 12, 4.09 / 2**0.5, 1e-6),
        ("Au", "Au", "Au", 3.3, 12, 4.08 / 2**0.5, 1e-6),
    ],
)
def test_coordination(
    name: str, centre: str, ligand: str, reach: float, neighbours: int, length: float, tolerance: float
) -> None:
    found = shells(crystal(name), centre, ligand, reach)
    assert {len(lengths) for lengths in found} == {neighbours}
    np.testing.assert_allclose(np.concatenate(found), length, rtol=0, atol=tolerance)


def test_moo2_has_its_pairs_of_metal() -> None:
    """The short Mo-Mo distance of the distorted rutile, 2.51 Angstrom."""
    assert {len(lengths) for lengths in shells(crystal("MoO2"), "Mo", "Mo", 2.8)} == {1}
    np.testing.assert_allclose(shells(crystal("MoO2"), "Mo", "Mo", 2.8), 2.51, rtol=0, atol=0.01)


@pytest.mark.parametrize(
    ("name", "known"),
    [  # [g/cm3]; compounds: as given in encyclopedias' entries on them, CeO2 by the SSHADE data base, MgO by AMCSD
        ("MoO3", 4.70),
        ("MoO2", 6.47),
        ("CoO", 6.44),
        ("CeO2", 7.215),
        ("MgO", 3.579),
        # metals: the elements' table that pymatgen ships
        *((metal, Element(metal).density_of_solid / 1e3) for metal in ("Ru", "Fe", "Co", "Ag", "Cu", "Au")),
    ],
)
def test_density(name: str, known: float) -> None:
    np.testing.assert_allclose(density(crystal(name)), known, rtol=0.02)


def test_corundum_has_the_volume_and_the_formula_units_of_its_source() -> None:
    assert crystal("Al2O3").get_chemical_formula() == "Al12O18"
    np.testing.assert_allclose(crystal("Al2O3").get_volume(), 255.1, atol=0.05)


@pytest.mark.parametrize("name", crystal_names())
@pytest.mark.filterwarnings("ignore:.*OLD_ERROR_HANDLING:DeprecationWarning")  # spglib's own notice
def test_space_group_is_the_one_of_the_entry(name: str) -> None:
    """Expansion and setting are right: spglib, which knows neither, finds the group again."""
    atoms = crystal(name)
    found = spglib.get_symmetry_dataset((atoms.cell[:], atoms.get_scaled_positions(), atoms.numbers), symprec=1e-3)
    assert found is not None
    assert found.number == entry_of(name)["space_group"]["number"]


@pytest.mark.parametrize("name", crystal_names())
def test_every_crystal_has_a_record_with_a_source(name: str) -> None:
    atoms = crystal(name)
    record = record_of(atoms)
    assert record.source
    assert record.parameters == {"name": name}
    assert record.active_atoms == ()
    assert atoms.pbc.all()
    assert set(atoms.info) == {"nrrsim"}


def test_metals_say_their_lattice() -> None:
    assert [metal_lattice(name) for name in ("Cu", "Fe", "Ru")] == ["fcc", "bcc", "hcp"]
    assert metal_lattice("MoO3") is None


def test_missing_crystals_say_why() -> None:
    missing = missing_crystals()
    assert {"1T-MoS2", "theta-Al2O3", "BaCeO3", "Sm2O3", "g-C3N4", "MFI"} <= set(missing)
    assert not set(missing) & set(crystal_names())
    with pytest.raises(InputError, match=r"not shipped: the lattice is known.*Remedy: read a published structure"):
        crystal("Sm2O3")


def test_an_unknown_crystal_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no crystal is called 'Mo03'.*did you mean 'MoO3'"):
        crystal("Mo03")

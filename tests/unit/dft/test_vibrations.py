"""Vibrations: against ase, against laws, and imaginary modes followed."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc100, fcc111, molecule
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.vibrations import Vibrations

from nrrsim.dft.run import run
from nrrsim.dft.settings import settings
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import checked_indices, modes, pushed
from nrrsim.errors import InputError
from nrrsim.structures.placement import place
from nrrsim.structures.sites import adsorption_sites
from nrrsim.units import INVERSE_CM


def nitrogen_on_copper() -> Atoms:
    slab: Atoms = fcc111("Cu", (2, 2, 2), vacuum=6.0)
    add_adsorbate(slab, "N", 1.3, "fcc")
    slab.set_constraint(FixAtoms(range(8)))
    return slab


def copper_on_a_bridge() -> Atoms:
    slab: Atoms = fcc100("Cu", (2, 2, 3), vacuum=6.0)
    add_adsorbate(slab, "Cu", 2.0, "bridge")
    slab.set_constraint(FixAtoms(range(12)))
    return slab


def relaxed(atoms: Atoms, folder: Path) -> Atoms:
    return run(Task("relax", atoms, settings("emt"), options={"fmax": 1e-4}), folder / "relaxed").atoms


@pytest.mark.parametrize("chosen", [[8], [6, 8]], ids=["adsorbate", "adsorbate and a fixed neighbour"])
def test_wavenumbers_are_those_of_ase(tmp_path: Path, chosen: list[int]) -> None:
    atoms = relaxed(nitrogen_on_copper(), tmp_path)
    record = run(Task("vibrations", atoms, settings("emt"), options={"indices": chosen}), tmp_path / "v")
    free = atoms.copy()
    free.set_constraint()
    free.calc = EMT()
    theirs = Vibrations(free, indices=chosen, name=str(tmp_path / "ase"), delta=0.01)
    theirs.run()
    energies = theirs.get_energies()
    expected = np.sort(energies.real - energies.imag)  # ase gives imaginary modes as imaginary numbers
    np.testing.assert_allclose(np.array(record.vibrations), expected, rtol=0, atol=0.1 * INVERSE_CM)
    assert record.usable
    assert record.details["asymmetry"] < 0.01


def test_a_molecule_has_three_translations_without_energy(tmp_path: Path) -> None:
    atoms = relaxed(molecule("N2"), tmp_path)
    record = run(Task("vibrations", atoms, settings("emt"), kind="molecule"), tmp_path / "v")
    assert np.abs(record.vibrations[:5]).max() < 5e-3
    assert record.vibrations[5] > 0.1


def test_a_diatomic_follows_from_its_force_constant() -> None:
    # Two masses on a spring of k along x: h nu = hbar sqrt(k / mu). 1 eV/A^2/u is 521.47 cm-1.
    k, atoms = 100.0, Atoms("CO", positions=[[0, 0, 0], [1.1, 0, 0]])
    hessian = np.zeros((6, 6))
    hessian[np.ix_([0, 3], [0, 3])] = k * np.array([[1, -1], [-1, 1]])
    found = modes(atoms, (0, 1), hessian)
    m = atoms.get_masses()
    mu = m[0] * m[1] / m.sum()
    assert found.energies[-1] / INVERSE_CM == pytest.approx(521.471 * sqrt(k / mu), rel=1e-5)
    np.testing.assert_allclose(np.abs(found.vectors[-1][:, 0] * m).std(), 0, atol=1e-9)  # the centre of mass rests


def test_heavier_atoms_vibrate_more_slowly() -> None:
    hessian = np.diag([1.0, 2.0, 3.0])
    light, heavy = (modes(Atoms("H", masses=[mass]), (0,), hessian).energies for mass in (1.0, 4.0))
    np.testing.assert_allclose(light, 2 * heavy, rtol=1e-12)


def test_an_imaginary_mode_is_named_and_followed_to_a_minimum(tmp_path: Path) -> None:
    start = relaxed(copper_on_a_bridge(), tmp_path)  # by symmetry stationary, and a saddle
    found = run(Task("vibrations", start, settings("emt"), options={"indices": [12]}), tmp_path / "v")
    assert found.vibrations[0] < 0
    assert "imaginary mode" in found.reason
    assert len(found.details["imaginary"]) >= 1
    options = {"indices": [12], "follow_imaginary": True, "fmax": 0.001}
    followed = run(Task("vibrations", start, settings("emt"), options=options), tmp_path / "f")
    assert min(followed.vibrations) > 0
    assert followed.energy is not None
    assert followed.energy < found.energy
    assert followed.details["followed"]["energy_before"] == found.energy


def test_pushed_moves_one_atom_by_the_length() -> None:
    atoms = Atoms("OH", positions=[[0, 0, 0], [0.97, 0, 0]])
    found = modes(atoms, (0, 1), np.eye(6))
    moved = pushed(atoms, found, 0, by=0.1)
    assert np.linalg.norm(moved.positions - atoms.positions, axis=1).max() == pytest.approx(0.1)


@pytest.mark.parametrize("wrong", [[], [9], [-1]])
def test_wrong_indices_are_refused(wrong: list[int]) -> None:
    with pytest.raises(InputError, match="are not all among the 2 atoms"):
        checked_indices(Atoms("OH"), wrong)


def test_modes_of_an_adsorbate_that_slid_to_another_site_count(tmp_path: Path) -> None:
    """A state is what is bound, wherever: from a top, a saddle, N goes to a hollow, and the record says so."""
    slab = fcc111("Cu", (2, 2, 2), vacuum=6.0)
    slab.set_constraint(FixAtoms(range(8)))
    top = next(site for site in adsorption_sites(slab) if site.name.startswith("top"))
    options = {"follow_imaginary": True, "fmax": 0.01}
    record = run(Task("vibrations", place(slab, top, "N"), settings("emt"), options=options), tmp_path)
    assert record.moved
    assert record.usable
    assert any("the adsorbate N moved to another site" in said for said in record.details["warnings"])

"""The model Hessian that relaxations begin with: what holds for any Hessian."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from nrrsim.dft.model_hessian import FLOOR, model_hessian
from nrrsim.structures.catalog.lookup import build_site


@pytest.mark.parametrize("name", ["m3-fe", "moo3-bilayer-vt"])
def test_it_is_a_hessian(name: str) -> None:
    atoms = build_site(name)
    hessian = model_hessian(atoms)
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=1e-10)
    assert np.linalg.eigvalsh(hessian).min() >= FLOOR - 1e-9
    together = np.tile([0.3, -0.5, 0.8], len(atoms))  # all atoms moved alike: no stretch changes
    np.testing.assert_allclose(hessian @ together, FLOOR * together, rtol=0, atol=1e-9)


def test_it_turns_with_the_structure() -> None:
    ammonia = molecule("NH3")
    turned = ammonia.copy()
    turned.rotate(70, (1, 2, 3))
    (rotation, _, _, _) = np.linalg.lstsq(ammonia.positions, turned.positions, rcond=None)
    whole = np.kron(np.eye(4), rotation.T)
    np.testing.assert_allclose(model_hessian(turned), whole @ model_hessian(ammonia) @ whole.T, rtol=0, atol=1e-9)


def test_a_short_bond_is_stiff_and_a_contact_is_not() -> None:
    bond = np.array([0, 0, -1, 0, 0, 1]) / np.sqrt(2)
    stiffness = [bond @ model_hessian(Atoms("N2", [[0, 0, 0], [0, 0, d]])) @ bond for d in (1.1, 1.45, 4.0)]
    assert stiffness[0] > 2 * stiffness[1] > 10 * FLOOR
    assert stiffness[2] == pytest.approx(FLOOR, rel=0.01)


def test_atoms_at_rest_are_apart_from_the_others() -> None:
    atoms = build_site("m3-fe")
    hessian = model_hessian(atoms, fixed=[0])
    np.testing.assert_array_equal(hessian[:3], FLOOR * np.eye(3, 9))
    np.testing.assert_allclose(hessian[3:, 3:], model_hessian(atoms)[3:, 3:], rtol=0, atol=1e-12)

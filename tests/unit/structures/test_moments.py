"""Initial moments: parity of free clusters, crystals in slabs, electrons of vacancies, nothing where none is due."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms

from nrrsim.structures.catalog.lookup import build_site, with_adsorbate
from nrrsim.structures.moments import arrangements, with_initial_moments


@pytest.mark.parametrize(
    "name", ["m2-co", "m3-ru", "m3-cu", "m3-nb", "m3-y", "m4-fe", "m6-ru", "m13-fe", "ru5nb", "fe12mo-centre"]
)
def test_a_free_cluster_s_moment_is_whole_and_fits_its_electrons(name: str) -> None:
    atoms = build_site(name)
    total = atoms.get_initial_magnetic_moments().sum()
    assert total == pytest.approx(round(total), abs=1e-9)
    assert round(total) % 2 == atoms.numbers.sum() % 2


@pytest.mark.parametrize(
    ("name", "moments"), [("fe110", {"Fe": 2.3}), ("co0001", {"Co": 1.2}), ("ru0001", {}), ("cu111", {})]
)
def test_slabs_start_with_the_moments_of_their_crystals(name: str, moments: dict[str, float]) -> None:
    atoms = build_site(name)
    expected = [moments.get(symbol, 0.0) for symbol in atoms.symbols]
    np.testing.assert_allclose(atoms.get_initial_magnetic_moments(), expected)


@pytest.mark.parametrize(
    ("name", "electrons"),
    [("moo3-bilayer-vt", 2), ("moo3-bilayer-va", 2), ("moo3-bilayer-x0.25", 4), ("mos2-vs", 2), ("moo3-bilayer", 0)],
)
def test_vacancies_leave_their_electrons_on_the_metal_beside_them(name: str, electrons: int) -> None:
    atoms = build_site(name)
    moments = atoms.get_initial_magnetic_moments()
    assert moments.sum() == pytest.approx(electrons)
    assert {atoms.symbols[i] for i in np.flatnonzero(moments)} <= {"Mo"}


@pytest.mark.parametrize(
    ("name", "metal"), [("co-n4", "Co"), ("ru1@ceo2-111", "Ru"), ("m3-fe@mgo-100", "Fe"), ("rh1co3@coo-011", "Rh")]
)
def test_single_atoms_and_supported_clusters_have_moments_and_their_supports_none(name: str, metal: str) -> None:
    atoms = build_site(name)
    moments = atoms.get_initial_magnetic_moments()
    assert (moments[atoms.symbols == metal] > 0.5).all()
    assert not moments[[symbol in ("C", "N", "O", "Ce", "Mg") for symbol in atoms.symbols]].any()


def test_an_adsorbate_brings_no_moment_and_moments_that_are_there_stay() -> None:
    atoms = build_site("m3-fe")
    covered = with_adsorbate(atoms, "NH3")
    np.testing.assert_allclose(
        covered.get_initial_magnetic_moments(), [*atoms.get_initial_magnetic_moments(), 0, 0, 0, 0]
    )
    atoms.set_initial_magnetic_moments([1.0, -1.0, 1.0])
    np.testing.assert_allclose(with_initial_moments(atoms).get_initial_magnetic_moments(), [1.0, -1.0, 1.0])


def test_neighbours_are_turned_against_each_other() -> None:
    row = Atoms("Mo6", [(0, 0, 0), (8, 0, 0), (2, 0, 0), (6, 0, 0), (4, 0, 0), (4, 5, 0)])
    row.set_initial_magnetic_moments([2, 1, 2, 2, 2, 0])
    same, turned = arrangements(row)
    np.testing.assert_array_equal(same.get_initial_magnetic_moments(), row.get_initial_magnetic_moments())
    np.testing.assert_array_equal(turned.get_initial_magnetic_moments(), [2, 1, -2, -2, 2, 0])
    np.testing.assert_array_equal(turned.positions, row.positions)
    assert arrangements(turned) == (turned,)  # as it was


@pytest.mark.parametrize(("name", "count"), [("moo3-bilayer", 1), ("moo3-bilayer-vt", 1), ("moo3-bilayer-x0.25", 2)])
def test_one_moment_has_one_arrangement(name: str, count: int) -> None:
    found = arrangements(build_site(name))
    assert len(found) == count
    if count == 2:
        assert found[0].get_initial_magnetic_moments().sum() == pytest.approx(4.0)
        assert found[1].get_initial_magnetic_moments().sum() == pytest.approx(0.0)

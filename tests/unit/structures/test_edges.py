"""Edges of MoS2: composition, coordination, bond lengths, coverage, orientation, adsorption sites, refusals."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.bonding import bonded
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.crystals import crystal
from nrrsim.structures.edges import mos2_edge
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import AdsorptionSite, adsorption_sites

AROUND_EDGE_MO = {  # S neighbours of the Mo of an edge by its coverage
    "Mo": {0.0: 4, 0.5: 6, 1.0: 6},
    "S": {0.0: 2, 0.5: 4, 1.0: 6},
}
EDGES = [(edge, share) for edge in AROUND_EDGE_MO for share in (0.0, 0.5, 1.0)]


def ribbon(edge: str, share: float, **options: Any) -> Any:
    return mos2_edge(edge, **{"mo_coverage" if edge == "Mo" else "s_coverage": share}, **options)  # type: ignore[arg-type]


def bond_length() -> float:
    bulk = crystal("MoS2")
    return float(bulk.get_distances(0, np.flatnonzero(bulk.symbols == "S"), mic=True).min())


def first_that_fits(atoms: Atoms, sites: Sequence[AdsorptionSite], species: str) -> Atoms:
    """The first placement that is free of clashes: sulfur stands over some of the metal."""
    for site in sites:
        with contextlib.suppress(InputError):
            return place(atoms, site, species)
    raise AssertionError(f"{species} fits nowhere")


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("rows", [3, 4])
@pytest.mark.parametrize("mo_share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("s_share", [0.0, 0.5, 1.0])
def test_composition_follows_the_coverages(mo_share: float, s_share: float, rows: int, length: int) -> None:
    """Between rows of Mo there are pairs; an edge has 0, 1 or 2 S per Mo. Bare Mo and full S make MoS2 exactly."""
    atoms = mos2_edge("Mo", supercell=(length, 1), rows=rows, mo_coverage=mo_share, s_coverage=s_share)
    sulfur = length * (2 * (rows - 1) + 2 * mo_share + 2 * s_share)
    assert Counter(atoms.symbols) == {"Mo": rows * length, "S": sulfur}
    assert closest_pair(atoms)[3] >= 0.9


@pytest.mark.parametrize(("edge", "share"), EDGES)
def test_coordination_and_bond_lengths(edge: str, share: float) -> None:
    atoms = ribbon(edge, share, rows=5)
    near = bonded(atoms, np.flatnonzero(atoms.symbols == "Mo"))
    lengths = np.concatenate([np.linalg.norm(vectors, axis=1) for _, vectors in near.values()])
    np.testing.assert_allclose(lengths, bond_length(), rtol=0, atol=1e-6)
    levels = atoms.positions[:, 2].round(3)
    top = max(levels[atom] for atom in near)
    assert {len(found) for atom, (found, _) in near.items() if levels[atom] == top} == {AROUND_EDGE_MO[edge][share]}
    inner = {len(found) for atom, (found, _) in near.items() if 1 < atoms.get_tags()[atom] < 5}
    assert inner == {6}


def test_a_full_cut_is_a_piece_of_the_crystal() -> None:
    """Mo-Mo distances within a ribbon are those of a sheet: 3.161 and its multiples by sqrt(3), 2, sqrt(7)."""
    atoms = mos2_edge("Mo", supercell=(4, 1), mo_coverage=0.0, s_coverage=1.0, sheet_distance=25.0)
    metals = atoms[atoms.symbols == "Mo"]
    distances = metals.get_all_distances(mic=True)
    found = np.unique(distances[(distances > 0) & (distances < 9.0)].round(3))
    np.testing.assert_allclose(found[:4], 3.161 * np.sqrt([1, 3, 4, 7]), rtol=0, atol=2e-3)
    sulfur = atoms[atoms.symbols == "S"].positions[:, 1]
    np.testing.assert_allclose(np.ptp(sulfur), 2 * (0.3775 - 0.255) * 12.295, rtol=0, atol=1e-6)


def test_the_two_edges_are_one_ribbon_turned_over() -> None:
    up, down = (mos2_edge(edge, mo_coverage=0.5, s_coverage=1.0) for edge in ("Mo", "S"))
    assert Counter(up.symbols) == Counter(down.symbols)
    heights = [np.sort(atoms.positions[:, 2] - atoms.positions[:, 2].min()) for atoms in (up, down)]
    np.testing.assert_allclose(heights[0], np.sort(heights[1].max() - heights[1]), atol=1e-9)
    assert up.symbols[int(np.argmax(up.positions[:, 2]))] == "S"
    assert record_of(up).what != record_of(down).what


@pytest.mark.parametrize(("edge", "share"), EDGES)
def test_active_atoms_are_the_edge(edge: str, share: float) -> None:
    atoms = ribbon(edge, share, supercell=(3, 1), fixed_rows=2)
    active = list(record_of(atoms).active_atoms)
    assert Counter(atoms.symbols[active]) == Counter({"Mo": 3, "S": round(6 * share)}) - Counter({"S": 0})
    others = np.setdiff1d(np.arange(len(atoms)), active)
    assert atoms.positions[active, 2].min() > atoms.positions[others, 2].max()
    (held,) = atoms.constraints
    assert not set(held.index.tolist()) & set(active)
    assert set(atoms.get_tags()[held.index].tolist()) == {3, 4}
    assert atoms.cell.lengths()[2] - np.ptp(atoms.positions[:, 2]) == pytest.approx(15.0)


@pytest.mark.parametrize(("edge", "share"), EDGES)
def test_adsorption_sites_are_found_whatever_the_length(edge: str, share: float) -> None:
    names = []
    for length in (2, 4):
        atoms = ribbon(edge, share, supercell=(length, 1))
        sites = adsorption_sites(atoms, surface_atoms=record_of(atoms).active_atoms)
        names.append([site.name for site in sites])
    assert names[0] == names[1]
    assert any(name.startswith("top") for name in names[0])
    assert all(site.normal @ [0, 0, 1] == pytest.approx(1.0) for site in sites)
    covered = first_that_fits(atoms, sites, "N2")
    assert len(covered) == len(atoms) + 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"edge": "zigzag"}, "there is no 'zigzag' edge"),
        ({"rows": 1}, "1 rows of Mo"),
        ({"fixed_rows": 4}, "4 of them fixed"),
        ({"supercell": (0, 1)}, r"supercell of \(0, 1\)"),
        ({"mo_coverage": 0.3}, r"coverages of 0.3 \(Mo edge\) and 1.0"),
        ({"vacuum": -1.0}, "-1 Angstrom over the edge"),
        ({"sheet_distance": 2.0}, "between ribbons"),
    ],
)
def test_bad_input_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        mos2_edge(**{"edge": "Mo", **options})

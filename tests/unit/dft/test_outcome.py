"""What became of a structure: each sentence appears where it should and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc111
from ase.data import covalent_radii

from nrrsim.dft.outcome import bonds, same_state, what_became, widest_gap
from nrrsim.structures.clusters import m3
from nrrsim.structures.placement import place
from nrrsim.structures.sites import adsorption_sites


def covered(*species: str) -> Atoms:
    """Hydrides of nitrogen on a niobium triangle, each on a site of its own."""
    cluster = m3("Nb")
    sites = {site.name: site for site in adsorption_sites(cluster)}
    for name, guest in zip(list(sites)[: len(species)], species, strict=True):
        cluster = place(cluster, sites[name], guest)
    return cluster


def slab_with(symbol: str = "N", *, at: str = "fcc", height: float = 1.3) -> Atoms:
    slab: Atoms = fcc111("Ru", (3, 3, 2), a=3.8, vacuum=8.0)
    slab.pbc = True
    add_adsorbate(slab, symbol, height, at)
    return slab


def moved(atoms: Atoms, index: int, by: tuple[float, float, float]) -> Atoms:
    copy: Atoms = atoms.copy()
    copy.positions[index] += by
    return copy


@pytest.mark.parametrize("species", ["N2", "NNH", "NH3", "N", "H"])
def test_nothing_is_said_of_what_stays(species: str) -> None:
    start = covered(species)
    rattled = start.copy()
    rattled.rattle(0.02, seed=1)
    assert what_became(start, start) == ""
    assert what_became(start, rattled) == ""


def test_an_atom_that_flew_away() -> None:
    start = covered("NH3")
    outward = start.positions[-1] - start.positions.mean(axis=0)
    assert what_became(start, moved(start, -1, tuple(6 * outward))) == "H6 flew away, without any neighbour now."


def test_an_adsorbate_that_left() -> None:
    start = covered("N2")
    final = start.copy()
    normal = final.positions[3:].mean(axis=0) - final.positions[:3].mean(axis=0)
    final.positions[3:] += 3 * normal / np.linalg.norm(normal)
    assert what_became(start, final) == "the adsorbate N2 left the cluster."


def test_an_adsorbate_that_left_from_a_long_bond() -> None:
    host = m3("Fe")
    out = host.positions[0] - host.positions.mean(axis=0)
    out /= np.linalg.norm(out)
    radii = covalent_radii[host.numbers[0]] + covalent_radii[7]

    def at(ratio: float) -> Atoms:
        foot = host.positions[0] + ratio * radii * out
        return host + Atoms("N2", positions=[foot, foot + 1.12 * out])

    assert what_became(at(1.35), at(2.5), adsorbates=[(3, 4)]) == "the adsorbate N2 left the cluster."
    assert what_became(at(1.35), at(1.2), adsorbates=[(3, 4)]) == ""


def test_a_bond_that_broke() -> None:
    slab = slab_with("N", height=1.3)
    slab += Atoms("N", positions=[slab.positions[-1] + (0, 0, 1.15)])
    final = slab.copy()
    final.positions[-1] = slab_with("N", at="hcp").positions[-1] + slab.cell[0] / 3
    said = what_became(slab, final, adsorbates=[(18, 19)])
    assert said == "the adsorbate N2 dissociated: N18-N19 broke."


def test_a_rearranged_adsorbate_is_no_dissociated_one() -> None:
    nnh = slab_with("N", at="ontop", height=2.0)
    nnh += Atoms("NH", positions=nnh.positions[-1] + np.array([[0, 0, 1.2], [0.8, 0, 1.8]]))
    hnn = nnh.copy()
    hnn.positions[-1] = nnh.positions[18] + (0.85, 0, -0.3)
    said = what_became(nnh, hnn, adsorbates=[(18, 19, 20)])
    assert said == "the adsorbate HN2 rearranged: N19-H20 broke."


def test_two_adsorbates_that_joined() -> None:
    start = slab_with("N", at="ontop", height=2.0)
    start += Atoms("H", positions=[start.positions[-1] + (2.7, 0, 0)])
    final = start.copy()
    final.positions[-1] = start.positions[18] + (1.0, 0, 0.2)
    assert what_became(start, final, adsorbates=[(18,), (19,)]) == "N and H joined by N18-H19."


def test_another_site() -> None:
    start, final = slab_with(at="fcc"), slab_with(at="hcp")
    assert "the adsorbate N moved to another site, at Ru" in what_became(start, final, adsorbates=[(18,)])
    assert what_became(start, final) == ""  # without a record nobody knows which atom is an adsorbate


def test_periodic_images_are_neighbours() -> None:
    start = slab_with()
    final = start.copy()
    final.positions[18] += start.cell[0] + start.cell[1]
    assert what_became(start, final, adsorbates=[(18,)]) == ""


def test_collapse_comes_first() -> None:
    start = covered("N2")
    final = start.copy()
    final.set_distance(3, 4, 0.5, fix=0)
    assert what_became(start, final) == "N3 and N4 are too near to each other (0.50 Angstrom)."


def test_a_cluster_in_pieces() -> None:
    start = Atoms("Nb4", positions=[[0, 0, 0], [2.8, 0, 0], [5.6, 0, 0], [8.4, 0, 0]])
    final = start.copy()
    final.positions[2:] += (4.0, 0, 0)
    assert what_became(start, final) == "the cluster fell apart into 2 pieces, from 1."


def test_a_lone_atom_and_a_molecule_are_what_they_are() -> None:
    assert what_became(Atoms("H"), Atoms("H")) == ""
    apart = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.74]])
    final = moved(apart, 1, (0, 0, 3))
    assert what_became(apart, final) == "H0, H1 flew away, without any neighbour now."


def test_bonds_scale_with_the_radii() -> None:
    pair = Atoms("N2", positions=[[0, 0, 0], [0, 0, 1.7]])  # 1.2 sums of 0.71 A
    assert bonds(pair) == {(0, 1)}
    assert bonds(pair, within=1.1) == frozenset()


def test_the_widest_gap_is_that_of_the_adsorbate_farthest_off() -> None:
    radii = {"H": 0.31, "O": 0.66, "Mo": 1.54}
    row = Atoms("MoOHO", positions=[(0, 0, 0), (0, 0, 3.0), (0.9, 0, 3.0), (0, 4.0, 0)], cell=[20, 20, 5.0], pbc=True)
    bound = 2.0 / (radii["Mo"] + radii["O"])  # the hydroxide by its oxygen, over the border of the cell
    apart = 4.0 / (radii["Mo"] + radii["O"])
    assert widest_gap(row, [(1, 2)]) == pytest.approx(bound)
    assert widest_gap(row, [(1, 2), (3,)]) == pytest.approx(apart)
    row.pbc = False
    assert widest_gap(row, [(1, 2)]) == pytest.approx(1.5 * bound)
    assert widest_gap(row, []) == 0.0
    assert widest_gap(row, [(0, 1, 2, 3)]) == 0.0


def test_a_state_is_its_bonds_not_its_places() -> None:
    start = covered("N", "NH")
    elsewhere = start.copy()
    elsewhere.rattle(0.02, seed=1)
    elsewhere.positions[3] += [0.4, 0.3, 0.0]
    assert same_state(start, elsewhere) == ""
    exchanged = start.copy()
    exchanged.positions[[3, 4]] = start.positions[[4, 3]]
    assert "broke" in what_became(start, exchanged)
    assert same_state(start, exchanged) == ""


def test_another_state_is_named_by_its_molecules() -> None:
    apart, one = covered("N", "N"), covered("N2")
    assert same_state(apart, one) == "its adsorbates became N2."
    assert same_state(one, apart) == "its adsorbates became N, N."
    assert same_state(apart, apart) == ""


def test_a_state_that_left_is_another() -> None:
    start = covered("N2")
    away = moved(start, slice(3, None), (0.0, 0.0, 6.0))  # type: ignore[arg-type]
    assert same_state(start, away) == "the adsorbate N2 left the cluster."

"""Structures laid over one another: back to themselves from any order and pose; what is carried over stays in shape."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.geometry import find_mic
from scipy.spatial.transform import Rotation

from nrrsim.campaign.states import State, starts
from nrrsim.errors import InputError
from nrrsim.structures.catalog.lookup import build_site
from nrrsim.structures.matching import FAR, NEAR, carried_over, matched
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorbate_atoms, all_sites


def two_nitrogen(site: str) -> Atoms:
    clean = build_site(site)
    return starts(clean, State("2N", parts=(State("N", "N"), State("N", "N"))), count=1)[0]


@pytest.mark.parametrize("site", ["m3-ru", "m6-ru"])
@pytest.mark.parametrize("seed", range(5))
def test_a_cluster_turned_shuffled_and_mirrored_lies_on_itself(site: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    there = two_nitrogen(site)
    there.rattle(0.05, rng=rng)
    guests = [i for group in adsorbate_atoms(there) for i in group]
    host = [i for i in range(len(there)) if i not in guests]
    order = [*rng.permutation(host), *rng.permutation(guests)]
    here = there.copy()
    here.positions[:] = Rotation.random(rng=rng).apply(there.positions[order] * [1, 1, (-1) ** seed]) + rng.random(3)
    np.testing.assert_allclose(matched(here, there).positions, there.positions, rtol=0, atol=1e-6)


def test_atoms_of_a_slab_keep_their_order_and_its_adsorbates_are_paired() -> None:
    there = two_nitrogen("ru0001")
    first, second = (i for group in adsorbate_atoms(there) for i in group)
    here = there.copy()
    here.positions[[first, second]] = there.positions[[second, first]] + [0.1, 0.0, 0.0]
    laid = matched(here, there)
    np.testing.assert_array_equal(laid.positions[:first], there.positions[:first])
    np.testing.assert_allclose(laid.positions[[first, second]] - there.positions[[first, second]], [[0.1, 0, 0]] * 2)


def test_more_orders_than_can_be_tried_are_refused() -> None:
    cluster = build_site("m13-ru")
    with pytest.raises(InputError, match="the atoms of Ru13 have more than 200000 orders"):
        matched(cluster, cluster)


def test_other_atoms_are_refused() -> None:
    with pytest.raises(InputError, match="Ru3N2 and Ru3 hold different atoms"):
        matched(two_nitrogen("m3-ru"), build_site("m3-ru"))


FEW, MORE = "moo3-bilayer-vt", "moo3-bilayer-x0.25"


def relaxed(atoms: Atoms, seed: int) -> Atoms:
    """As if relaxed: moved a little, with moments of its own."""
    copy = atoms.copy()
    rng = np.random.default_rng(seed)
    copy.positions += rng.uniform(-0.2, 0.2, (len(copy), 3))
    copy.set_initial_magnetic_moments(rng.uniform(-1, 1, len(copy)))
    return copy


@pytest.mark.parametrize("name", ["NNH", "NH3"])
def test_an_adsorbate_goes_over_with_its_surroundings(name: str) -> None:
    few, more = build_site(FEW, supercell=(2, 2)), build_site(MORE, supercell=(2, 2))
    there = relaxed(starts(few, State(f"{name}*", name), count=1)[0], 1)
    onto = relaxed(more, 2)
    found = carried_over(there, few, onto=onto, onto_built=more)
    (guests,) = adsorbate_atoms(found)
    assert list(guests) == list(range(len(more), len(found)))
    (before,) = adsorbate_atoms(there)
    assert found.symbols[list(guests)].get_chemical_formula() == there.symbols[list(before)].get_chemical_formula()
    np.testing.assert_array_equal(found.positions[list(guests)], there.positions[list(before)])
    source = [int(np.linalg.norm(few.positions - place, axis=1).argmin()) for place in more.positions]
    gaps = [there.get_distances(i, list(before), mic=True).min() for i in source]
    assert sum(NEAR < gap < FAR for gap in gaps) > 3
    for mine, theirs in enumerate(source):
        step = find_mic(there.positions[theirs] - onto.positions[mine], onto.cell, onto.pbc)[0]
        share = min(max((FAR - gaps[mine]) / (FAR - NEAR), 0.0), 1.0)
        share = 1.0 if theirs in record_of(there).active_atoms else share
        np.testing.assert_allclose(found.positions[mine] - onto.positions[mine], share * step, rtol=0, atol=1e-12)
        origin, index = (there, theirs) if share > 0.5 else (onto, mine)
        assert found.get_initial_magnetic_moments()[mine] == origin.get_initial_magnetic_moments()[index]
    assert [int(i) for i in found.constraints[0].index] == [int(i) for i in more.constraints[0].index]
    stands_on = record_of(found).active_atoms
    assert [found.symbols[i] for i in stands_on] == ["Mo"]
    assert source[stands_on[0]] == record_of(there).active_atoms[0]


def test_an_exchanged_atom_stays_as_the_site_has_it() -> None:
    few, other = build_site(FEW, supercell=(2, 2)), build_site("moo3-bilayer-vt-s", supercell=(2, 2))
    onto = relaxed(other, 2)
    there = relaxed(starts(few, State("NH3*", "NH3"), count=1)[0], 1)
    found = carried_over(there, few, onto=onto, onto_built=other)
    (sulfur,) = (i for i, symbol in enumerate(other.symbols) if symbol == "S")
    np.testing.assert_array_equal(found.positions[sulfur], onto.positions[sulfur])
    near = 12  # an oxygen beside the vacancy
    exchanged = few.copy()  # in the same place
    exchanged.symbols[near] = "S"
    moved = relaxed(exchanged, 3)
    assert there.get_distances(near, list(adsorbate_atoms(there)[0]), mic=True).min() < FAR
    found = carried_over(there, few, onto=moved, onto_built=exchanged)
    np.testing.assert_array_equal(found.positions[near], moved.positions[near])


def test_what_does_not_fit_is_refused() -> None:
    few, more = build_site(FEW, supercell=(2, 2)), build_site(MORE, supercell=(2, 2))
    second = next(top for top in all_sites(more) if top.neighbours == (8,))
    with pytest.raises(InputError, match=r"N would stand on top of O14"):
        carried_over(place(more, second, "NH3"), more, onto=few, onto_built=few)
    with pytest.raises(InputError, match="nothing is adsorbed"):
        carried_over(few, few, onto=more, onto_built=more)
    small = build_site(MORE, supercell=(2, 1))
    one = starts(few, State("NH3*", "NH3"), count=1)[0]
    with pytest.raises(InputError, match="different cells"):
        carried_over(one, few, onto=small, onto_built=small)
    on_oxygen = starts(few, State("H*o", "H", on_oxygen=True), count=40)
    taken = next(h for h in on_oxygen if h.get_distances(len(few), [14], mic=True)[0] < 1.2)
    with pytest.raises(InputError, match=r"H stands on O14, which this site has not"):
        carried_over(taken, few, onto=more, onto_built=more)

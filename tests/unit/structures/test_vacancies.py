"""Oxygen vacancies: kinds, distinct arrangements against a count by other means, x and oxidation states."""

from __future__ import annotations

import math
from collections import Counter
from io import StringIO
from itertools import combinations, product
from typing import Any

import ase.io
import numpy as np
import pytest
from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.bronzes import insert_hydrogen
from nrrsim.structures.crystals import crystal
from nrrsim.structures.oxidation import bond_valence_sums, composition, mean_oxidation_state, oxygen_deficiency
from nrrsim.structures.record import record_of
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.vacancies import (
    KINDS,
    distinct_vacancies,
    oxygen_kinds,
    remove_oxygen,
    sampled_vacancies,
    substitute_sulfur,
    vacancies_for_x,
)

METALS_BONDED = {"terminal": 1, "asymmetric": 2, "symmetric": 3}
CELLS = [((1, 1), 1), ((2, 1), 1), ((1, 2), 1), ((2, 2), 1), ((2, 1), 2)]


def operations(slab: Atoms) -> set[tuple[int, ...]]:
    """Permutations of the atoms by the sign changes of the axes with a translation, tried one by one.

    The point operations of an orthorhombic layer are sign changes, so these are all of its operations.
    """
    fractions = slab.get_scaled_positions()
    found = set()
    for signs, target in product(product((1, -1), repeat=3), range(len(slab))):
        images = (fractions - fractions[0]) * signs + fractions[target]
        offsets = images[:, None] - fractions[None]
        distances = np.linalg.norm((offsets - np.rint(offsets)) * slab.cell.lengths(), axis=-1)
        order = distances.argmin(axis=1)
        if distances.min(axis=1).max() < 1e-3 and (slab.numbers[order] == slab.numbers).all():
            found.add(tuple(order.tolist()))
    return found


def orbits(slab: Atoms, n: int) -> dict[tuple[int, ...], int]:
    """Orbit of each n-set of oxygens, grown from one member at a time."""
    permutations = operations(slab)
    labels: dict[tuple[int, ...], int] = {}
    for label, chosen in enumerate(combinations(np.flatnonzero(slab.symbols == "O").tolist(), n)):
        if chosen not in labels:
            for permutation in permutations:
                labels[tuple(sorted(permutation[atom] for atom in chosen))] = label
    return labels


def burnside(slab: Atoms, n: int) -> int:
    """Number of orbits of n-sets of oxygens: the mean over the operations of the sets each leaves in place."""
    oxygens = np.flatnonzero(slab.symbols == "O").tolist()
    fixed = []
    for permutation in operations(slab):
        series = [1] + [0] * n  # the product over cycles of 1 + t^length, up to t^n
        left = set(oxygens)
        while left:
            atom = left.pop()
            length, step = 1, permutation[atom]
            while step != atom:
                left.remove(step)
                length, step = length + 1, permutation[step]
            series = [series[k] + (series[k - length] if k >= length else 0) for k in range(n + 1)]
        fixed.append(series[n])
    total = sum(fixed)
    assert total % len(fixed) == 0
    return total // len(fixed)


@pytest.mark.parametrize(("supercell", "layers"), CELLS)
def test_each_kind_of_oxygen_is_a_third(supercell: tuple[int, int], layers: int) -> None:
    slab = moo3_bilayer(supercell=supercell, layers=layers)
    kinds = Counter(oxygen_kinds(slab).values())
    assert set(kinds) == set(KINDS.values())
    assert set(kinds.values()) == {len(slab) // 4}


def test_kinds_of_the_bulk_are_those_of_its_three_sites() -> None:
    assert list(oxygen_kinds(crystal("MoO3")).values()) == ["symmetric"] * 4 + ["asymmetric"] * 4 + ["terminal"] * 4


def test_terminal_oxygen_is_outermost() -> None:
    slab = moo3_bilayer()
    height = {
        kind: max(slab.positions[i, 2] for i, k in oxygen_kinds(slab).items() if k == kind) for kind in METALS_BONDED
    }
    assert height["terminal"] == slab.positions[:, 2].max()
    assert height["terminal"] > height["asymmetric"] > height["symmetric"]


@pytest.mark.parametrize(("supercell", "layers"), CELLS)
def test_one_vacancy_has_three_places_per_bilayer_face(supercell: tuple[int, int], layers: int) -> None:
    """Three kinds on a bilayer whose faces inversion exchanges; outer and inner faces differ from two bilayers on."""
    slab = moo3_bilayer(supercell=supercell, layers=layers)
    found = distinct_vacancies(slab, 1)
    assert len(found) == 3 * layers
    kinds = oxygen_kinds(slab)
    assert Counter(kinds[oxygen] for (oxygen,) in found) == dict.fromkeys(METALS_BONDED, layers)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(("supercell", "layers"), CELLS)
def test_arrangements_are_one_of_each_orbit(supercell: tuple[int, int], layers: int, n: int) -> None:
    slab = moo3_bilayer(supercell=supercell, layers=layers)
    labels = orbits(slab, n)
    found = distinct_vacancies(slab, n)
    assert len(found) == len(set(labels.values())) == burnside(slab, n)
    assert {labels[arrangement] for arrangement in found} == set(labels.values())
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("supercell", "layers", "n", "count"),
    [((2, 2), 1, 2, 33), ((2, 2), 2, 2, 114), ((2, 2), 1, 4, 816), ((3, 2), 1, 3, 344)],
)
def test_numbers_of_arrangements(supercell: tuple[int, int], layers: int, n: int, count: int) -> None:
    slab = moo3_bilayer(supercell=supercell, layers=layers)
    assert len(distinct_vacancies(slab, n)) == burnside(slab, n) == count


def fingerprint(species: list[str], distances: Any, pair: tuple[int, int]) -> tuple[object, ...]:
    """Species and distances of all atoms from the two, which no isometry changes."""
    near, far = np.sort(distances[list(pair)], axis=0).round(3)
    return tuple(sorted(zip(species, near.tolist(), far.tolist(), strict=True)))


@pytest.mark.parametrize(("layers", "count"), [(1, 33), (2, 114)])
def test_pairs_are_those_that_distances_tell_apart(layers: int, count: int) -> None:
    """All pairs of p(2x2) sorted by the distances around them, without any symmetry operation."""
    slab = moo3_bilayer(layers=layers)
    pairs = list(combinations(np.flatnonzero(slab.symbols == "O").tolist(), 2))
    species, distances = list(slab.symbols), slab.get_all_distances(mic=True)
    classes = {pair: fingerprint(species, distances, pair) for pair in pairs}
    assert len(set(classes.values())) == count
    found = distinct_vacancies(slab, 2)
    assert len(found) == len({classes[a, b] for a, b in found}) == count


def test_a_set_and_its_complement_are_equally_many() -> None:
    slab = moo3_bilayer(supercell=(2, 1))
    assert len(distinct_vacancies(slab, 4)) == len(distinct_vacancies(slab, 8))
    assert len(distinct_vacancies(slab, 12)) == 1


def test_arrangements_know_no_position_in_the_cell_and_no_order_of_atoms() -> None:
    slab = moo3_bilayer(supercell=(2, 1))
    shuffled = slab[np.random.default_rng(3).permutation(len(slab))]
    shuffled.positions += [1.234, -0.567, 2.0]
    shuffled.wrap()
    for n in (1, 2, 3):
        assert len(distinct_vacancies(shuffled, n)) == len(distinct_vacancies(slab, n))


def test_one_face_can_be_named() -> None:
    """On the upper face of two bilayers with the lower fixed, three kinds."""
    slab = moo3_bilayer(layers=2, fixed_sheets=2)
    upper = [oxygen for oxygen in oxygen_kinds(slab) if slab.get_tags()[oxygen] == 1]
    found = distinct_vacancies(slab, 1, among=upper)
    assert len(found) == 3
    assert {oxygen for (oxygen,) in found} <= set(upper)
    pairs = distinct_vacancies(slab, 2, among=upper)
    labels = orbits(slab, 2)
    assert len({labels[pair] for pair in pairs}) == len(pairs)
    assert {labels[pair] for pair in pairs} == {labels[pair] for pair in combinations(sorted(upper), 2)}


def test_vacancies_of_other_oxides() -> None:
    """On CeO2 (111) the three trilayers give outer, inner and middle oxygen: six planes, in pairs by inversion."""
    slab = surface_slab("CeO2", (1, 1, 1), supercell=(2, 2), layers=3)
    found = distinct_vacancies(slab, 1)
    assert len(found) == 3
    reduced = remove_oxygen(slab, found[0])
    assert set(reduced.symbols[list(record_of(reduced).active_atoms)]) == {"Ce"}


def test_samples_are_distinct_seeded_and_sparse() -> None:
    slab = moo3_bilayer()
    options: dict[str, Any] = {"count": 20, "min_distance": 3.5}
    found = sampled_vacancies(slab, 3, seed=7, **options)
    assert found == sampled_vacancies(slab, 3, seed=7, **options)
    assert found != sampled_vacancies(slab, 3, seed=8, **options)
    labels = orbits(slab, 3)
    assert len({labels[arrangement] for arrangement in found}) == len(found) == 20
    distances = slab.get_all_distances(mic=True)
    assert all(distances[pair] >= 3.5 for arrangement in found for pair in combinations(arrangement, 2))


def test_samples_find_every_arrangement_in_the_end() -> None:
    slab = moo3_bilayer(supercell=(2, 1))
    assert set(sampled_vacancies(slab, 2, count=15, seed=0)) == set(distinct_vacancies(slab, 2))
    with pytest.raises(InputError, match=r"15 different arrangements of 2 vacancies were found in 3200 tries, not 16"):
        sampled_vacancies(slab, 2, count=16, seed=0)


@pytest.mark.parametrize("kind", list(METALS_BONDED))
def test_the_site_of_a_vacancy_is_the_metal_that_lost_a_neighbour(kind: str) -> None:
    slab = moo3_bilayer(layers=2, fixed_sheets=2)
    oxygen = max(index for index, found in oxygen_kinds(slab).items() if found == kind)
    reduced = remove_oxygen(slab, [oxygen])
    site = list(record_of(reduced).active_atoms)
    assert len(site) == METALS_BONDED[kind]
    assert set(reduced.symbols[site]) == {"Mo"}
    expected = {"terminal": [1.671], "asymmetric": [1.733, 2.252], "symmetric": [1.948, 1.948, 2.332]}
    marked = reduced + Atoms("O", positions=[slab.positions[oxygen]])
    lengths = np.sort(marked.get_distances(len(reduced), site, mic=True))
    np.testing.assert_allclose(lengths, expected[kind], rtol=0, atol=0.01)
    (fixed,) = reduced.constraints
    assert set(fixed.index.tolist()) == set(np.flatnonzero(reduced.get_tags() >= 3).tolist())
    assert len(reduced) == len(slab) - 1


def test_vacancies_made_one_after_the_other_are_one_site() -> None:
    slab = moo3_bilayer()
    kinds = oxygen_kinds(slab)
    first, second = [index for index in kinds if kinds[index] == "terminal" and slab.get_tags()[index] == 1][:2]
    both = remove_oxygen(slab, [first, second])
    later = remove_oxygen(remove_oxygen(slab, [second]), [first])
    assert record_of(both).active_atoms == record_of(later).active_atoms
    assert len(record_of(both).active_atoms) == 2
    np.testing.assert_array_equal(both.positions, later.positions)


def test_sulfur_takes_the_place_of_oxygen() -> None:
    slab = moo3_bilayer()
    oxygen = min(index for index, kind in oxygen_kinds(slab).items() if kind == "terminal")
    doped = substitute_sulfur(slab, [oxygen])
    assert doped.symbols[oxygen] == "S"
    assert slab.symbols[oxygen] == "O"
    assert composition(doped) == {"Mo": 8, "O": 23, "S": 1}
    (metal,) = record_of(doped).active_atoms
    assert doped.symbols[metal] == "Mo"
    assert mean_oxidation_state(doped) == 6.0
    assert oxygen_deficiency(doped) == 0.0
    reduced = remove_oxygen(doped, [min(i for i in oxygen_kinds(doped) if i > oxygen)])
    assert metal in record_of(reduced).active_atoms  # its index is below those of the oxygens: unchanged
    assert oxygen_deficiency(reduced) == 1 / 8


def test_a_reduced_slab_travels_with_its_record() -> None:
    reduced = remove_oxygen(moo3_bilayer(fixed_sheets=1), [2])
    text = StringIO()
    ase.io.write(text, reduced, format="extxyz")
    text.seek(0)
    read = ase.io.read(text, format="extxyz")
    assert isinstance(read, Atoms)
    assert record_of(read) == record_of(reduced)
    assert record_of(read).parameters["removed"] == [2]


@pytest.mark.parametrize("x", [0.0, 0.125, 0.25, 0.5, 1.0, 3.0])
def test_x_is_kept(x: float) -> None:
    slab = moo3_bilayer()
    vacancies = vacancies_for_x(slab, x)
    assert vacancies == x * 8
    if vacancies:
        reduced = remove_oxygen(slab, sorted(oxygen_kinds(slab))[:vacancies])
        assert oxygen_deficiency(reduced) == x


def test_vacancies_already_there_count_towards_x() -> None:
    assert vacancies_for_x(remove_oxygen(moo3_bilayer(), [2]), 0.25) == 1


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (0.3, r"2.4 vacancies in a slab of 8 Mo.*take x = 0.25 or 0.375"),
        (1 / 3, r"take x = 0.25 or 0.375"),
        (-0.125, r"give x from 0 to 3"),
        (3.5, r"give x from 0 to 3"),
        (float("nan"), r"x = nan cannot be reached"),
    ],
)
def test_an_x_that_cannot_be_is_refused(x: float, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        vacancies_for_x(moo3_bilayer(), x)


@pytest.mark.parametrize(("name", "state"), [("MoO3", 6.0), ("MoO2", 4.0), ("MoS2", 4.0)])
def test_oxidation_states_of_crystals(name: str, state: float) -> None:
    assert mean_oxidation_state(crystal(name)) == state
    assert oxygen_deficiency(crystal(name)) == 6.0 / 2 - state / 2


@pytest.mark.parametrize(("removed", "hydrogens"), list(product([0, 1, 5], [0, 1, 4])))
def test_charges_sum_to_zero(removed: int, hydrogens: int) -> None:
    """Each vacancy gives Mo two electrons, each hydrogen one."""
    slab = moo3_bilayer()
    reduced = remove_oxygen(slab, sorted(oxygen_kinds(slab))[:removed]) if removed else slab
    bronze = reduced + Atoms(f"H{hydrogens}" if hydrogens else "", positions=np.zeros((hydrogens, 3)))
    counts = composition(bronze)
    charge = counts["Mo"] * mean_oxidation_state(bronze) - 2 * counts["O"] + counts.get("H", 0)
    assert charge == pytest.approx(0.0, abs=1e-12)
    assert 8 * (6.0 - mean_oxidation_state(bronze)) == pytest.approx(2 * removed + hydrogens, abs=1e-12)


@pytest.mark.parametrize("kind", ["terminal", "asymmetric"])
def test_hydrogen_stands_on_the_open_side_of_its_oxygen(kind: str) -> None:
    slab = moo3_bilayer()
    oxygens = [index for index, found in oxygen_kinds(slab).items() if found == kind and slab.get_tags()[index] == 1]
    bronze = insert_hydrogen(slab, oxygens)
    hydrogens = np.flatnonzero(bronze.symbols == "H").tolist()
    assert list(record_of(bronze).active_atoms) == hydrogens
    distances = bronze.get_all_distances(mic=True)
    assert [int(np.argsort(distances[h])[1]) for h in hydrogens] == oxygens
    np.testing.assert_allclose(distances[hydrogens, oxygens], 0.97, rtol=0, atol=1e-9)
    shortest = distances[oxygens][:, np.asarray(bronze.symbols == "Mo")].min(axis=1)
    expected = {"terminal": 1.671 + 0.37 * math.log(2), "asymmetric": 1.733}  # half the valence is left; not drawn
    np.testing.assert_allclose(shortest, expected[kind], rtol=0, atol=2e-3)
    assert mean_oxidation_state(bronze) == 6.0 - len(hydrogens) / 8
    assert oxygen_deficiency(bronze) == 0.0


def test_bond_valence_sums() -> None:
    """Near 6 in MoO3; the sum over Mo is that over its bonds; what one oxygen carried is lost with it."""
    slab = moo3_bilayer(supercell=(2, 1))
    full = bond_valence_sums(slab)
    # the parameters reproduce oxidation states to about 0.1
    np.testing.assert_allclose(list(full.values()), 6.0, rtol=0, atol=0.1)
    oxygen = min(index for index, kind in oxygen_kinds(slab).items() if kind == "terminal")
    reduced = remove_oxygen(slab, [oxygen])
    lost = sum(full.values()) - sum(bond_valence_sums(reduced).values())
    bond = math.exp((1.907 - 1.671) / 0.37)  # the terminal one; all others are longer than 3 Angstrom
    assert lost == pytest.approx(bond, abs=0.05)
    (site,) = record_of(reduced).active_atoms
    assert min(bond_valence_sums(reduced).items(), key=lambda item: item[1])[0] == site


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda slab: remove_oxygen(slab, [0]), r"\[0\] are no different oxygen atoms: \[0\] are none"),
        (lambda slab: remove_oxygen(slab, [2, 2]), r"\[2, 2\] are no different oxygen atoms\."),
        (lambda slab: remove_oxygen(slab, []), r"\[\] are no different oxygen atoms"),
        (lambda slab: remove_oxygen(slab, [99]), r"\[99\] are none"),
        (lambda slab: substitute_sulfur(slab, [-1]), r"\[-1\] are none"),
        (lambda slab: distinct_vacancies(slab, 0), r"0 of 24 atoms were to go"),
        (lambda slab: distinct_vacancies(slab, 25), r"from 1 to 24"),
        (lambda slab: distinct_vacancies(slab, 8), r"7.35e\+05 ways, too many.*use sampled_vacancies"),
        (lambda slab: distinct_vacancies(slab, 2, among=[2]), r"2 of 1 atoms"),
        (lambda slab: sampled_vacancies(slab, 2, count=0, seed=1), r"count = 0"),
        (lambda slab: sampled_vacancies(slab, 2, count=1, seed=1, min_distance=-1.0), r"min_distance = -1.0"),
        (lambda slab: sampled_vacancies(slab, 2, count=1, seed=1, min_distance=8.0), r"repeats every 7.39 Angstrom"),
        (lambda slab: sampled_vacancies(slab, 12, count=1, seed=1, min_distance=5.0), r"0 different arrangements"),
        (lambda slab: remove_oxygen(Atoms(slab.symbols, slab.positions), [2]), r"carry no nrrsim record"),
        (lambda slab: insert_hydrogen(slab, [0]), r"\[0\] are none"),
        (lambda slab: insert_hydrogen(insert_hydrogen(slab, [2]), [2]), r"on oxygen 2 would stand 0.00 Angstrom"),
        (lambda slab: insert_hydrogen(insert_hydrogen(slab, [6]), [6]), r"oxygen 6 has no room for the longer bond"),
        (lambda slab: oxygen_kinds(crystal("Cu")), r"there is no oxygen in Cu4"),
        (lambda slab: oxygen_kinds(slab + Atoms("O", positions=[[0.0, 0.0, 0.5]])), r"oxygen 32 has 0 metal neigh"),
        (lambda slab: mean_oxidation_state(crystal("MgO"), metal="Mo"), r"there is no Mo in"),
        (lambda slab: mean_oxidation_state(slab + crystal("MgO")), r"holds 2 metals: Mg, Mo"),
        (lambda slab: mean_oxidation_state(slab + Atoms("N2")), r"N in .* has no formal charge"),
        (lambda slab: mean_oxidation_state(slab + Atoms("O")), r"comes out as \+6.25"),
        (lambda slab: bond_valence_sums(crystal("MgO")), r"there is no Mo in"),
    ],
)
def test_bad_input_is_refused(call: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call(moo3_bilayer())

"""The catalogue: every name builds, every row has sites or reasons, what is wrong is answered with a sentence."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog.checklist import CheckedSite, checklist_table
from nrrsim.structures.catalog.lookup import (
    PATTERNS,
    build_site,
    site,
    site_names,
    sites_to_adsorb,
    with_adsorbate,
)
from nrrsim.structures.catalog.systems import missing_sites, systems, systems_of
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.record import ONE_SIDED, record_of
from nrrsim.structures.slabs import moo3_bilayer
from nrrsim.structures.vacancies import oxygen_kinds

REDUCED = {"moo3-bilayer-vt": "terminal", "moo3-bilayer-va": "asymmetric", "moo3-bilayer-vs": "symmetric"}
SLABS = ["moo3-bilayer", "moo3-bilayer-s", "fe211", "ru0001"]


@functools.cache
def table() -> tuple[CheckedSite, ...]:
    return checklist_table()


@functools.cache
def built(name: str) -> Atoms:
    return build_site(name)


def test_every_system_has_sites_or_a_reason() -> None:
    assert list(dict.fromkeys(line.row for line in table())) == [system.key for system in systems()]
    for line in table():
        assert bool(line.reason) != bool(line.atoms), line.site
        assert bool(line.reason) != bool(line.builder), line.site


def test_systems_name_sites_that_exist_and_miss_only_what_does_not() -> None:
    for system in systems():
        for name in system.sites:
            assert site(name).name == name
    assert set(site_names()) & set(missing_sites()) == set()
    assert systems_of("ru0001") == ("B2", "B3", "B20")


def test_a_line_shows_the_builder_s_call() -> None:
    calls = {line.site: line.builder for line in table()}
    assert calls["m3-nb"] == "m3('Nb')"
    assert calls["fe110"] == "surface_slab('Fe', (1, 1, 0), supercell=(2, 2), layers=4, fixed_layers=2)"
    assert calls["moo3-bilayer-s"] == "doped_bilayer()"


def test_atoms_keep_apart_and_offer_adsorption_sites() -> None:
    """Nothing is nearer than 0.8 of the radii but the double bond Mo=O of the crystal, 1.67 Angstrom as published."""
    for line in table():
        if line.atoms:
            assert 0.8 <= line.closeness < 1.12 or line.closest in ("Mo-O 1.671", "O-Mo 1.671"), line
            assert line.adsorption_sites >= 1, line
            assert 0.0 < line.seconds < 60.0, line


@pytest.mark.parametrize("name", site_names())
def test_the_record_names_the_site_and_its_active_atoms(name: str) -> None:
    record = record_of(built(name))
    assert record.parameters["site"] == name
    assert record.source
    assert all(0 <= i < len(built(name)) for i in record.active_atoms)
    assert record.active_atoms or name in ("moo3-bilayer", "graphene")  # nothing is open there


@pytest.mark.parametrize("name", site_names())
def test_nitrogen_fits_somewhere(name: str) -> None:
    covered = with_adsorbate(built(name), "N2")
    assert len(covered) == len(built(name)) + 2
    assert record_of(covered).parameters["adsorbates"][0]["name"] == "N2"


@pytest.mark.parametrize("name", SLABS)
def test_a_supercell_multiplies_atoms_and_a_vacuum_sets_the_empty_height(name: str) -> None:
    assert len(build_site(name, supercell=(2, 1))) == 2 * len(build_site(name, supercell=(1, 1)))
    slab = build_site(name, vacuum=11.0)
    heights = slab.positions[:, 2]
    assert slab.cell[2, 2] - np.ptp(heights) == pytest.approx(11.0, abs=1e-6)  # coordinates carry 1e-8


@pytest.mark.parametrize("name", ["m3-nb", "m13-fe", "fe12nb-shell", "moo3-dot"])
def test_a_vacuum_is_the_free_space_around_a_cluster(name: str) -> None:
    atoms = build_site(name, vacuum=5.0)
    np.testing.assert_allclose(atoms.positions.min(axis=0), 5.0, rtol=0, atol=1e-9)
    covered = with_adsorbate(atoms, "NNH")
    np.testing.assert_allclose(covered.positions.min(axis=0), 5.0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(covered.cell.lengths() - covered.positions.max(axis=0), 5.0, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("name", "kind"), REDUCED.items())
def test_the_vacancy_is_the_uppermost_oxygen_of_its_kind(name: str, kind: str) -> None:
    full, reduced = moo3_bilayer(), built(name)
    assert reduced.get_chemical_formula() == "Mo8O23"
    (place_,) = record_of(reduced).parameters["vacancy_positions"]
    gaps = np.linalg.norm(full.positions - place_, axis=1)
    oxygen = int(np.argmin(gaps))
    assert gaps[oxygen] < 1e-5
    assert oxygen_kinds(full)[oxygen] == kind
    highest = max(full.positions[i, 2] for i, found in oxygen_kinds(full).items() if found == kind)
    assert full.positions[oxygen, 2] == pytest.approx(highest, abs=1e-3)
    bonds = {"terminal": 1, "asymmetric": 2, "symmetric": 3}[kind]
    assert [reduced.symbols[i] for i in record_of(reduced).active_atoms] == ["Mo"] * bonds


def test_sulfur_and_the_vacancy_share_a_molybdenum() -> None:
    atoms = built("moo3-bilayer-vt-s")
    (place_,) = record_of(atoms).parameters["vacancy_positions"]
    (sulfur,) = np.flatnonzero(atoms.symbols == "S")
    active = list(record_of(atoms).active_atoms)
    to_sulfur = atoms.get_distances(sulfur, active, mic=True)
    to_vacancy = np.linalg.norm(atoms.positions[active] - place_, axis=1)
    assert ((to_sulfur < 2.6) & (to_vacancy < 1.8)).any()


def test_vacancies_take_adsorbates_on_their_metal_only() -> None:
    atoms = built("moo3-bilayer-vt")
    (top,) = sites_to_adsorb(atoms)
    assert top.neighbours == record_of(atoms).active_atoms


def test_names_take_any_metal_by_pattern() -> None:
    assert str(build_site("m3-w").symbols) == "W3"
    assert str(build_site("M13-Co").symbols) == "Co13"
    for pattern in PATTERNS:
        assert len(build_site(pattern.example)) > 1
    assert build_site("ru12mo-centre").symbols[0] == "Mo"
    assert build_site("ru12mo-shell").symbols[1] == "Mo"


@pytest.mark.parametrize(
    ("name", "place_"), [("fe12mo-centre", 0), ("fe12v-centre", 0), ("fe12nb-shell", 1), ("fe12ru-shell", 1)]
)
def test_the_second_metal_of_fe12x_stands_where_it_is_published(name: str, place_: int) -> None:
    symbols = list(built(name).symbols)
    assert [i for i, symbol in enumerate(symbols) if symbol != "Fe"] == [place_]


def test_the_closest_pair_is_that_of_all_distances() -> None:
    atoms = built("moo3-bilayer-va")
    radii = covalent_radii[atoms.numbers]
    ratios = atoms.get_all_distances(mic=True) / (radii[:, None] + radii)
    np.fill_diagonal(ratios, np.inf)
    first, second, length, ratio = closest_pair(atoms)
    assert ratio == pytest.approx(ratios.min(), rel=1e-9)
    assert ratios[first, second] == pytest.approx(ratio, rel=1e-9)
    assert atoms.get_distance(first, second, mic=True) == pytest.approx(length, rel=1e-9)
    with pytest.raises(InputError, match="no two atoms of Fe"):
        closest_pair(Atoms("Fe"))


BAD = {
    "unknown": ({"name": "ru0001x"}, "no site is called 'ru0001x'.*did you mean"),
    "empty": ({"name": ""}, "no site is called ''"),
    "no element": ({"name": "m3-xx"}, "'Xx' is not an element"),
    "no d-block metal": ({"name": "m3-al"}, "'Al' is not a d-block metal"),
    "no such size": ({"name": "m7-fe"}, "no site is called 'm7-fe'"),
    "place unknown": ({"name": "fe12mo"}, "no site is called 'fe12mo'.*fe12mo-centre"),
    "missing": ({"name": "ru-baceo3"}, "cannot be built: the crystal BaCeO3 is not shipped"),
    "supercell of zero": ({"name": "ru0001", "supercell": (0, 2)}, r"supercell of \(0, 2\).*whole numbers from 1"),
    "supercell below zero": ({"name": "moo3-bilayer-vt", "supercell": (-1, 2)}, r"supercell of \(-1, 2\)"),
    "supercell of a lake": ({"name": "ru0001", "supercell": (500, 500)}, "repeat the cell 400 times at most"),
    "supercell of a cluster": ({"name": "m3-nb", "supercell": (2, 2)}, "does not repeat"),
    "vacuum below zero": ({"name": "ru0001", "vacuum": -3.0}, "a vacuum of -3.0 Angstrom.*6 Angstrom or more"),
    "vacuum too low": ({"name": "graphene", "vacuum": 0.5}, "a vacuum of 0.5 Angstrom.*6 Angstrom or more"),
    "six of one metal": ({"name": "fe5fe"}, "Fe for Fe.*m6-fe"),
    "thirteen of one metal": ({"name": "fe12fe-shell"}, "Fe for Fe.*m13-fe"),
    "indices with a divisor": ({"name": "pd999"}, r"the face is that of \(1, 1, 1\)"),
    "oxygen of a sulfide": ({"name": "ru1-vacancy@mos2"}, "no oxygen on a metal"),
    "oxygen of carbon nitride": ({"name": "ru1-vacancy@c3n4"}, "no oxygen on a metal"),
    "place that is not there": ({"name": "ru1-vacancy@mgo-100#9"}, "place 9 of 1"),
    "vacuum of a cluster": ({"name": "m3-nb", "vacuum": -3.0}, "the vacuum is -3 Angstrom"),
    "vacuum is NaN": ({"name": "m3-nb", "vacuum": float("nan")}, "the vacuum is nan"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_answered_with_a_sentence(arguments: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        build_site(**arguments)


def test_an_adsorption_site_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"no adsorption site 'hollow'.*'top', 'bridge', 'hcp hollow', 'fcc hollow'"):
        with_adsorbate(built("ru0001"), "N2", where="hollow")


def test_an_adsorbate_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(InputError, match="finds no place free of clashes on the site 'top 1'"):
        with_adsorbate(built("moo3-bilayer-va"), "N2", where="top 1")  # under a terminal oxygen


def test_a_covered_site_is_not_taken_for_a_clean_one() -> None:
    with pytest.raises(InputError, match="no clean site"):
        with_adsorbate(with_adsorbate(built("m3-nb"), "N2"), "N2")


def test_atoms_from_elsewhere_have_no_catalogue_entry() -> None:
    with pytest.raises(InputError, match="no clean site of the catalogue"):
        sites_to_adsorb(moo3_bilayer())


def test_the_gallery_shows_every_site() -> None:
    docs = Path(__file__).parents[3] / "docs"
    page = (docs / "gallery.md").read_text(encoding="utf-8")
    for name in site_names():
        assert f"### {name}\n" in page, "run `make gallery`"
    for picture in re.findall(r"\]\((pictures/sites/[^)]+)\)", page):
        assert (docs / picture).is_file()


SUPPORTED = [name for name in site_names() if "@" in name and not re.search("-(cation|vacancy)@", name)]


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_stands_on_a_support_is_bound_to_a_nonmetal_of_it(name: str) -> None:
    atoms = built(name)
    ours = record_of(atoms).parameters["cluster_atoms"]
    anions = [i for i in range(len(atoms)) if i not in ours and not is_metal(atoms)[i]]
    radii = covalent_radii[atoms.numbers]
    ratios = atoms.get_all_distances(mic=True)[np.ix_(ours, anions)] / (radii[ours][:, None] + radii[anions])
    assert ratios.min() < 1.15


@pytest.mark.parametrize(("name", "anchor"), [("m6-ru@mgo-100", "top Mg"), ("co-n4-vn", "Co-N4 in graphene")])
def test_the_record_keeps_the_anchor_beside_the_name(name: str, anchor: str) -> None:
    assert record_of(built(name)).parameters["site"] == name
    assert record_of(built(name)).parameters["anchor"] == anchor


CHANGED = ["moo3-bilayer-vt", "moo3-bilayer-h", "moo3-bilayer-s", "co1-ru", "mos2-vs", "mos2-b", "ru1-cation@ceo2-111"]


@pytest.mark.parametrize("name", [*CHANGED, "ru1@ceo2-111"])
def test_notes_of_what_was_changed_name_the_clean_slab_and_the_dipole(name: str) -> None:
    notes = record_of(built(name)).notes
    assert notes.count(ONE_SIDED) == 1
    stale = [note for note in notes if re.search("non-polar|equivalent|stoichio|symmetric", note)]
    assert all(note.startswith(("clean slab: ", "support: ")) for note in stale)


def test_notes_of_parts_have_a_subject() -> None:
    assert {"substrate: non-polar.", "film: non-polar."} <= set(record_of(built("mo2c-moo2")).notes)
    assert not any("N at the places" in note for note in record_of(built("graphene")).notes)
    zeolite = record_of(built("ru-zsm5-t12")).notes
    assert all(note.startswith("framework before") for note in zeolite if "every T site" in note or "pure" in note)


@pytest.mark.parametrize(
    "name", ["ru1@moo3-bilayer", "m6-ru@ca2nh-100-vh", "m3-ru@c3n4-vn#2", "ru1-vacancy@tio2-110#2"]
)
def test_supports_with_vacancies_and_further_places_build(name: str) -> None:
    atoms = build_site(name)
    assert "Ru" in atoms.symbols
    assert record_of(atoms).parameters["site"] == name


def test_places_beside_a_vacancy_are_on_its_active_atoms() -> None:
    slab, whole = built("moo3-bilayer-vt"), build_site("ru1@moo3-bilayer-vt")
    assert set(record_of(whole).parameters["neighbours"]) <= set(record_of(slab).active_atoms)


OXIDES = ["ceo2-111", "mgo-100", "tio2-110", "sm2o3-111", "theta-al2o3-010", "al2o3-0001", "coo-011", "moo2-100"]


@pytest.mark.parametrize("name", [*OXIDES, "ca2nh-100", "mo2c-100", "mo2n-001"])
def test_compound_slabs_are_thick_and_held_below(name: str) -> None:
    atoms = built(name)
    (fixed,) = atoms.constraints
    heights = atoms.positions[:, 2]
    low = heights[fixed.index]
    assert 0.3 <= len(low) / len(atoms) <= 0.5
    assert low.max() < np.delete(heights, fixed.index).min()
    assert np.ptp(heights) > 5.0


def test_descriptions_of_dots_and_particles_say_what_was_reached() -> None:
    for name in ("moo3-dot", "moo3-dot-3nm"):
        text, given = site(name).description, record_of(built(name)).parameters
        assert f"x = {given['x']:.2f} and {given['sulfur']:.2f} S" in text
        assert f"Mo{int(np.sum(built(name).symbols == 'Mo'))} " in text
    assert site("coru-particle").description.startswith(str(built("coru-particle").symbols.formula.convert("hill")))
    assert not any("support, " in site(name).description for name in site_names())


@pytest.mark.parametrize(
    ("row", "missing"), [("B9", "fe-n4-k"), ("B12", "ru-3.0nm"), ("B13", "ru-5.0nm"), ("B16", "sm-h-rim")]
)
def test_what_a_row_lacks_is_named_with_its_reason(row: str, missing: str) -> None:
    (system,) = (system for system in systems() if system.key == row)
    assert missing in system.missing
    with pytest.raises(InputError, match="cannot be built"):
        build_site(missing)

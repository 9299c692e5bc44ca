"""Adsorbates on sites: counts, distances, clashes, orientations, pairs, records and refusals."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from ase import Atoms
from ase.build import fcc111
from ase.data import covalent_radii
from ase.io import read, write

from nrrsim.errors import InputError
from nrrsim.structures.adsorbates import adsorbate, known_adsorbates
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog.lookup import build_site, metal_first, sites_to_adsorb
from nrrsim.structures.clusters import m3, m13
from nrrsim.structures.placement import coadsorbed, orientations, place, second_sites, turned
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import AdsorptionSite, adsorbate_atoms, adsorption_sites, all_sites

CLASSES = {  # a named site for each class of adsorption sites beyond flat slabs and free clusters
    "step and B5": "ru-step-a",
    "rim": "m6-ru@mgo-100",
    "vacancy": "moo3-bilayer-va",
    "oxide with cations": "ceo2-111",
    "single atom": "fe-n4",
    "pore": "ru-zsm5-t12",
    "sulfide edge": "mos2-mo-edge-50",
    "dot": "moo3-dot",
}
FORMS = [(name, form) for name, forms in known_adsorbates().items() for form in forms]
HOSTS = {
    "M3": lambda: m3("Nb"),
    "M13": lambda: m13("Fe"),
    "fcc111": lambda: fcc111("Rh", (3, 3, 3), vacuum=9, periodic=True),
}


@functools.cache
def host(name: str) -> tuple[Atoms, tuple[AdsorptionSite, ...]]:
    atoms = HOSTS[name]()
    return atoms, adsorption_sites(atoms)


def ratios(atoms: Atoms, first: list[int], second: list[int]) -> np.ndarray:
    """Distances in sums of covalent radii, by ase's minimum image convention."""
    radii = covalent_radii[atoms.numbers]
    return np.array([atoms.get_distances(i, second, mic=True) / (radii[i] + radii[second]) for i in first])


def named(name: str, kind: str) -> AdsorptionSite:
    return next(site for site in host(name)[1] if site.name == kind)


@pytest.mark.parametrize("where", HOSTS)
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_adsorbate_fits_every_site(where: str, name: str, form: str) -> None:
    atoms, sites = host(where)
    guest = adsorbate(name, form=form)
    n = len(atoms)
    inside = guest.atoms.get_all_distances()
    for site in sites:
        placed = place(atoms, site, guest)
        indices = list(range(n, n + len(guest.atoms)))
        assert len(placed) == n + len(guest.atoms)
        assert adsorbate_atoms(placed) == (tuple(indices),)
        np.testing.assert_array_equal(placed.positions[:n], atoms.positions)
        np.testing.assert_allclose(placed[indices].get_all_distances(), inside, rtol=0, atol=1e-9)
        found = ratios(placed, indices, list(range(n)))
        assert found.min() > 0.8 - 1e-6
        binding = found[list(guest.binding)][:, list(site.neighbours)]
        assert binding.min() < 1.35  # bound: lifts are small
        again = place(atoms, site, guest)
        np.testing.assert_array_equal(again.positions, placed.positions)
        assert record_of(again) == record_of(placed)


@functools.cache
def chosen_sites(where: str) -> tuple[Atoms, list[AdsorptionSite]]:
    """A structure with its sites on metal atoms, the last ones first: rims and B5 sites come last."""
    atoms = build_site(CLASSES[where])
    metal = is_metal(atoms)
    return atoms, [site for site in sites_to_adsorb(atoms) if metal[list(site.neighbours)].any()][::-1][:8]


@pytest.mark.parametrize("where", CLASSES)
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_adsorbate_goes_on_every_class_of_sites(where: str, name: str, form: str) -> None:
    """On one site of the class at least; never with a clash or a bond of its own changed."""
    atoms, sites = chosen_sites(where)
    guest = adsorbate(name, form=form)
    own, n, bound = guest.atoms.get_all_distances(), len(atoms), 0
    for site in sites:
        try:
            placed = place(atoms, site, guest)
        except InputError:  # crowded: another site of the class must do
            continue
        bound += 1
        indices = list(range(n, n + len(guest.atoms)))
        assert len(placed) == n + len(guest.atoms)
        np.testing.assert_allclose(placed[indices].get_all_distances(), own, rtol=0, atol=1e-9)
        assert ratios(placed, indices, list(range(n))).min() > 0.8 - 1e-6
        np.testing.assert_array_equal(place(atoms, site, guest).positions, placed.positions)
    assert bound > 0


@pytest.mark.parametrize("where", HOSTS)
@pytest.mark.parametrize("name", ["N", "H", "O", "N2", "NH"])
def test_upright_ones_stand_at_the_bond_length(where: str, name: str) -> None:
    """Binding atom over the site, at the sum of covalent radii from the nearest neighbours."""
    atoms, sites = host(where)
    for site in sites:
        placed = place(atoms, site, name)
        step = placed.positions[len(atoms)] - site.position
        np.testing.assert_allclose(step - (step @ site.normal) * site.normal, 0, rtol=0, atol=1e-9)
        nearest = ratios(placed, [len(atoms)], list(site.neighbours)).min()
        (entry,) = record_of(placed).parameters["adsorbates"]
        if entry["lifted"] == 0 and entry["height"] > 0.5:
            np.testing.assert_allclose(nearest, 1.0, rtol=1e-9)
        else:
            assert nearest > 1.0 - 1e-9


def test_end_on_stands_and_side_on_lies_along_the_bridge() -> None:
    atoms, _ = host("fcc111")
    site = named("fcc111", "bridge")
    standing, lying = place(atoms, site, "N2"), place(atoms, site, adsorbate("N2", form="side-on"))
    upright = standing.positions[-1] - standing.positions[-2]
    np.testing.assert_allclose(upright / np.linalg.norm(upright), [0, 0, 1], rtol=0, atol=1e-9)
    flat = lying.positions[-1] - lying.positions[-2]
    along = site.neighbour_positions[1] - site.neighbour_positions[0]
    assert abs(flat[2]) < 1e-9
    assert abs(flat @ along) == pytest.approx(np.linalg.norm(flat) * np.linalg.norm(along), rel=1e-9)
    bonds = np.sort(ratios(lying, [27, 28], list(site.neighbours)).ravel())
    np.testing.assert_allclose(bonds[:2], 1.0, rtol=1e-9)  # each N at one metal atom


def test_rotation_and_height_are_as_asked() -> None:
    atoms, _ = host("fcc111")
    site = named("fcc111", "top")
    guest = adsorbate("N2", form="side-on")
    axes = []
    for angle in (0.0, 30.0, 120.0):
        placed = place(atoms, site, guest, height=2.5, rotation=angle)
        axis = placed.positions[-1] - placed.positions[-2]
        axes.append(axis / np.linalg.norm(axis))
        np.testing.assert_allclose(placed.positions[-2:, 2] - site.position[2], 2.5, rtol=0, atol=1e-9)
    assert np.degrees(np.arccos(axes[0] @ axes[1])) == pytest.approx(30, abs=1e-6)
    assert np.cross(axes[0], axes[2])[2] > 0
    assert abs(axes[0] @ site.tangent) == pytest.approx(1)


@pytest.mark.parametrize(("name", "count"), [("N", 1), ("N2", 1), ("H", 1)])
def test_what_is_round_has_one_orientation(name: str, count: int) -> None:
    atoms, _ = host("fcc111")
    assert len(orientations(atoms, named("fcc111", "top"), name)) == count


def test_orientations_differ_by_more_than_symmetry() -> None:
    """Twelve turns of a line by 30 degrees on a sixfold top of a threefold layer: along a row or between two."""
    atoms, _ = host("fcc111")
    top, guest = named("fcc111", "top"), adsorbate("N2", form="side-on")
    assert len(orientations(atoms, top, guest, count=12)) == 2
    assert len(orientations(atoms, top, guest, count=6)) == 1
    assert len(orientations(atoms, top, adsorbate("NNH", form="side-on"), count=12)) > 2
    drawn = [orientations(atoms, top, guest, count=3, seed=4) for _ in range(2)]
    for first, second in zip(*drawn, strict=True):
        np.testing.assert_array_equal(first.positions, second.positions)


def test_an_adsorbate_is_turned_about_the_bond_that_it_stands_on() -> None:
    """Bond lengths within it and to its foot stay; what is one by symmetry, round or without room is left out."""
    bilayer = build_site("moo3-bilayer-vt", supercell=(2, 2))
    site = metal_first(bilayer, adsorption_sites(bilayer))[0]
    bent = place(bilayer, site, "NNH")
    (guest,) = adsorbate_atoms(bent)
    metal = record_of(bent).parameters["adsorbates"][0]["neighbours"][0]
    every = turned(bent, count=4)
    assert len(every) == 3  # the slab's mirror along x makes one of two
    assert every[0] is bent
    for structure in every[1:]:
        assert np.abs(structure.positions[guest[-1]] - bent.positions[guest[-1]]).max() > 0.5
        for i in guest:
            expected = bent.get_distances(i, [*guest, metal], mic=True)
            np.testing.assert_allclose(structure.get_distances(i, [*guest, metal], mic=True), expected, atol=1e-9)
        rest = [i for i in range(len(bent)) if i not in guest[1:]]
        np.testing.assert_array_equal(structure.positions[rest], bent.positions[rest])
        assert record_of(structure).parameters == record_of(bent).parameters
    shifted = bent.copy()
    shifted.translate([-bent.positions[guest[0], 0] - 0.1, -bent.positions[guest[0], 1] - 0.1, 0.0])
    shifted.wrap(pbc=bent.pbc)
    for one, other in zip(turned(shifted, count=4), every, strict=True):
        expected = other.get_all_distances(mic=True)
        np.testing.assert_allclose(one.get_all_distances(mic=True), expected, rtol=0, atol=1e-9)
    radii = covalent_radii[bilayer.numbers]
    reach = {i: radii + covalent_radii[bent.numbers[i]] for i in guest[1:]}
    host = range(len(bilayer))
    rooms = [min((s.get_distances(i, host, mic=True) / reach[i]).min() for i in reach) for s in every[1:]]
    assert rooms == sorted(rooms, reverse=True)
    assert len(turned(bent, count=2)) == 2
    walled = bent.copy()
    oxygen = next(i for i, symbol in enumerate(bilayer.symbols) if symbol == "O")
    walled.positions[oxygen] = every[1].positions[guest[-1]] + [0.0, 0.0, 0.9]
    assert all(np.abs(s.positions - every[1].positions)[guest[-1]].max() > 0.1 for s in turned(walled, count=4))
    for round_ in ("N", "N2"):
        assert len(turned(place(bilayer, site, round_), count=4)) == 1
    with pytest.raises(InputError, match="holds 0 adsorbates"):
        turned(bilayer, count=2)


@pytest.mark.parametrize("where", HOSTS)
@pytest.mark.parametrize("other", ["N", "NH", "NH2", "NH3"])
def test_pairs_stand_apart(where: str, other: str) -> None:
    """N beside NHx: bound to the surface, not to each other."""
    atoms, sites = host(where)
    first = sites[-1]
    tried = 0
    for second in second_sites(atoms, first, within=5.0):
        try:
            placed = coadsorbed(atoms, [(first, "N"), (second, other)])
        except InputError:
            continue
        tried += 1
        nitrogen, rest = adsorbate_atoms(placed)
        assert ratios(placed, list(nitrogen), list(rest)).min() > 1.3 - 1e-6
        entry = record_of(placed)
        assert [a["name"] for a in entry.parameters["adsorbates"]] == ["N", other]
        assert set(entry.active_atoms) == {*first.neighbours, *second.neighbours}
    assert tried > 0


def test_second_sites_are_classes_around_the_first() -> None:
    atoms, sites = host("M13")
    top = sites[0]
    seconds = second_sites(atoms, top, within=20.0)
    assert [s.kind for s in seconds].count("top") == 3  # ortho, meta and para of an icosahedron
    assert {s.kind for s in seconds} == {"top", "bridge", "face"}
    slab, _ = host("fcc111")
    tops = [s for s in second_sites(slab, named("fcc111", "top"), within=3.0) if s.kind == "top"]
    assert len(tops) == 1


def test_record_tells_what_was_done(tmp_path) -> None:
    atoms = m3("Nb")
    bridge = adsorption_sites(atoms)[1]
    placed = place(atoms, bridge, "NNH2", rotation=10.0)
    write(tmp_path / "covered.extxyz", placed)
    entry = record_of(read(tmp_path / "covered.extxyz"))
    assert entry == record_of(placed)
    assert entry.what == "NNH2 on Nb3 triangle of three"
    assert entry.active_atoms == tuple(sorted(bridge.neighbours))
    assert entry.parameters["host"]["parameters"]["metals"] == ["Nb"] * 3
    assert entry.parameters["adsorbates"][0]["atoms"] == [3, 4, 5, 6]
    assert "starting geometry" in entry.source
    assert record_of(atoms).what == "Nb3 triangle of three"
    assert len(atoms) == 3


def test_wrapped_and_shifted_structures_do_not_hide_a_clash() -> None:
    atoms, _ = host("fcc111")
    moved = atoms.copy()
    moved.positions += 3 * atoms.cell[0] - 2 * atoms.cell[1]
    for structure in (atoms, moved):
        top = adsorption_sites(structure)[0]
        placed = place(structure, top, "NH3")
        assert ratios(placed, list(range(27, 31)), list(range(27))).min() > 0.8 - 1e-6
        with pytest.raises(InputError, match="finds no place free of clashes on the site 'top'"):
            place(placed, top, "N")
        with pytest.raises(InputError, match="finds no place free of clashes"):
            place(structure, top, "N", height=0.5)


def test_a_crowded_turn_is_avoided() -> None:
    """A neighbour makes the adsorbate turn; the record says so."""
    atoms, _ = host("fcc111")
    sites = all_sites(atoms)
    top = next(s for s in sites if s.name == "top")
    guest = adsorbate("N2", form="side-on")
    near = [s for s in sites if s.name == "top" and 1 < np.linalg.norm(s.position - top.position) < 3]
    turns = []
    for second in near:
        placed = place(place(atoms, top, guest), second, guest)
        entry = record_of(placed).parameters["adsorbates"][1]
        turns.append(entry["turned"])
        assert entry["rotation"] == entry["turned"]
        assert entry["lifted"] == 0
        first, last = adsorbate_atoms(placed)
        assert ratios(placed, list(first), list(last)).min() > 1.3 - 1e-6
    assert any(turns)


@pytest.mark.parametrize("where", HOSTS)
def test_a_covered_structure_has_no_sites_on_its_adsorbates(where: str) -> None:
    atoms, sites = host(where)
    placed = place(atoms, sites[0], "NH3")
    assert {i for site in all_sites(placed) for i in site.neighbours} <= set(range(len(atoms)))
    assert len(all_sites(placed)) == len(all_sites(atoms))
    assert len(adsorption_sites(placed)) > len(sites)  # the adsorbate breaks the symmetry


def test_an_atom_on_the_site_keeps_the_adsorbate_from_it() -> None:
    """On an oxo group, a lift would bind to the oxygen: refused; the neighbouring top is free."""
    atoms, _ = host("fcc111")
    tops = [s for s in all_sites(atoms) if s.name == "top"]
    oxo = atoms + Atoms("O", positions=[tops[0].position + np.array([0, 0, 1.7])])
    with pytest.raises(InputError, match="no place free of clashes"):
        place(oxo, tops[0], "N")
    assert record_of(place(oxo, tops[1], "N")).parameters["adsorbates"][0]["lifted"] == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"height": 0.3}, "no place free of clashes"),
        ({"height": float("nan")}, "the height is nan"),
        ({"rotation": float("inf")}, "the rotation is inf"),
        ({"species": "NNH4"}, "'NNH4' is not known"),
    ],
)
def test_refused_options(options: dict, sentence: str) -> None:
    atoms, sites = host("M3")
    with pytest.raises(InputError, match=sentence):
        place(atoms, sites[0], **{"species": "NNH"} | options)


def test_refused_structures() -> None:
    atoms, sites = host("M3")
    with pytest.raises(InputError, match="is taken twice"):
        coadsorbed(atoms, [(sites[0], "N"), (sites[0], "NH")])
    with pytest.raises(InputError, match="are not where it says"):
        place(m3("Y"), named("M3", "face"), "N")
    with pytest.raises(InputError, match="names atom"):
        place(atoms[:1], host("M13")[1][-1], "N")
    with pytest.raises(InputError, match="count of orientations is 0"):
        orientations(atoms, sites[0], "N", count=0)
    small = fcc111("Rh", (1, 1, 3), vacuum=8)
    with pytest.raises(InputError, match="a larger cell"):
        place(small, adsorption_sites(small)[0], adsorbate("HNNH", form="trans side-on"))

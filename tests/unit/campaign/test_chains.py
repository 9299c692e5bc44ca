"""Chains of tasks: starts relaxed, roughly first, the lowest vibrated, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from records import EMT, record

from nrrsim.campaign.chains import StateChain, alike, is_state
from nrrsim.campaign.computed import Computed, collected, lender
from nrrsim.campaign.plan import CLEAN, Plan
from nrrsim.campaign.states import (
    State,
    network_for,
    oxygen_sites,
    starts,
)
from nrrsim.dft.record import DftRecord
from nrrsim.dft.relaxation import free_atoms
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.errors import InputError
from nrrsim.structures.catalog.lookup import build_site
from nrrsim.structures.matching import carried_over
from nrrsim.structures.placement import turned
from nrrsim.structures.sites import adsorbate_atoms


def chain(**changes: object) -> StateChain:
    clean = build_site("m3-cu")
    return StateChain("m3-cu N*", starts(clean, State("N*", "N"), count=2), replace(EMT, **changes), "cluster")


def test_a_chain_relaxes_each_start_and_vibrates_the_lowest() -> None:
    one = chain()
    done: list[DftRecord] = []
    for energy in (-1.0, -2.0):
        task = one.next(done)
        assert task is not None
        assert task.work == "relax"
        done.append(record(task, energy=energy))
    task = one.next(done)
    assert task is not None
    assert task.work == "vibrations"
    assert task.options["indices"] == [3]
    assert task.atoms is done[1].atoms
    assert one.next([*done, record(task, energy=-2.0)]) is None


def gone(task: Task, **changes: object) -> DftRecord:
    """Of an adsorbate that is far above where it was."""
    atoms = task.atoms.copy()
    atoms.positions[list(adsorbate_atoms(atoms)[0])] += [0.0, 0.0, 4.0]
    return replace(record(task, energy=-9.0), atoms=atoms, **changes)  # type: ignore[arg-type]


def test_a_state_that_left_from_every_start_is_none() -> None:
    one = StateChain("m3-cu N2*", starts(build_site("m3-cu"), State("N2*", "N2"), count=2), EMT, "cluster")
    first = one.next([])
    assert first is not None
    away = gone(first, reason="not relaxed after 200 steps.")  # far from anything forces die out slowly
    assert not one.found([away]).left  # another start is still to come
    second = one.next([away])
    assert second is not None
    left = one.found([away, gone(second, reason="the adsorbate N2 left the cluster.")])
    assert (left.left, left.structure) == (True, None)
    assert "the adsorbate N2 left the cluster." in left.why
    assert not one.found([away, record(second, energy=-9.0, reason="not relaxed after 200 steps.")]).left
    assert not one.found([away, gone(second, status="failed")]).left


def test_a_chain_leaves_out_what_became_something_else() -> None:
    one = chain()
    first = one.next([])
    assert first is not None
    gone = record(first, energy=-9.0, reason="the adsorbate N left the cluster.")
    second = one.next([gone])
    assert second is not None
    moved = record(second, energy=-1.0, reason="the adsorbate N moved to another site, at Cu0.")
    assert not is_state(gone)
    assert is_state(moved)
    task = one.next([gone, moved])
    assert task is not None
    assert task.atoms is moved.atoms
    assert one.next([gone, replace(moved, status="failed")]) is None


def test_electrons_of_several_vacancies_begin_parallel_and_antiparallel() -> None:
    plan = Plan("moo3-bilayer-x0.25", replace(EMT, prerelax="gpaw-pw400-pbe-rough"), supercell=(2, 2))
    one = plan.references()[0]
    rough = one.next([])
    assert rough is not None
    done = [record(rough, energy=0.0, settings_=rough.settings)]
    totals = []
    for energy in (-1.0, -1.1):
        task = one.next(done)
        assert task is not None
        assert task.settings.name == "emt"
        np.testing.assert_array_equal(task.atoms.positions, done[0].atoms.positions)
        totals.append(float(task.atoms.get_initial_magnetic_moments().sum()))
        done.append(record(task, energy=energy))
    assert totals == [4.0, 0.0]
    assert one.next(done) is None
    assert one.found(done).structure is done[-1]
    spinless = replace(EMT, parameters={**EMT.parameters, "spinless": True})
    for other in (replace(plan, site="moo3-bilayer-vt", settings=EMT), replace(plan, settings=spinless)):
        single = other.references()[0]
        assert single.next([record(single.next([]), energy=0.0)]) is None  # type: ignore[arg-type]


def test_rough_settings_may_lean_on_rougher_ones() -> None:
    """Moments are turned where they are first felt, and each level relaxes what the one before left near the lowest."""
    middle = settings("gpaw-pw500-pbe-u-gamma")
    plan = Plan("moo3-bilayer-x0.25", replace(EMT, prerelax=middle.name), supercell=(2, 2))
    one, done, seen = plan.references()[0], list[DftRecord](), list[tuple[str, float]]()
    while (task := one.next(done)) is not None:
        total = float(task.atoms.get_initial_magnetic_moments().sum())
        seen.append((task.settings.name, round(total, 6)))
        atoms = task.atoms.copy()
        done.append(replace(record(task, energy=-float(len(done)) / 10, settings_=task.settings), atoms=atoms))
    assert seen == [(middle.prerelax, 4.0), (middle.name, 4.0), (middle.name, 0.0), ("emt", 0.0), ("emt", 4.0)]
    assert one.found(done).structure is done[-1]


def test_states_begin_as_they_stand_on_another_site(tmp_path: Path) -> None:
    rough = replace(EMT, prerelax="tblite-gfn1")
    plan = Plan(
        "moo3-bilayer-x0.25", rough, states=("N2*", "NNH*", "NNH2*"), supercell=(2, 2), starts_from="moo3-bilayer-vt"
    )
    there = plan.on("moo3-bilayer-vt")
    clean = record(there.references()[0].next([]), energy=-10.0)  # type: ignore[arg-type]
    chains, _ = there.chains(clean)
    structures = {name: record(chains[name].next([]), energy=-11.0) for name in ("N2*", "NNH*")}  # type: ignore[arg-type]
    found = Computed(there, structures, structures, {}, {"NNH2*": "not computed yet."}, begun=structures)
    here = record(plan.references()[0].next([]), energy=-9.0)  # type: ignore[arg-type]
    begun, refused = plan.chains(here, found)
    assert set(begun) == {"N2*", "NNH*"}
    assert refused["NNH2*"].startswith("its structure on moo3-bilayer-vt with emt: not computed yet.")
    task = begun["NNH*"].next([])
    assert task is not None
    assert task.settings.name == "emt"  # near its end: not roughly first
    expected = carried_over(structures["NNH*"].atoms, there.clean, onto=here.atoms, onto_built=plan.clean)
    np.testing.assert_array_equal(task.atoms.positions, expected.positions)
    twice = replace(plan, starts_of={"NNH*": 2})
    more, _ = twice.chains(here, replace(found, plan=twice.on("moo3-bilayer-vt")))
    assert [len(more[name].starts) for name in ("N2*", "NNH*")] == [1, 2]
    for start, atoms in zip(more["NNH*"].starts, turned(expected, count=2), strict=True):
        np.testing.assert_array_equal(start.positions, atoms.positions)
    store = Store(tmp_path / "store.db")
    assert lender(replace(plan, starts_from=""), store) is None
    assert set(plan.chains(here, lender(plan, store))[1]) == {"N2*", "NNH*", "NNH2*"}
    in_flight = replace(found, begun={"N2*": structures["N2*"]})
    assert set(plan.chains(here, in_flight)[0]) == {"N2*"}  # what is not at its end may end elsewhere
    lower = {**structures, "NNH*": replace(structures["NNH*"], atoms=structures["N2*"].atoms)}
    again = plan.chains(here, replace(found, structures=lower, relaxed=lower, waiting=frozenset({"NNH*"})))[0]["NNH*"]
    assert again.next([]).key == task.key  # type: ignore[union-attr]
    for site, other in (("moo3-bilayer-vt", "moo3-bilayer-vt"), ("m3-cu", "m3-fe")):
        with pytest.raises(InputError, match=f"{site} cannot begin from what stands on {other}"):
            Plan(site, EMT, starts_from=other)


def test_lent_vibrations_stand_for_a_structure_that_is_still_theirs() -> None:
    one = on_bilayer()["NNH*"]
    modes = record(one.next([]), energy=-1.0, settings_=settings("gpaw-pw500-pbe-spinless"))  # type: ignore[arg-type]
    lending = replace(one, near=True, lent=modes)
    relaxed = record(lending.next([]), energy=-2.0)  # type: ignore[arg-type]
    assert lending.next([relaxed]) is None
    assert (lending.found([relaxed]).modes, lending.found([relaxed]).why) == (modes, "")
    slid = relaxed.atoms.copy()
    slid.positions[list(adsorbate_atoms(slid)[0])] += [0.0, 0.0, 0.6]
    own = lending.next([replace(relaxed, atoms=slid)])
    assert own is not None
    assert own.work == "vibrations"
    assert lending.found([replace(relaxed, atoms=slid)]).modes is None
    assert lending.found([replace(relaxed, atoms=slid)]).waiting


def test_an_imaginary_mode_that_is_left_is_followed_once_more() -> None:
    one = chain()
    relaxed = [record(one.next([]), energy=-1.0)]
    while (task := one.next(relaxed)).work == "relax":
        relaxed.append(record(task, energy=0.0))
    modes = {"indices": [0, 1], "imaginary": [{"mode": [[0.0, 0.0, 0.5], [0.0, 0.25, 0.0]]}], "followed": {}}
    left = replace(record(task, energy=-1.1, reason="1 imaginary mode where 0 are meant: 184i cm-1."), details=modes)
    again = one.next([*relaxed, left])
    assert again is not None
    assert again.work == "vibrations"
    assert again.options["fmax"] == pytest.approx(0.2 * EMT.relax["fmax"])
    np.testing.assert_allclose((again.atoms.positions - left.atoms.positions)[:2], [[0, 0, 0.1], [0, 0.05, 0]])
    assert one.next([*relaxed, left, replace(left, key=again.key)]) is None
    whole = replace(left, reason="", details=modes | {"imaginary": []})
    assert one.next([*relaxed, whole]) is None


def roughened(one: StateChain, energies: Sequence[float], **said: object) -> list[DftRecord]:
    """Records of the rough relaxations of a chain's starts, each with the structure it was given."""
    done: list[DftRecord] = []
    for energy in energies:
        task = one.next(done)
        assert task is not None
        assert task.settings.name == "tblite-gfn1"
        made = record(task, energy=energy, settings_=task.settings)
        done.append(replace(made, **said))  # type: ignore[arg-type]
    return done


def test_rough_settings_relax_all_starts_and_the_low_ends_go_on() -> None:
    one = chain(prerelax="tblite-gfn1")
    far, near = (roughened(one, (-1.0, -1.0 - gap)) for gap in (0.3, 0.1))
    left = one.starts
    for done, order in ((far, (1,)), (near, (1, 0))):
        for k in order:
            fine = one.next(done)
            assert fine is not None
            assert fine.settings.name == "emt"
            np.testing.assert_array_equal(fine.atoms.positions, left[k].positions)
            done.append(record(fine, energy=-2.0))
        last = one.next(done)
        assert last is not None
        assert last.work == "vibrations"
    alike = roughened(one, (-1.0, -1.005))
    done = [*alike, record(one.next(alike), energy=-2.0)]  # type: ignore[arg-type]
    assert one.next(done).work == "vibrations"  # type: ignore[union-attr]


def test_modes_of_cheaper_settings_leave_the_host_of_a_slab_at_rest() -> None:
    clean = build_site("ru0001")
    start = starts(clean, State("N*", "N"), count=1)[0]
    guest = set(adsorbate_atoms(start)[0])
    one = StateChain("N*", (start,), replace(EMT, prerelax="tblite-gfn1", modes="gpaw-pw500-pbe-spinless"), "slab")
    done: list[DftRecord] = []
    free = set(free_atoms(start))
    assert len(free) > len(guest)
    for name, moving in (("tblite-gfn1", free), ("emt", free), ("gpaw-pw500-pbe-spinless", guest)):
        task = one.next(done)
        assert task is not None
        assert (task.settings.name, set(free_atoms(task.atoms))) == (name, moving)
        done.append(record(task, energy=0.0, settings_=task.settings))
    led = replace(done[-1], details={"indices": [], "imaginary": [], "followed": {}})
    again = one.next([*done[:-1], led])  # from where the modes ended, the host free
    assert again is not None
    assert (again.work, again.settings.name, set(free_atoms(again.atoms))) == ("relax", "emt", free)
    assert one.found([*done[:-1], led, record(again, energy=0.0)]).modes is led
    higher = [*done[:-1], led, record(again, energy=0.5)]
    assert one.found(higher).modes is None
    own = one.next(higher)  # of the structure that stays the lowest, with its own settings
    assert own is not None
    assert (own.work, own.settings.name, set(free_atoms(own.atoms))) == ("vibrations", "emt", free)
    np.testing.assert_array_equal(own.atoms.positions, done[1].atoms.positions)
    modes = record(own, energy=0.0)
    assert one.next([*higher, modes]) is None
    assert (one.found([*higher, modes]).modes, one.found([*higher, modes]).why) == (modes, "")
    slid = done[-1].atoms.copy()
    slid.positions[list(guest)] += [0.4, 0.4, 0.0]  # bonded as before, but elsewhere
    aside = [*done[:-1], replace(done[-1], atoms=slid, details={"indices": [], "imaginary": [], "relaxed_before": {}})]
    there = one.next(aside)
    assert there is not None
    assert (there.work, there.settings.name) == ("relax", "emt")
    assert one.found([*aside, record(there, energy=-0.3)]).modes is aside[-1]
    back = replace(record(there, energy=0.0), atoms=done[1].atoms)
    assert one.found([*aside, back]).modes is None
    own = one.next([*aside, back])
    assert own is not None
    assert (own.work, own.settings.name) == ("vibrations", "emt")
    cluster = StateChain("N*", (start,), one.settings, "cluster")
    last = cluster.next(done[:2])
    assert last is not None
    assert set(free_atoms(last.atoms)) == free


def test_a_failure_of_rough_settings_is_no_end() -> None:
    one = chain(prerelax="tblite-gfn1")
    done = roughened(one, (0.0, 0.0), status="failed", reason="no", energy=None)
    for start in one.starts:  # as they are
        fine = one.next(done)
        assert fine is not None
        assert fine.settings.name == "emt"
        np.testing.assert_array_equal(fine.atoms.positions, start.positions)
        done.append(record(fine, energy=-1.0))
    unfinished = roughened(one, (0.0, -1.0), reason="not relaxed after 60 steps: ...")
    fine = one.next(unfinished)
    assert fine is not None
    np.testing.assert_array_equal(fine.atoms.positions, one.starts[1].positions)


def test_a_rough_structure_that_became_something_else_is_no_start() -> None:
    one = chain(prerelax="tblite-gfn1")
    gone = one.starts[1].copy()
    gone.positions[3] += 4.0
    first, second = roughened(one, (0.0, -1.0))
    fine = one.next([first, replace(second, atoms=gone)])
    assert fine is not None
    np.testing.assert_array_equal(fine.atoms.positions, one.starts[0].positions)


def test_what_was_relaxed_without_spin_goes_on_with_the_moments_of_its_start() -> None:
    one = replace(chain(prerelax="gpaw-pw400-pbe-rough"), starts=chain().starts[:1])
    one.starts[0].set_initial_magnetic_moments([1.0, 0.0, 0.0, 0.0])
    rough = one.next([])
    assert rough is not None
    bare = one.starts[0].copy()
    bare.set_initial_magnetic_moments(None)
    bare.positions[3] += 0.1
    fine = one.next([replace(record(rough, energy=0.0, settings_=rough.settings), atoms=bare)])
    assert fine is not None
    np.testing.assert_array_equal(fine.atoms.positions, bare.positions)
    np.testing.assert_array_equal(fine.atoms.get_initial_magnetic_moments(), [1.0, 0.0, 0.0, 0.0])


def walked(one: StateChain, **said: object) -> list[DftRecord]:
    """Records of a chain whose tasks all succeed."""
    done: list[DftRecord] = []
    while (task := one.next(done)) is not None:
        made = record(task, energy=-1.0 - len(done), settings_=task.settings)
        done.append(replace(made, **said) if task.work == "vibrations" else made)  # type: ignore[arg-type]
    return done


def test_energies_on_other_settings_geometries_are_single_points_there() -> None:
    one = replace(chain(geometry="tblite-gfn2"), starts=chain().starts[:1])
    done = walked(one)
    assert [(r.work, r.settings["name"]) for r in done] == [
        ("relax", "tblite-gfn2"), ("vibrations", "tblite-gfn2"), ("single point", "emt")
    ]  # fmt: skip
    found = one.found(done)
    assert found.structure is done[0]
    assert found.modes is done[1]
    assert found.energy is done[2]
    assert found.why == ""
    assert one.found(done[:2]).energy is None
    assert one.found(done[:2]).why == "not computed to its end yet."
    failed = replace(done[2], status="failed", reason="the SCF did not converge.", energy=None)
    assert one.found([*done[:2], failed]).energy is None
    assert "the SCF did not converge" in one.found([*done[:2], failed]).why


def test_the_single_point_is_on_the_minimum_that_the_modes_found() -> None:
    one = replace(chain(geometry="tblite-gfn2"), starts=chain().starts[:1])
    done = walked(one, details={"indices": [3], "imaginary": [], "relaxed_before": {}})
    assert done[1].moved
    assert one.found(done).structure is done[1]


def on_bilayer(**changes: object) -> dict[str, StateChain]:
    """The chains of hydrogen on the metal and on the oxygens of a reduced bilayer."""
    plan = Plan(
        "moo3-bilayer-vt", replace(EMT, **changes), states=("N2*", "NNH*", "H*", "H*o"), supercell=(1, 1), starts=1
    )  # type: ignore[arg-type]
    chains, refused = plan.chains(record(plan.references()[0].next([]), energy=-10.0))  # type: ignore[arg-type]
    assert not refused
    return chains


def test_modes_that_found_another_state_are_none_of_this_one() -> None:
    on_metal, on_oxygen = (on_bilayer()[name] for name in ("H*", "H*o"))
    done = [record(on_metal.next([]), energy=-1.0)]  # type: ignore[arg-type]
    modes = record(on_metal.next(done), energy=-4.0)  # type: ignore[arg-type]
    slid = replace(modes, atoms=on_oxygen.starts[0], details={"indices": [0], "imaginary": [], "followed": {}})
    found = on_metal.found([*done, slid])
    assert found.energy is found.structure is done[0]
    assert found.modes is None
    assert found.why == "vibrations: H came to stand on O."


def test_cheaper_modes_that_left_the_structure_bring_it_along_or_give_way_to_its_own() -> None:
    one = replace(chain(modes="tblite-gfn2"), starts=chain().starts[:1])
    elsewhere = chain().starts[1]
    first = record(one.next([]), energy=-1.0)  # type: ignore[arg-type]
    modes = record(one.next([first]), energy=-3.0, settings_=settings("tblite-gfn2"))  # type: ignore[arg-type]
    slid = replace(modes, atoms=elsewhere, details={"indices": [3], "imaginary": [], "followed": {}})
    again = one.next([first, slid])
    assert again is not None
    assert (again.work, again.settings.name) == ("relax", "emt")
    np.testing.assert_array_equal(again.atoms.positions, elsewhere.positions)
    lower = record(again, energy=-1.2)
    assert one.next([first, slid, lower]) is None
    assert one.found([first, slid, lower]).energy is lower
    assert one.found([first, slid, lower]).why == ""
    back = replace(lower, atoms=first.atoms)
    assert one.found([first, slid, back]).modes is None
    own = one.next([first, slid, back])
    assert own is not None
    assert (own.work, own.settings.name) == ("vibrations", "emt")
    stray = record(own, energy=-1.2, reason="an imaginary mode is left.")
    assert one.next([first, slid, back, stray]) is None
    assert one.found([first, slid, back, stray]).why == "vibrations: an imaginary mode is left."


def test_an_adsorbate_that_leaves_in_two_stages_has_left() -> None:
    one = replace(chain(prerelax="tblite-gfn1"), starts=chain().starts[:1])
    rough, gone = one.starts[0].copy(), one.starts[0].copy()
    outward = rough.positions[3] - rough.positions[:3].mean(axis=0)
    rough.positions[3] += 0.35 * outward / np.linalg.norm(outward)
    gone.positions[3] += 2.0 * outward / np.linalg.norm(outward)
    done = [replace(roughened(one, (0.0,))[0], atoms=rough)]
    done.append(replace(record(one.next(done), energy=-1.0), start=rough, atoms=gone))  # type: ignore[arg-type]
    assert one.next(done) is None
    assert one.found(done).why == "no start gave it: N3 flew away, without any neighbour now."


def test_a_side_on_form_stands_on_both_atoms() -> None:
    plan = Plan("m3-cu", EMT, model="isolated", donors=("H*",), states=("N2", "N2(side)", "2N"), starts=1)
    chains, _ = plan.chains(record(plan.references()[0].next([]), energy=-10.0))  # type: ignore[arg-type]
    assert [chains[name].feet for name in ("N2", "N2(side)", "2N")] == [1, 2, None]
    for name, other, said in (("N2(side)", "N2", "1 of its atoms, not 2"), ("N2", "N2(side)", "2 of its atoms, not 1")):
        turned = replace(record(chains[name].next([]), energy=-1.0), atoms=chains[other].starts[0])  # type: ignore[arg-type]
        assert chains[name].found([turned]).why == f"no start gave it: N2 came to stand on {said}."
        assert chains[name].found([record(chains[name].next([]), energy=-1.0)]).structure is not None  # type: ignore[arg-type]


def test_single_points_of_clusters_have_a_box_of_their_own() -> None:
    one = replace(chain(geometry="tblite-gfn2"), starts=chain().starts[:1], vibrate=False)
    first = record(one.next([]), energy=-1.0, settings_=settings("tblite-gfn2"))  # type: ignore[arg-type]
    assert first.atoms.cell.rank == 3
    point = one.next([first])
    assert point is not None
    assert point.atoms.cell.rank == 0
    np.testing.assert_array_equal(point.atoms.positions, first.atoms.positions)


def test_hydrogen_on_oxygen_asks_for_oxygen_and_a_donor() -> None:
    metal = Plan("cu111", EMT, states=("N2*", "NNH*", "H*o"), supercell=(2, 2))
    chains, refused = metal.chains(record(metal.references()[0].next([]), energy=-10.0))  # type: ignore[arg-type]
    assert set(chains) == {"N2*", "NNH*"}
    assert "the surface exposes no oxygen" in refused["H*o"]
    with pytest.raises(InputError, match=r"no donor brings hydrogen to H\*o"):
        network_for("surface", ("H2(g)",), states=("N2*", "NNH*", "H*", "H*o"))
    without = network_for("surface", ("PCET", "H*"), states=("N2*", "NNH*", "H*o"))
    assert "H*" not in without.species
    pristine = Plan("moo3-bilayer", EMT, states=("N2*", "NNH*", "H*o"), supercell=(1, 1))  # has no active atoms
    assert len(oxygen_sites(pristine.clean)) > 1


def test_modes_of_cheaper_settings_stand_beside_the_energy() -> None:
    one = replace(chain(modes="tblite-gfn2"), starts=chain().starts[:1])
    done = walked(one, details={"indices": [3], "imaginary": [], "relaxed_before": {}})
    assert [(r.work, r.settings["name"]) for r in done] == [("relax", "emt"), ("vibrations", "tblite-gfn2")]
    task = one.next(done[:1])
    assert task is not None
    assert task.options["fmax"] == EMT.relax["fmax"]  # not the rough one of the cheaper settings
    found = one.found(done)
    assert found.energy is found.structure is done[0]  # though the modes relaxed it further
    assert found.modes is done[1]


def test_the_clean_site_is_tried_with_its_electrons_where_adsorbates_have_them(tmp_path: Path) -> None:
    """N2 stands over a site whose second electron went elsewhere: as the clean site's, that structure may be lower."""
    plan = Plan("moo3-bilayer-vt", EMT, states=("N2*", "NNH*"), starts=1, vibrations=False)
    store = Store(tmp_path / "store.db")
    taker, near, far = (i for i in np.flatnonzero(plan.clean.symbols == "Mo")[[1, 2, 3]].tolist())

    def computed(chain_: StateChain, bearers: Sequence[int], energy: float) -> list[DftRecord]:
        done: list[DftRecord] = []
        while (task := chain_.next(done)) is not None:
            atoms = task.atoms.copy()
            moments = np.zeros(len(atoms))
            moments[list(bearers)] = [0.9, *[-0.9] * (len(bearers) - 1)]
            atoms.set_initial_magnetic_moments(moments)
            done.append(replace(record(task, energy=energy), atoms=atoms))
            store.add(done[-1])
        return done

    clean, *gases = plan.references()
    first = computed(clean, (taker, near), -10.0)[0]
    for gas in gases:
        computed(gas, (0,), -1.0)
    chains = plan.chains(first)[0]
    computed(chains["NNH*"], (taker,), -12.0)  # one electron less: no other place for two
    assert collected(plan, store).lower == {}
    shifted = computed(chains["N2*"], (taker, far), -12.0)[0]
    found = collected(plan, store)
    assert list(found.lower) == [CLEAN]
    assert found.missing[CLEAN].startswith("another structure, which was come upon elsewhere")
    (start,) = found.lower[CLEAN].starts
    assert adsorbate_atoms(start) == ()
    np.testing.assert_array_equal(start.positions, shifted.atoms.positions[: len(start)])
    assert np.flatnonzero(start.get_initial_magnetic_moments()).tolist() == [taker, far]
    computed(found.lower[CLEAN], (taker, far), -9.0)
    assert collected(plan, store).relaxed[CLEAN].energy == -10.0
    for record_ in list(store.records()):
        if record_.energy == -9.0:
            store.remove(record_.key)
    computed(found.lower[CLEAN], (taker, far), -10.2)
    lower = collected(plan, store)
    assert lower.relaxed[CLEAN].energy == -10.2
    assert lower.relaxed["N2*"].energy == -12.0  # states begin from the site that was relaxed first
    assert not lower.waiting
    assert [one.energy for one in alike(first, store)] == [-10.0, -10.2]
    elsewhere = first.atoms.copy()
    elsewhere.positions[taker] += [0.0, 0.0, 0.9]
    assert len(alike(replace(first, atoms=elsewhere), store)) == 2
    elsewhere.positions[taker] += [0.0, 0.0, 0.2]
    assert len(alike(replace(first, atoms=elsewhere), store)) == 1  # not the same structure
    others = {**first.settings, "digest": "of others"}
    assert len(alike(replace(first, settings=others), store)) == 1


def scanned(made: DftRecord, moment: int, tried: Sequence[int]) -> DftRecord:
    """A record with the details of a scan that kept one of the moments it tried."""
    entries = [{"moment": one, "energy": -1.0} for one in tried]
    return replace(made, details={"moment": moment, "moments_scanned": entries})


def holding() -> StateChain:
    """A chain of one start whose total moment is held fixed and scanned."""
    one = chain(parameters={"fixed_moment": True})
    return replace(one, starts=one.starts[:1], options={"moments": "neighbours"})


def test_a_structure_goes_on_with_a_total_moment_that_lies_lower_on_it() -> None:
    one = holding()
    first = scanned(record(one.next([]), energy=-1.0, settings_=one.settings), 8, (8, 10, 12))
    check = one.next([first])
    assert (check.work, check.options["moments"]) == ("single point", [6])
    assert one.found([first]).waiting
    assert one.found([first]).first is first
    higher = scanned(record(check, energy=-0.9, settings_=one.settings), 6, (6,))
    assert one.next([first, higher]).work == "vibrations"

    moved = check.atoms.copy()
    moved.set_initial_magnetic_moments([2.0, 2.0, 2.0, 0.0])
    lower = replace(scanned(record(check, energy=-1.2, settings_=one.settings), 6, (6,)), atoms=moved)
    again = one.next([first, lower])
    assert again.work == "relax"
    assert again.atoms.get_initial_magnetic_moments().sum() == pytest.approx(6.0)
    done = [first, lower, scanned(record(again, energy=-1.3, settings_=one.settings), 6, (2, 4, 6, 8))]
    modes = one.next(done)
    assert modes.work == "vibrations"
    found = one.found([*done, record(modes, energy=-1.3, settings_=one.settings)])
    assert (found.why, found.energy, found.first) == ("", done[2], first)


def test_a_moment_that_lies_lower_but_is_no_state_leaves_none() -> None:
    one = holding()
    first = scanned(record(one.next([]), energy=-1.0, settings_=one.settings), 8, (8, 10, 12))
    lower = scanned(record(one.next([first]), energy=-1.2, settings_=one.settings), 6, (6,))
    again = record(
        one.next([first, lower]), energy=-1.3, reason="not relaxed: 0.3 eV/Angstrom.", settings_=one.settings
    )
    assert one.next([first, lower, again]) is None
    found = one.found([first, lower, again])
    assert (found.energy, found.modes) == (None, None)
    assert found.why == (
        "with a total moment of 6 it lies lower, and relaxed with that it is not the state: "
        "not relaxed: 0.3 eV/Angstrom."
    )


def test_a_moment_that_could_not_be_tried_is_told() -> None:
    one = holding()
    first = scanned(record(one.next([]), energy=-1.0, settings_=one.settings), 8, (8, 10, 12))
    task = one.next([first])
    failed = replace(record(task, energy=0.0, status="failed", settings_=one.settings), energy=None, reason="no SCF.")
    modes = one.next([first, failed])
    assert modes.work == "vibrations"
    found = one.found([first, failed, record(modes, energy=-1.0, settings_=one.settings)])
    assert found.why == ""
    assert found.energy is first
    assert found.untried == "Another total moment could not be tried: no SCF."

"""Searches for barriers: saddles that part the states, that part forms of one of them, that lead elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from records import EMT, record

from nrrsim.campaign.barriers import FIRST, LAST, LEGS, BarrierChain, BarrierFound, _apart
from nrrsim.campaign.computed import collected
from nrrsim.campaign.plan import CLEAN, Plan
from nrrsim.campaign.run import run_campaign
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.errors import InputError
from nrrsim.structures.catalog.lookup import build_site, every_site_to_adsorb
from nrrsim.structures.placement import coadsorbed, place
from nrrsim.structures.sites import adsorbate_atoms, adsorption_sites

N2, NN = "N2", "2N"


def nitrogens(apart: float, *, shifted: float = 0.0) -> Atoms:
    """Two nitrogen atoms over Cu3, some distance from each other and from its middle [Angstrom]."""
    cluster = build_site("m3-cu")
    sites = every_site_to_adsorb(cluster)
    together = coadsorbed(cluster, [(site, "N") for site in (sites[0], sites[-1])])
    corners = together.positions[:3]
    along = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
    up = np.cross(along, corners[2] - corners[0])
    middle = corners.mean(axis=0) + 1.4 * up / np.linalg.norm(up) + shifted * along
    together.positions[3:] = middle + np.outer([-apart / 2, apart / 2], along)
    return together


MOLECULE, OTHER_FORM, ATOMS = nitrogens(1.15), nitrogens(1.15, shifted=1.2), nitrogens(2.4)


def search(**changes: object) -> BarrierChain:
    return BarrierChain("m3-cu N2 <-> 2N", MOLECULE, ATOMS, replace(EMT, **changes), "cluster")


def answered(task: Task, atoms: Atoms | None = None, **changes: object) -> DftRecord:
    """A task's record; of a saddle with modes of which one is imaginary."""
    along = np.zeros((5, 3))
    along[3, 0] = 1.0
    details = {
        "path": {"direction": along.tolist(), "image_energies": [0.0, 1.0, 0.0]},
        "saddle": {"direction": along.tolist(), "curvature": -10.0},
        "vibrations": {"indices": [3, 4], "imaginary": [{"mode": along[3:].tolist()}, {"mode": along[3:].tolist()}]},
    }.get(task.work, {})
    done = replace(record(task, energy=-1.5 if task.work == "relax" else -1.0), details=details)
    modes = (-0.06, 0.01, 0.02, 0.03, 0.04, 0.05) if task.work == "vibrations" else ()
    return replace(done, atoms=task.atoms if atoms is None else atoms, vibrations=modes, **changes)  # type: ignore[arg-type]


def led(one: BarrierChain, *sides: Atoms) -> tuple[list[DftRecord], BarrierFound, list[Task]]:
    """The records of a search whose ways down lead to some structures, what it found, and its tasks."""
    done: list[DftRecord] = []
    tasks: list[Task] = []
    left = list(sides)
    while (task := one.next(done)) is not None:
        tasks.append(task)
        if task.work == "relax" and not left:
            break
        done.append(answered(task, left.pop(0) if task.work == "relax" else None))
    return done, one.found(done), tasks


def test_a_saddle_that_parts_the_states_is_the_barrier() -> None:
    done, found, tasks = led(search(), ATOMS, MOLECULE)
    assert [task.work for task in tasks] == ["path", "saddle", "vibrations", "relax", "relax"]
    assert tasks[2].options == {"indices": [3, 4], "imaginary": 1}
    steps = [task.atoms.positions - tasks[2].atoms.positions for task in tasks[3:]]
    np.testing.assert_allclose(steps[0], -steps[1], atol=1e-12)
    assert (found.modes, found.energy, found.why, found.waiting) == (done[2], done[2], "", False)
    assert [len(found.states[state]) for state in (FIRST, LAST)] == [1, 1]
    assert found.states[FIRST][0] is done[4]


def test_what_is_not_computed_yet_is_waited_for() -> None:
    done, _, _ = led(search(), ATOMS, MOLECULE)
    for count in range(len(done)):
        found = search().found(done[:count])
        assert (found.waiting, found.why, found.modes) == (True, "not computed yet.", None)


def test_rougher_settings_find_the_path_and_geometries_are_those_named() -> None:
    one = BarrierChain("", MOLECULE, ATOMS, settings("gpaw-pw500-rpbe-on-lcao"), "cluster")
    tasks = led(one, MOLECULE, ATOMS)[2]
    assert [task.settings.name for task in tasks] == [
        "gpaw-lcao-rpbe-rough",
        *["gpaw-lcao-dzp-rpbe"] * 4,
        one.settings.name,
    ]
    assert tasks[1].options["moments"] == "neighbours"
    assert tasks[-1].work == "single point"
    assert not tasks[-1].atoms.cell.any()


def test_between_forms_of_one_state_the_search_goes_on() -> None:
    done, found, tasks = led(search(), MOLECULE, OTHER_FORM, ATOMS, OTHER_FORM)
    works = [task.work for task in tasks]
    assert works == ["path", "saddle", "vibrations", "relax", "relax"] * 2
    np.testing.assert_allclose(tasks[5].atoms.get_all_distances(), OTHER_FORM.get_all_distances(), atol=1e-6)
    assert found.modes is done[7]
    assert [len(found.states[state]) for state in (FIRST, LAST)] == [3, 1]
    last = led(search(), nitrogens(3.4), ATOMS, ATOMS, MOLECULE)[2][5]
    np.testing.assert_allclose(last.ends[0].get_distance(3, 4), 3.4, atol=1e-6)


def test_a_search_that_goes_nowhere_says_so() -> None:
    assert "leads back to where the path came from" in led(search(), MOLECULE, MOLECULE)[1].why
    hydride = MOLECULE.copy()
    hydride.positions[4] += [0.0, 0.0, 9.0]
    assert "N4 flew away" in led(search(), hydride, MOLECULE)[1].why
    forms = [nitrogens(1.15, shifted=0.9 * k) for k in range(LEGS + 1)]
    sides = [side for pair in pairwise(forms) for side in pair]
    found = led(search(), *sides)[1]
    assert found.why.startswith(f"{LEGS} saddles on its way part forms of one state")
    assert found.modes is None


def test_what_failed_is_the_reason() -> None:
    path = search().next([])
    assert path is not None
    flat = answered(path, status="failed", reason="an SCF did not converge.")
    assert search().next([flat]) is None
    assert search().found([flat]).why == flat.reason
    broken = [answered(path)]
    for _ in range(2):
        broken.append(answered(search().next(broken)))  # type: ignore[arg-type]
    down = search().next(broken)
    assert down is not None
    away = answered(down, status="failed", reason="the engine is away.")
    assert search().found([*broken, away]).why.endswith("the engine is away.")
    beside = answered(down, ATOMS, energy=-1.001)
    assert search().found([*broken, beside]).why.endswith("it ends 1 meV below the saddle, beside it.")


def test_ways_down_begin_where_they_pull() -> None:
    done: list[DftRecord] = []
    for _ in range(3):
        done.append(answered(search().next(done)))  # type: ignore[arg-type]
    for curvature, by in ((-10.0, 0.1), (-1.0, 0.3), (-0.06, 0.4)):
        done[1] = replace(done[1], details={**done[1].details, "curvature": curvature})
        down = search().next(done)
        assert down is not None
        assert np.abs(down.atoms.positions - done[2].atoms.positions).max() == pytest.approx(by)
        assert len(adsorbate_atoms(down.atoms)) == 1


def test_a_place_in_the_next_cell_is_the_same_place() -> None:
    slab = place(build_site("ru0001"), adsorption_sites(build_site("ru0001"))[0], "N2")
    other = slab.copy()
    other.positions[-1] += slab.cell[0]
    assert _apart(other, slab) == pytest.approx(0.0, abs=1e-9)


def test_forms_of_one_adsorbate_are_not_parted() -> None:
    with pytest.raises(InputError, match=r"N2 and N2\(side\) are forms of one adsorbate"):
        replace(plan(), states=(N2, "N2(side)", NN))


def test_two_imaginary_modes_are_left_by_the_second() -> None:
    done: list[DftRecord] = []
    for _ in range(2):
        done.append(answered(search().next(done)))  # type: ignore[arg-type]
    modes = search().next(done)
    assert modes is not None
    second = replace(answered(modes, reason="2 imaginary modes where 1 are meant."), vibrations=(-0.1, -0.05, 0.1))
    again = search().next([*done, second])
    assert again is not None
    assert again.work == "saddle"
    assert np.abs(again.atoms.positions - modes.atoms.positions).max() == pytest.approx(0.1)
    weak = replace(second, vibrations=(-0.1, -0.001, 0.1))
    assert search().next([*done, weak]) is None


def plan() -> Plan:
    return Plan("m3-cu", EMT, model="isolated", donors=("H*",), states=(N2, NN), starts=1, barriers=("N2 <-> 2N",))


def test_a_lower_structure_that_a_search_came_to_becomes_the_state(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")
    one = plan()
    for reference in one.references():
        store.add(record(reference.next([]), energy=-10.0))  # type: ignore[arg-type]
    clean = store.record(one.references()[0].next([]).key)  # type: ignore[union-attr]
    assert clean is not None
    at = {N2: -27.0, NN: -28.0}
    starts = {N2: MOLECULE, NN: ATOMS}
    for name, chain in one.chains(clean)[0].items():
        relaxed = replace(record(chain.next([]), energy=at[name]), atoms=starts[name])  # type: ignore[arg-type]
        modes = chain.next([relaxed])
        store.add(relaxed)
        store.add(replace(record(modes, energy=at[name]), atoms=starts[name]))  # type: ignore[arg-type]
    found = collected(one, store)
    assert (list(found.searches), dict(found.lower)) == (["N2 <-> 2N"], {})
    assert found.waiting == {"N2 <-> 2N"}
    path = found.searches["N2 <-> 2N"]
    done: list[DftRecord] = []
    form = OTHER_FORM.copy()
    form.set_initial_magnetic_moments([2.0, 0, 0, 0, 0])
    sides = [(form, -27.5), (ATOMS, -28.01)]
    while (task := path.next(done)) is not None:
        atoms, energy = sides.pop(0) if task.work == "relax" else (None, -26.0)
        done.append(replace(answered(task, atoms), energy=energy))
        store.add(done[-1])
    found = collected(one, store)
    assert list(found.lower) == [N2]  # 10 meV below 2N are no other structure
    assert found.missing[N2].startswith("another structure, which was come upon elsewhere")
    assert N2 in found.waiting
    task = found.lower[N2].next([])
    assert task is not None
    np.testing.assert_allclose(task.atoms.get_all_distances(), OTHER_FORM.get_all_distances(), atol=1e-6)
    assert sorted(task.atoms.get_initial_magnetic_moments().tolist()) == [0, 0, 0, 0, 2]
    lower = replace(record(task, energy=-27.52), atoms=form)  # its moments elsewhere, as the form's are
    store.add(lower)
    store.add(record(found.lower[N2].next([lower]), energy=-27.52))  # type: ignore[arg-type]
    found = collected(one, store)
    assert found.relaxed[N2].energy == -27.52
    assert found.relaxed[NN].energy == -28.0
    assert not {N2, NN, CLEAN} & set(found.missing)
    assert list(found.searches) == ["N2 <-> 2N"]
    assert found.saddles["N2 <-> 2N"].energy.key == done[2].key


def test_a_barrier_of_tight_binding(tmp_path: Path) -> None:
    """From the catalogue's cluster to a proved saddle, without a hand on it; then nothing is computed twice."""
    pytest.importorskip("tblite", reason="tblite is not installed (pip install 'nrrsim[tblite]')")
    one = Plan(
        "m3-co", settings("tblite-gfn1"), model="isolated", donors=("H*",), starts=2,
        states=("N2", "2N", "2H_2N", "H_N_NH"), barriers=("2H_2N <-> H_N_NH",),
    )  # fmt: skip
    store = Store(tmp_path / "store.db")
    found = run_campaign(one, store, folder=tmp_path / "work")
    saddle = found.saddles["2H_2N <-> H_N_NH"]
    assert saddle.modes.vibrations[0] < -0.05
    for name in ("2H_2N", "H_N_NH"):
        assert saddle.energy.energy > found.relaxed[name].energy  # type: ignore[operator]
    count = len(store.records())
    assert run_campaign(one, store, folder=tmp_path / "work").saddles.keys() == found.saddles.keys()
    assert len(store.records()) == count

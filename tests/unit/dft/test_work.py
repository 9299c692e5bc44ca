"""Campaigns: each task once, whoever works on it and whoever dies over it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import chains
import pytest
from chains import Broken, Line, traces

from nrrsim.dft.claims import Claims
from nrrsim.dft.store import Store, StoreError, record_text
from nrrsim.dft.work import Progress, compute
from nrrsim.dft.worker import FINISHED
from nrrsim.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
SPAWN = multiprocessing.get_context("spawn")
FORK = multiprocessing.get_context("fork")  # a campaign's process that is there at once
LINES = [Line(f"line {n}", 10 * n, length=2 + n % 3, weight=1.0 + n % 3) for n in range(6)]
TASKS = sum(line.length for line in LINES)


def content(store: Store) -> dict[str, str]:
    """Records without their timings."""
    return {r.key: record_text(replace(r, timing={})) for r in store.records()}


@pytest.fixture
def places(tmp_path):
    return Store(tmp_path / "store.db"), tmp_path / "files"


def test_chains_are_computed_in_order_and_then_found(places):
    store, folder = places
    told: list[Progress] = []
    records = compute(LINES, store, folder=folder, run=chains.emt, progress=told.append)
    assert [r.label for r in records] == [f"{line.label} {n}" for line in LINES for n in range(line.length)]
    assert [r.status for r in records] == ["done"] * TASKS
    for record in records:  # each task began where the one before ended
        assert record.energy == pytest.approx(record.details["energies"][-1], abs=0.0)
    began = traces(folder, "began")
    assert len(began) == len({t["key"] for t in began}) == TASKS
    assert {t["threads"] for t in began} == {"1"}
    weights = [line.weight for t in began for line in LINES if t["label"] == f"{line.label} 0"]
    assert weights == sorted(weights, reverse=True)
    again = compute(LINES, store, folder=folder, run=chains.emt, progress=told.append)
    assert [record_text(r) for r in again] == [record_text(r) for r in records]
    assert len(traces(folder, "began")) == TASKS
    assert sorted(path.name for path in folder.iterdir()) == ["traces"]
    assert Claims(store).all() == ()
    last = told[-1]
    assert (last.running, last.done, last.failed, last.left, last.seconds_left) == ((), TASKS, (), 0, 0.0)
    assert any(one.running and one.running[0].work == "single point" for one in told)
    assert any(one.seconds_left for one in told)


@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 2), ("postgres", 4)])
def test_several_workers_do_each_task_once(tmp_path, request, kind, workers):
    store = Store(tmp_path / "store.db" if kind == "sqlite" else request.getfixturevalue("postgres"))
    folder = tmp_path / "files"
    lines = [replace(line, together=workers) for line in LINES]
    twins = [*lines, *(replace(line, label=line.label + "'") for line in lines)]  # the same tasks again
    records = compute(twins, store, workers=workers, folder=folder, run=chains.emt)
    assert len(records) == len(store.records()) == TASKS
    began = traces(folder, "began")
    assert len(began) == len({t["key"] for t in began}) == TASKS
    assert len({t["pid"] for t in began}) == workers


def campaign(location: str, folder: Path, run) -> None:
    compute(LINES, Store(location), folder=folder, run=run)


def test_two_campaigns_on_one_store_do_each_task_once(location, tmp_path):
    folder = tmp_path / "files"
    both = [FORK.Process(target=campaign, args=(str(location), folder, chains.emt)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    began = traces(folder, "began")
    assert len(began) == len({t["key"] for t in began}) == TASKS == len(Store(location).records())


def test_killed_twenty_times_the_store_is_as_if_undisturbed(tmp_path):
    """Twenty times, at random moments, one of two workers is killed, or the campaign with all of them."""
    many = [Line(f"line {n}", 10 * n, length=4) for n in range(10)]
    dice = random.Random(20)
    kills = ["worker"] * 16 + ["all"] * 4
    dice.shuffle(kills)
    store, folder = Store(tmp_path / "store.db"), tmp_path / "files"
    process = None
    while kills:
        if process is None or not process.is_alive():
            assert len(store.records()) < 40, "all was done before it was killed often enough"
            process = FORK.Process(target=alone, args=(many, str(store.location), folder))
            process.start()
        seen = len(traces(folder, "began"))
        while len(traces(folder, "began")) == seen and process.is_alive():
            time.sleep(0.01)
        time.sleep(dice.uniform(0.0, 0.12))
        working = sorted({claim.owner.pid for claim in Claims(store).all() if not claim.owner.ended})
        if kills[-1] == "all" and process.is_alive():
            os.killpg(process.pid, signal.SIGKILL)
            process.join()
        elif working:
            os.kill(dice.choice(working), signal.SIGKILL)
        else:
            continue
        kills.pop()
        assert all(record.energy is not None for record in store.records())  # what is there is whole
    process.join()
    compute(many, store, workers=2, folder=folder, run=chains.watched_emt)
    assert content(store) == undisturbed(many, tmp_path / "undisturbed")
    assert traces(folder, "again") == []
    steps = [(t["key"], t["step"]) for t in traces(folder, "step")]
    assert len(steps) == len(set(steps))  # a step that was kept was not done again
    assert Claims(store).all() == ()
    assert sorted(path.name for path in folder.iterdir()) == ["traces"]


def undisturbed(lines: list[Line], folder: Path) -> dict[str, str]:
    """The content of a store after all was done one by one, in this process."""
    folder.mkdir()
    store = Store(folder / "store.db")
    for line in lines:
        done = []
        while (task := line.next(done)) is not None:
            place = folder / task.key
            place.mkdir()
            done.append(chains.emt(task, place))
            store.add(done[-1])
    return content(store)


def alone(lines: list[Line], location: str, folder: Path) -> None:
    os.setsid()
    compute(lines, Store(location), workers=2, folder=folder, run=chains.watched_emt)


def test_workers_end_with_the_process_that_began_them(places):
    store, folder = places
    folder.mkdir()
    process = FORK.Process(target=campaign, args=(str(store.location), folder, chains.endless))
    process.start()
    wait_for(lambda: traces(folder, "began"))
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    wait_for(lambda: not Claims(store).all())  # the worker has released its claim and gone
    began = time.monotonic()
    compute(LINES[:1], store, folder=folder, run=chains.emt)
    assert time.monotonic() - began < 8.0


def wait_for(condition, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_interrupt_stops_all_and_leaves_no_claim(places):
    store, folder = places
    folder.mkdir()

    def interrupt() -> None:
        try:
            wait_for(lambda: len(traces(folder, "began")) == 2)
        finally:  # a test that hangs tells less than one that fails
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            compute(LINES, store, workers=2, folder=folder, run=chains.endless)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(traces(folder, "began")) == 2
    assert Claims(store).all() == ()
    assert multiprocessing.active_children() == []


def test_a_worker_that_dies_once_costs_nothing_and_twice_only_its_chain(places, caplog):
    store, folder = places
    told: list[Progress] = []
    some = [Line("deadly", 0, weight=9.0), Line("once", 10, length=1), LINES[2]]
    with caplog.at_level(logging.WARNING):
        records = compute(some, store, workers=2, folder=folder, run=chains.deadly, progress=told.append)
    assert [r.label for r in records] == ["once 0", *(f"line 2 {n}" for n in range(4))]
    assert len(traces(folder, "dies")) == 3
    (failure,) = told[-1].failed
    assert failure.label == "deadly"
    assert failure.reason.startswith("2 workers died over this chain, the last at 'deadly 0': was killed by SIGKILL")
    assert failure.reason in caplog.text
    assert Claims(store).all() == ()


def test_failures_have_their_reason_and_the_others_go_on(places, caplog):
    store, folder = places
    told: list[Progress] = []
    some = [Line("failing", 0), Broken("faulty"), Broken("refused", refusal="there is no such site."), LINES[1]]
    records = compute(some, store, workers=2, folder=folder, run=chains.failing, progress=told.append)
    assert [r.status for r in records] == ["failed"] * 2 + ["done"] * 3
    assert {(one.label, one.reason) for one in told[-1].failed} == {
        ("failing 0", "the SCF did not converge in 150 steps."),
        ("failing 1", "the SCF did not converge in 150 steps."),
        ("faulty", "ZeroDivisionError: nothing to divide by"),
        ("refused", "there is no such site."),
    }
    assert told[-1].done == 3


def test_what_is_no_result_of_a_structure_is_told_but_no_record(places):
    store, folder = places
    told: list[Progress] = []
    assert compute(LINES[:1], store, folder=folder, run=chains.refusing, progress=told.append) == ()
    assert "the engine 'vasp' is not configured. Remedy: set ASE_CONFIG_PATH." in told[-1].failed[0].reason
    assert store.records() == ()
    assert len(compute(LINES[:1], store, folder=folder, run=chains.emt)) == 2  # once it is


def test_a_claim_of_somebody_else_is_waited_for_while_other_chains_run(places):
    store, folder = places
    first = LINES[0].next(())
    near, far = SPAWN.Pipe()
    other = SPAWN.Process(target=hold, args=(str(store.location), first.key, far), daemon=True)
    other.start()
    near.recv()
    told: list[Progress] = []

    def watch(progress: Progress) -> None:
        told.append(progress)
        if progress.left == 1:
            other.kill()

    some = [replace(LINES[0], weight=9.0), LINES[1]]
    records = compute(some, store, folder=folder, run=chains.emt, progress=watch)
    assert len(records) == LINES[0].length + LINES[1].length
    assert any(first.label in one.waiting for one in told)
    began = [t["label"] for t in traces(folder, "began")]
    assert began == ["line 1 0", "line 1 1", "line 1 2", "line 0 0", "line 0 1"]


def hold(location: str, key: str, said) -> None:
    Claims(Store(location)).take(key)
    said.send("held")
    time.sleep(60)


def test_a_full_disk_stops_with_a_sentence_and_the_work_is_kept(places):
    store, folder = places
    compute(LINES[:1], store, folder=folder, run=chains.emt)  # the file is larger now than what room is left
    before = content(store)
    with pytest.raises(StoreError, match=r"cannot be written .*make room on the disk"):
        compute(LINES[1:2], store, folder=folder, run=chains.no_room)
    assert content(store) == before
    began = len(traces(folder, "began"))
    (kept,) = folder.glob(f"*/{FINISHED}")
    assert json.loads(kept.read_text())["label"] == "line 1 0"
    records = compute(LINES[1:2], store, folder=folder, run=chains.emt)
    assert len(records) == 3
    assert len(traces(folder, "began")) == began + 2  # not the one that was kept


def test_places_that_cannot_be_used(places, tmp_path):
    store, folder = places
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/x: the folder cannot be made \(Not a directory\)"):
        compute(LINES, store, folder=tmp_path / "file" / "x")
    with pytest.raises(InputError, match="found 0 workers"):
        compute(LINES, store, folder=folder, workers=0)
    with pytest.raises(InputError, match="cannot go to another process"):
        compute(LINES, store, folder=folder, run=lambda task, folder: None)
    assert compute([], store, folder=folder) == ()


def test_files_are_kept_on_request(places):
    store, folder = places
    (record, _) = compute(LINES[:1], store, folder=folder, run=chains.emt, keep_files=True)
    assert sorted(path.name for path in (folder / record.key).iterdir()) == ["steps.json"]


SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import chains
from nrrsim.dft.store import Store
from nrrsim.dft.work import compute
print(len(compute([chains.Line("line", 0)], Store("store.db"), folder="files", run=chains.emt)))
"""


def test_a_script_without_a_guard_is_told_so(tmp_path):
    import subprocess
    import sys

    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(here=str(Path(__file__).parent)))
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "3 workers in a row did not start" in done.stderr
    assert "call it under if __name__ == '__main__'" in done.stderr

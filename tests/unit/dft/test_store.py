"""The store: what goes in comes out, one row per key, whatever happens on the way."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ase.db
import chains
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.constraints import FixAtoms, FixBondLength
from numpy.testing import assert_equal

from nrrsim.dft import store as store_module
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store, StoreError, record_text
from nrrsim.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
FORK = multiprocessing.get_context("fork")


def rich_record(seed: int = 3) -> DftRecord:
    """A record with something in every field, floats of all digits among it."""
    rng = np.random.default_rng(seed)
    start = molecule("NH3", vacuum=4.0)
    start.rattle(0.1, rng=rng)
    start.set_constraint([FixAtoms([0]), FixBondLength(1, 2)])
    start.set_initial_magnetic_moments(rng.normal(size=4))
    start.set_tags([0, 1, 1, 2])
    start.set_array("name", np.array(["N", "Ha", "Hb", "Hc"]))
    start.info |= {"nrrsim": json.dumps({"what": "ammonia"}), "spread": 0.1 + 0.2, "at": {"cell": np.eye(2) / 3}}
    start.pbc = (True, False, True)
    final = start.copy()
    final.positions += rng.normal(size=(4, 3)) * 1e-3
    return DftRecord(
        key=f"{seed:024d}",
        label="NH3* on Mo, 2",
        work="relax",
        status="done",
        reason="the adsorbate left the site; N\u2013H 1.9 \u00c5",
        start=start,
        atoms=final,
        energy=-19.123456789012345,
        forces=rng.normal(size=(4, 3)).tolist(),
        moments=tuple(rng.normal(size=4).tolist()),
        vibrations=tuple(rng.normal(size=6).tolist()),
        settings={"name": "gpaw-lcao", "engine": "gpaw", "parameters": {"h": 0.1 + 0.2, "occ": None, "on": True}},
        versions={"ase": "3.29"},
        timing={"seconds": 12.5, "started": "2026-01-01T00:00:00+00:00", "resumed": 2},
        details={
            "energies": rng.normal(size=5).tolist(),
            "nan": float("nan"),
            "zero": -0.0,
            "7": [[1], [2, 3]],
            "images": [start, final],
        },
        log="SCF \0 \u00e9 \ud800 \\u0000\nlast line",
    )


def same_atoms(a: Atoms, b: Atoms) -> None:
    assert set(a.arrays) == set(b.arrays)
    for name, array in a.arrays.items():
        assert array.dtype == b.arrays[name].dtype
        assert np.array_equal(array, b.arrays[name]), name
    assert np.array_equal(a.cell[:], b.cell[:])
    assert np.array_equal(a.pbc, b.pbc)
    assert_equal(b.info, a.info)
    assert [str(held.todict()) for held in a.constraints] == [str(held.todict()) for held in b.constraints]


def the_same(a: DftRecord, b: DftRecord) -> None:
    same_atoms(a.start, b.start)
    same_atoms(a.atoms, b.atoms)
    assert record_text(a) == record_text(b)
    assert (a.moments, a.vibrations, a.forces, a.log) == (b.moments, b.vibrations, b.forces, b.log)


def test_a_record_comes_back_exactly(location):
    store, record = Store(location), rich_record()
    assert store.record(record.key) is None
    store.add(record)
    again = Store(location).record(record.key)
    the_same(record, again)
    same_atoms(record.details["images"][1], again.details["images"][1])
    assert again.atoms.get_potential_energy() == record.energy
    assert np.array_equal(again.atoms.get_forces(apply_constraint=False), record.forces)
    assert again.atoms.get_magnetic_moments().tolist() == list(record.moments)


@pytest.mark.parametrize(
    ("label", "reason"), [("12", "nan"), ("1e5", "True"), ("", ""), ("a,b=c", "x>2"), ("\0 \ud800", "'")]
)
def test_words_that_ase_takes_for_something_else_are_kept_and_found(location, label, reason):
    store, task = Store(location), chains.task(label=label)
    store.add(chains.record_of(task, energy=1.0, reason=reason))
    (found,) = store.records(label=label)
    assert (found.label, found.reason) == (label, reason)
    assert store.records(label="another") == ()


def test_records_without_energy_and_of_molecules(location):
    store = Store(location)
    failed = chains.record_of(chains.task(1), status="failed", reason="no SCF.")
    free = chains.record_of(chains.task(2), atoms=chains.nitrogen(), energy=float("nan"), forces=None)
    store.add(failed)
    store.add(free)
    the_same(failed, store.record(failed.key))
    assert store.record(failed.key).atoms.calc is None
    same_atoms(free.atoms, store.record(free.key).atoms)
    assert np.isnan(store.record(free.key).energy)


def test_records_are_selected_and_summed_up(location):
    store = Store(location)
    assert store.records() == ()
    assert store.summary().done == 0
    made = [chains.record_of(chains.task(n), energy=float(n)) for n in range(3)]
    made += [
        chains.record_of(chains.task(3), status="failed", reason="no SCF."),
        chains.record_of(chains.task(4), energy=1.0, reason="it left.", work="relax"),
    ]
    for record in made:
        store.add(record)
    assert [r.key for r in store.records()] == [r.key for r in made]
    assert [r.label for r in store.records(status="failed")] == ["task 3"]
    assert [r.label for r in store.records(work="relax", status="done")] == ["task 4"]
    total = store.summary()
    assert (total.done, total.failed, total.doubtful) == (4, 1, 1)
    assert total.works == {"relax": 1, "single point": 4}
    assert total.seconds == 2.5
    assert total.reasons == (("task 3", "single point", "no SCF."), ("task 4", "relax", "it left."))


def test_the_first_record_of_a_key_stays_until_it_is_removed(location):
    store, task = Store(location), chains.task()
    store.add(chains.record_of(task, status="failed", reason="no SCF."))
    store.add(chains.record_of(task, energy=2.0))
    assert store.record(task.key).status == "failed"
    store.remove(task.key)
    assert store.record(task.key) is None
    store.add(chains.record_of(task, energy=2.0))
    assert [r.energy for r in store.records()] == [2.0]


def test_ase_reads_the_rows_and_rows_of_others_stay(location):
    address = str(location)
    kind = "postgresql" if address.startswith("postgres") else "db"
    ase.db.connect(address, type=kind).write(molecule("CO"), name="somebody's", data={"x": [1.0]})
    store, record = Store(location), rich_record()
    store.add(record)
    assert [r.key for r in store.records()] == [record.key]
    database = ase.db.connect(address, type=kind)
    (row,) = database.select("NH3", work="relax", settings="gpaw-lcao", calculator="gpaw")
    assert row.energy == record.energy
    assert np.array_equal(row.forces, record.forces)
    assert row.unique_id == record.key
    assert row.data["nrrsim"] == record.start.info["nrrsim"]
    (other,) = database.select(name="somebody's")
    assert list(other.data["x"]) == [1.0]
    store.remove(record.key)
    store.remove(other.unique_id[:-1])
    assert database.count() == 1


def add_many(location: str, first: int) -> None:
    for number in range(first, first + 8):
        Store(location).add(chains.record_of(chains.task(number % 12), energy=float(number % 12)))


def test_several_processes_make_one_row_per_key_and_whole_rows(location):
    writers = [FORK.Process(target=add_many, args=(str(location), 4 * n)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    records = Store(location).records()
    assert sorted(r.energy for r in records) == list(range(12))
    kind = "postgresql" if str(location).startswith("postgres") else "db"
    rows = list(ase.db.connect(str(location), type=kind).select("Pt3,label,settings"))
    assert len(rows) == 12  # the words and elements of each are with its own row
    assert {row.label for row in rows} == {r.label for r in records}


def test_dying_before_any_statement_leaves_no_row_or_a_whole_one(tmp_path):
    """A child is forked for each statement of the first record, and killed there."""
    record = chains.record_of(chains.task(), energy=1.0)
    seen, last = 0, 0
    while True:
        path = tmp_path / f"{last}.db"
        if (child := os.fork()) == 0:
            die_at_statement(last)
            Store(path).add(record)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if path.exists():
            assert [r.key for r in Store(path).records()] in ([], [record.key])
            Store(path).add(record)
            assert [r.key for r in Store(path).records()] == [record.key]
            assert ase.db.connect(path).count("Pt,label,settings") == 1
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        last, seen = last + 1, seen + 1
    assert seen > 30  # of ase's tables and indices, and of the row


def die_at_statement(last: int) -> None:
    connect, count = sqlite3.connect, 0

    def killed(_statement: str) -> None:
        nonlocal count
        count += 1
        if count > last:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.set_trace_callback(killed)
        return connection

    sqlite3.connect = traced


def in_child(code) -> str:
    """The sentence of a StoreError of code in a child process, that may change its own limits."""
    near, far = os.pipe()
    if (child := os.fork()) == 0:
        try:
            code()
            os.write(far, b"no error")
        except StoreError as error:
            os.write(far, str(error).encode())
        except BaseException as error:  # noqa: BLE001
            os.write(far, repr(error).encode())
        os._exit(0)
    os.close(far)
    os.waitpid(child, 0)
    with os.fdopen(near, encoding="utf-8") as told:
        return told.read()


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(tmp_path):
    store = Store(tmp_path / "store.db")
    first, second = (chains.record_of(chains.task(n), energy=1.0) for n in range(2))
    store.add(first)
    size = (tmp_path / "store.db").stat().st_size
    large = chains.record_of(chains.task(1), energy=1.0, log="x" * 200_000)

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
        store.add(large)

    assert in_child(full).startswith(f"{tmp_path}/store.db: the store cannot be written (")
    assert "make room on the disk" in in_child(full)
    assert [r.key for r in store.records()] == [first.key]
    store.add(second)
    assert len(store.records()) == 2


def add_until_full(store: Store) -> None:
    for number in range(100):
        store.add(chains.record_of(chains.task(number), energy=1.0, log="x" * 10_000))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk")
def test_a_real_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(disk)], check=False, capture_output=True
    ).returncode:
        pytest.skip("this system lets no disk be mounted")
    try:
        store = Store(disk / "store.db")
        with pytest.raises(StoreError, match=r"full.*make room on the disk"):
            add_until_full(store)
        added = len(store.records())
        assert added > 3
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        store.add(chains.record_of(chains.task(added), energy=1.0))
        assert len(store.records()) == added + 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_read_only_store_is_read_and_refuses_to_be_written(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    store = Store(folder / "store.db")
    store.add(chains.record_of(chains.task(), energy=1.0))
    (folder / "store.db").chmod(0o444)
    for path in (tmp_path, *tmp_path.parents):
        if path == Path(tempfile.gettempdir()):
            break
        path.chmod(0o755)
    folder.chmod(0o555)

    def other_user(code):
        def call():
            if os.geteuid() == 0:  # root may write everything
                os.setuid(65534)
            code()

        return call

    def read():
        assert len(store.records()) == 1

    def add():
        store.add(chains.record_of(chains.task(1), energy=1.0))

    def new():
        Store(folder / "new.db").add(chains.record_of(chains.task(1), energy=1.0))

    try:
        assert in_child(other_user(read)) == "no error"
        for refused in (in_child(other_user(add)), in_child(other_user(new))):
            assert "the store cannot be written (" in refused
            assert "in a folder that may be written" in refused
        folder.chmod(0o000)
        assert "the store cannot be read (" in in_child(other_user(read))
    finally:
        folder.chmod(0o755)
    assert len(store.records()) == 1


def test_files_that_are_no_stores_are_refused_and_left(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("hello " * 1000)
    with pytest.raises(StoreError, match=r"text\.db: .*not a database.*Remedy"):
        Store(text).add(rich_record())
    with pytest.raises(StoreError, match="cannot be read"):
        Store(text).records()
    assert text.read_text() == "hello " * 1000
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE bookmarks (x)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store(foreign).add(rich_record())
    assert Store(foreign).records() == ()
    assert foreign.read_bytes() == before
    (tmp_path / "empty.db").touch()
    assert Store(tmp_path / "empty.db").records() == ()


def test_names_that_are_no_stores_are_refused(tmp_path, monkeypatch):
    for name in ("store", "store.json", "mysql://x/y"):
        with pytest.raises(InputError, match=r"ends in \.db"):
            Store(name)
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreError, match="not the name"):
        Store(tmp_path / "folder.db")
    with pytest.raises(StoreError, match="no such folder"):
        Store(tmp_path / "none" / "store.db")
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(StoreError, match=r"not installed.*nrrsim\[postgres\]"):
        Store("postgresql://me@here/x")


def test_a_server_that_is_not_there_is_a_sentence_without_the_password(server):
    store = Store("postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(StoreError, match=r"cannot be read.*check that the server runs") as told:
        store.records()
    assert "secret" not in str(told.value)
    with pytest.raises(StoreError, match="cannot be written"):
        Store(f"{server}/no_such_database").add(rich_record())


def test_a_locked_store_is_waited_for_and_then_told(tmp_path, monkeypatch):
    store = Store(tmp_path / "store.db")
    store.add(rich_record())
    other = sqlite3.connect(tmp_path / "store.db")
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(store_module, "BUSY_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"locked.*program"):
        store.add(rich_record(4))
    assert time.monotonic() - began > 0.25
    other.rollback()
    other.close()
    store.add(rich_record(4))
    assert len(store.records()) == 2


def test_a_copy_of_the_file_is_the_store(tmp_path):
    Store(tmp_path / "a.db").add(rich_record())
    shutil.copy(tmp_path / "a.db", tmp_path / "b.db")
    the_same(rich_record(), Store(Path(tmp_path / "b.db")).record(rich_record().key))

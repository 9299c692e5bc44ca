"""Records as files: the same bytes again, the same records back, and words for files that are none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ase.build import bulk

from nrrsim.dft.archive import UNFINISHED, archive, archive_unfinished, archived, restore, restore_unfinished
from nrrsim.dft.bench import ABOUT, JOURNAL, Bench
from nrrsim.dft.run import run
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store, record_text
from nrrsim.dft.task import Task
from nrrsim.errors import InputError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store.db")
    for metal in ("Cu", "Ag"):
        task = Task("single point", bulk(metal, cubic=True), settings("emt"), label=metal)
        store.add(run(task, tmp_path / metal))
    return store


def test_a_folder_carries_a_store(store: Store, tmp_path: Path) -> None:
    written = archive(store, tmp_path / "files")
    assert len(written) == 2
    before = [file.read_bytes() for file in written]
    assert archive(store, tmp_path / "files") == ()
    again = archive(store, tmp_path / "others")
    assert [file.read_bytes() for file in again] == before
    other = Store(tmp_path / "other.db")
    assert restore(tmp_path / "files", other) == 2
    assert restore(tmp_path / "files", other) == 2
    assert len(other.records()) == 2
    for record in archived(tmp_path / "files"):
        back = other.record(record.key)
        assert back is not None
        assert record_text(back) == record_text(record)


def test_files_that_are_no_records_are_named(store: Store, tmp_path: Path) -> None:
    first, second = archive(store, tmp_path / "files")
    first.write_bytes(second.read_bytes())
    with pytest.raises(InputError, match="the file holds the record"):
        archived(tmp_path / "files")
    first.write_bytes(b"not gzip")
    with pytest.raises(InputError, match="this is no record"):
        archived(tmp_path / "files")


def begun(task: Task, folder: Path) -> Path:
    """A task's folder with one point in its journal, and a second that was being written."""
    Bench(task, folder / task.key).compute(task.atoms)
    with (folder / task.key / JOURNAL).open("a") as file:
        file.write('{"positions": [[0.0')
    return folder / task.key


def test_unfinished_tasks_go_on_elsewhere(tmp_path: Path) -> None:
    store, files = Store(tmp_path / "store.db"), tmp_path / "files"
    tasks = [Task("single point", bulk(metal, cubic=True), settings("emt"), label=metal) for metal in ("Cu", "Ag")]
    here, there = tmp_path / "here", tmp_path / "there"
    kept = [begun(task, here) for task in tasks]
    (here / "stray").mkdir()
    written = archive_unfinished(here, files, store)
    assert sorted(file.name for file in written) == sorted(f"{task.key}.json.gz" for task in tasks)
    before = [file.read_bytes() for file in written]
    assert [file.read_bytes() for file in archive_unfinished(here, files, store)] == before
    assert archived(files) == ()  # they are no records
    assert restore_unfinished(files, there, store) == 2
    assert restore_unfinished(files, there, store) == 0  # what is there stays
    for task, folder in zip(tasks, kept, strict=True):
        assert (there / task.key / ABOUT).read_bytes() == (folder / ABOUT).read_bytes()
        bench = Bench(task, there / task.key)
        assert bench.computed == 1
        assert bench.compute(task.atoms).energy == pytest.approx(Bench(task, folder).compute(task.atoms).energy, abs=0)
        assert bench.computed == 1  # read, not computed again
    store.add(run(tasks[0], here / tasks[0].key))
    assert [file.name for file in archive_unfinished(here, files, store)] == [f"{tasks[1].key}.json.gz"]
    assert [file.name for file in (files / UNFINISHED).iterdir()] == [f"{tasks[1].key}.json.gz"]
    assert restore_unfinished(files, tmp_path / "third", store) == 1


def test_a_failure_gives_way_to_what_was_computed_later(store: Store, tmp_path: Path) -> None:
    first = store.records()[0]
    failed = replace(first, status="failed", reason="no engine.", energy=None, forces=None)
    other, files = Store(tmp_path / "other.db"), tmp_path / "files"
    other.add(failed)
    assert len(archive(other, files)) == 1
    assert restore(files, store) == 1
    assert store.record(first.key).status == "done"  # a failure replaces nothing
    assert len(archive(store, files)) == 2
    assert archive(store, files) == ()
    assert restore(files, other) == 2
    assert {record.status for record in other.records()} == {"done"}


def test_a_longer_journal_stays(tmp_path: Path) -> None:
    store, files = Store(tmp_path / "store.db"), tmp_path / "files"
    task = Task("relax", bulk("Cu", cubic=True), settings("emt"))
    for folder, strains in (("long", (1.0, 1.01)), ("short", (1.02,))):
        for strain in strains:
            atoms = task.atoms.copy()
            atoms.set_cell(atoms.cell * strain, scale_atoms=True)
            Bench(task, tmp_path / folder / task.key).compute(atoms)
    (file,) = archive_unfinished(tmp_path / "long", files, store)
    before = file.read_bytes()
    assert archive_unfinished(tmp_path / "short", files, store) == ()
    assert file.read_bytes() == before


def test_a_task_that_ends_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, files, tasks = Store(tmp_path / "store.db"), tmp_path / "files", tmp_path / "tasks"
    ended, going = (begun(Task("single point", bulk(m), settings("emt")), tasks) for m in ("Cu", "Ag"))
    glob = Path.glob

    def looked(self: Path, pattern: str) -> list[Path]:
        found = sorted(glob(self, pattern))
        if JOURNAL in pattern:
            shutil.rmtree(ended)
        return found

    monkeypatch.setattr(Path, "glob", looked)
    assert [file.name for file in archive_unfinished(tasks, files, store)] == [f"{going.name}.json.gz"]


def test_files_that_are_no_journals_are_named(tmp_path: Path) -> None:
    store, files = Store(tmp_path / "store.db"), tmp_path / "files"
    begun(Task("single point", bulk("Cu"), settings("emt")), tmp_path / "here")
    (file,) = archive_unfinished(tmp_path / "here", files, store)
    other = file.with_name(f"{'0' * 24}.json.gz")
    file.rename(other)
    with pytest.raises(InputError, match="the file holds the journal of"):
        restore_unfinished(files, tmp_path / "there", store)
    other.write_bytes(b"not gzip")
    with pytest.raises(InputError, match="this is no journal"):
        restore_unfinished(files, tmp_path / "there", store)
    assert not (tmp_path / "there").exists()

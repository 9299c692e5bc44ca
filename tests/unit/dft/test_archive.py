"""Records as files: the same bytes again, the same records back, and words for files that are none."""

from __future__ import annotations

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

"""Records as files: the same bytes again, the same records back, and words for files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from ase.build import bulk

from nrrsim.dft.archive import archive, archived, restore
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

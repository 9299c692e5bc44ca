"""Records as files, one compressed JSON text each, so that a version-controlled folder can carry what was computed."""

from __future__ import annotations

import gzip
from pathlib import Path

from nrrsim.dft.bench import write_atomically
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store, record_of_text, record_text
from nrrsim.errors import InputError

SUFFIX = ".json.gz"
SHIPPED = Path(__file__).parents[1] / "data" / "computed" / "records"
"""What nrrsim carries."""


def archive(store: Store, folder: Path) -> tuple[Path, ...]:
    """Write each record of a store that the folder does not hold yet; the files written.

    The same record gives the same bytes on any day.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for record in store.records():
            file = folder / f"{record.key}{SUFFIX}"
            if not file.exists():
                write_atomically(file, gzip.compress(record_text(record).encode(), mtime=0))
                written.append(file)
    except OSError as error:
        what = f"the folder '{folder}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a folder on a disk with room that is writable.") from error
    return tuple(written)


def archived(folder: Path) -> tuple[DftRecord, ...]:
    """The records of a folder, in the order of their keys.

    Raises
    ------
    InputError
        If a file is no record, or does not hold the one that its name says.
    """
    found = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            record = record_of_text(gzip.decompress(file.read_bytes()).decode())
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"this is no record ({error}).", where=str(file), remedy="restore the file.") from error
        if f"{record.key}{SUFFIX}" != file.name:
            remedy = "give the file its own name back."
            raise InputError(f"the file holds the record {record.key}.", where=str(file), remedy=remedy)
        found.append(record)
    return tuple(found)


def restore(folder: Path, store: Store) -> int:
    """Add the records of a folder to a store, which keeps those that it has; how many the folder holds."""
    records = archived(folder)
    for record in records:
        store.add(record)
    return len(records)

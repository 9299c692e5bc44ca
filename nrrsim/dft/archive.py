"""Records as files, one compressed JSON text each, so that a version-controlled folder can carry what was computed.

So travel the journals of tasks that have no record yet: what they hold is not computed again elsewhere.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from nrrsim.dft.bench import ABOUT, JOURNAL, entry_of, write_atomically
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store, record_of_text, record_text
from nrrsim.errors import InputError

SUFFIX = ".json.gz"
UNFINISHED = "unfinished"
"""The folder of journals among the records."""

SHIPPED = Path(__file__).parents[1] / "data" / "computed" / "records"
"""What nrrsim carries."""


def archive(store: Store, folder: Path) -> tuple[Path, ...]:
    """Write each record of a store that the folder does not hold yet, or holds as a failure; the files written.

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
            if not file.exists() or (record.status == "done" and _read(file).status == "failed"):
                write_atomically(file, gzip.compress(record_text(record).encode(), mtime=0))
                written.append(file)
    except OSError as error:
        what = f"the folder '{folder}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a folder on a disk with room that is writable.") from error
    return tuple(written)


def archive_unfinished(tasks: Path, folder: Path, store: Store) -> tuple[Path, ...]:
    """Write the journals of the tasks begun that have no record, and remove those of tasks that have one by now.

    A journal of more points stays: what another folder of tasks came to is not lost.

    Parameters
    ----------
    tasks : pathlib.Path
        Where the folders of tasks lie.
    folder : pathlib.Path
        Of the records.
    store : Store

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    place, written = folder / UNFINISHED, []
    try:
        for old in place.glob(f"*{SUFFIX}"):
            if store.record(old.name.removesuffix(SUFFIX)) is not None:
                old.unlink()
        for journal in sorted(tasks.glob(f"*/{JOURNAL}")):
            try:
                lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
                about = json.loads((journal.parent / ABOUT).read_text(encoding="utf-8"))
            except FileNotFoundError:  # its task ended meanwhile, and has a record
                continue
            whole = [line.rstrip("\n") for line in lines if line.endswith("\n")]
            file = place / f"{about['key']}{SUFFIX}"
            known = len(_journal(file)["points"]) if file.exists() else 0
            if len(whole) >= max(known, 1) and store.record(about["key"]) is None:
                place.mkdir(parents=True, exist_ok=True)
                text = json.dumps({"about": about, "points": [json.loads(line) for line in whole]})
                write_atomically(file, gzip.compress(text.encode(), mtime=0))
                written.append(file)
    except OSError as error:
        what = f"the folder '{place}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a folder on a disk with room that is writable.") from error
    return tuple(written)


def restore_unfinished(folder: Path, tasks: Path, store: Store) -> int:
    """Put journals back where tasks go on from them, but where a record or a journal is there; how many were put.

    Raises
    ------
    InputError
        If a file is no journal, or the place cannot be written.
    """
    put = 0
    for file in sorted((folder / UNFINISHED).glob(f"*{SUFFIX}")):
        key, said = file.name.removesuffix(SUFFIX), _journal(file)
        lines = [json.dumps(point) for point in said["points"]]
        if store.record(key) is not None or (tasks / key / JOURNAL).exists():
            continue
        try:
            (tasks / key).mkdir(parents=True, exist_ok=True)
            write_atomically(tasks / key / ABOUT, json.dumps(said["about"], indent=1))
            write_atomically(tasks / key / JOURNAL, "".join(f"{line}\n" for line in lines))
        except OSError as error:
            what = f"the folder '{tasks / key}' cannot be written: {error.strerror or error}."
            raise InputError(what, where="--folder", remedy="name one that is writable.") from error
        put += 1
    return put


def archived(folder: Path) -> tuple[DftRecord, ...]:
    """The records of a folder, in the order of their keys.

    Raises
    ------
    InputError
        If a file is no record, or does not hold the one that its name says.
    """
    return tuple(_read(file) for file in sorted(folder.glob(f"*{SUFFIX}")))


def _read(file: Path) -> DftRecord:
    try:
        record = record_of_text(gzip.decompress(file.read_bytes()).decode())
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"this is no record ({error}).", where=str(file), remedy="restore the file.") from error
    if f"{record.key}{SUFFIX}" != file.name:
        remedy = "give the file its own name back."
        raise InputError(f"the file holds the record {record.key}.", where=str(file), remedy=remedy)
    return record


def _journal(file: Path) -> dict[str, Any]:
    """What a journal's file says: about its task, and the points."""
    try:
        said: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()).decode())
        fits = said["about"]["key"] == file.name.removesuffix(SUFFIX)
        for point in said["points"]:
            entry_of(json.dumps(point))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"this is no journal ({error}).", where=str(file), remedy="restore the file.") from error
    if not fits:
        remedy = "give the file its own name back."
        raise InputError(f"the file holds the journal of {said['about']['key']}.", where=str(file), remedy=remedy)
    return said


def restore(folder: Path, store: Store) -> int:
    """Add the records of a folder to a store, which keeps those that it has but failures; how many the folder holds."""
    records = archived(folder)
    failures = {record.key for record in store.records(status="failed")}
    for record in records:
        if record.key in failures and record.status == "done":
            store.remove(record.key)
        store.add(record)
    return len(records)

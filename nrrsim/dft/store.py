"""The store of records: an ase database in a file (SQLite) or on a server (PostgreSQL), shared by many processes.

A row is an ordinary row of ase.db, so that ase's own tools read it: the final structure with energy and forces, and
words to search by. What ase would not keep exactly stands beside it as one text. The record's key is the row's
`unique_id`, on which the database itself allows one row only. Each change is one transaction that begins with the
write lock: ase numbers rows by the last number given, and makes its tables one by one, which only then is safe. The
lock file that ase can write instead is not used, because it outlives a process that is killed.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import ase.db
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import dict2constraint
from ase.db.core import now as ase_time
from ase.db.core import str_represents
from ase.db.row import AtomsRow

from nrrsim.dft.record import DftRecord
from nrrsim.errors import InputError
from nrrsim.structures.record import KEY as BUILT

DATA = "nrrsim_dft"  # of a row's data: the record as text
BUSY_SECONDS = 60  # that a process waits for the others to finish writing
_LOCK = 4772414  # any number: PostgreSQL's advisory lock of all that write records and claims

_ATOMS, _ARRAY = "__atoms__", "__array__"  # keys of JSON mappings that stand for these


class StoreError(InputError):
    """The store cannot be read or written: nothing more can be kept, so the work stops."""


@dataclass(frozen=True)
class Summary:
    """What a store holds.

    Parameters
    ----------
    done, failed : int
        Records by status.
    doubtful : int
        Those done that did not become what was meant.
    works : Mapping[str, int]
        Records by work.
    seconds : float
        Computing time in all [s].
    reasons : tuple of (str, str, str)
        Label, work and reason of each record that is not usable.
    """

    done: int
    failed: int
    doubtful: int
    works: Mapping[str, int]
    seconds: float
    reasons: tuple[tuple[str, str, str], ...]


class Session:
    """One transaction of a store."""

    def __init__(self, database: Any, file: Path | None) -> None:
        self.database, self._file = database, file

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        """Run a statement with `?` where values go."""
        self.database.connection.cursor().execute(statement, values)

    def rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """What a statement selects or returns."""
        cursor = self.database.connection.cursor()
        cursor.execute(statement, values)
        return list(cursor.fetchall())

    def has_table(self, name: str) -> bool:
        """Whether the database has a table."""
        if self._file is None:
            return bool(self.rows("SELECT to_regclass(?) IS NOT NULL", (name,))[0][0])
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (name,)))

    def now(self) -> float:
        """Time of the machine that keeps the database [s]: the server, or the one whose disk the file is on."""
        if self._file is None:
            return float(self.rows("SELECT extract(epoch FROM clock_timestamp())")[0][0])
        if not os.access(self._file, os.W_OK):  # only to look at: nothing is claimed where nothing can be written
            return time.time()
        os.utime(self._file)  # without times: the file system's own clock
        return self._file.stat().st_mtime


class Store:
    """Records by key, in a file or on a server; it keeps no connection, so that it can go to other processes.

    Parameters
    ----------
    location : path or str
        A file that ends in .db, made at the first record, or the URL of a PostgreSQL database,
        "postgresql://user:password@host:port/name".

    Raises
    ------
    StoreError
        If the location cannot be one.
    """

    def __init__(self, location: str | os.PathLike[str]) -> None:
        self.location = str(location)
        server = re.match(r"postgres(ql)?://", self.location)
        self._file = None if server else Path(location).absolute()
        self._errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError, json.JSONDecodeError)
        if self._file is None:
            self._errors = (*_driver_errors(self.shown), OSError, AssertionError, json.JSONDecodeError)
        elif self._file.suffix != ".db" or self._file.is_dir():
            remedy = "name a file that ends in .db, or the URL of a PostgreSQL database, postgresql://..."
            raise StoreError("this is not the name of a store.", where=self.shown, remedy=remedy)
        elif not self._file.parent.is_dir():
            raise StoreError("there is no such folder.", where=self.shown, remedy="make the folder, or name another.")

    @property
    def shown(self) -> str:
        """The location without its password, for messages."""
        return re.sub(r"(password=)[^&]*", r"\1...", re.sub(r"(://[^:/@]*):[^@]*@", r"\1:...@", self.location))

    def record(self, key: str) -> DftRecord | None:
        """The record of a task, None where there is none."""
        with self.reading() as session:
            rows = [] if session is None else list(session.database.select(unique_id=key))
            return next((_record(row) for row in rows if DATA in row.data), None)

    def records(
        self, *, label: str | None = None, status: str | None = None, work: str | None = None
    ) -> tuple[DftRecord, ...]:
        """Records in the order of their coming, all or those with a label, a status or a work."""
        asked = {"label": label, "status": status, "work": work}
        words = {name: _word(word) for name, word in asked.items() if word is not None}
        with self.reading() as session:
            rows = [] if session is None else session.database.select("nrrsim_record", sort="id", **words)
            return tuple(_record(row) for row in rows if DATA in row.data)

    def summary(self) -> Summary:
        """Counts, time and reasons, without reading the records themselves."""
        with self.reading() as session:
            found = [] if session is None else session.database.select("nrrsim_record", sort="id", include_data=False)
            rows = [row.key_value_pairs for row in found]
        works = [str(row["work"]) for row in rows]
        failed = sum(row["status"] == "failed" for row in rows)
        return Summary(
            done=len(rows) - failed,
            failed=failed,
            doubtful=sum(row["status"] == "done" and row["reason"] != "" for row in rows),
            works={work: works.count(work) for work in sorted(set(works))},
            seconds=float(sum(row["seconds"] for row in rows)),
            reasons=tuple((row["label"], row["work"], row["reason"]) for row in rows if row["reason"]),
        )

    def add(self, record: DftRecord) -> None:
        """Keep a record, unless there is one of its key already.

        Raises
        ------
        StoreError
            If it cannot be written; the store is then as it was before.
        """
        row, words, data = _row(record)
        with self.writing() as session:
            if self._file is None:  # other programs number their rows by the last number given, too
                session.execute("LOCK TABLE systems IN SHARE ROW EXCLUSIVE MODE")
            if not session.rows("SELECT id FROM systems WHERE unique_id=?", (record.key,)):
                session.database.write(row, key_value_pairs=words, data=data)

    def remove(self, key: str) -> None:
        """Forget a record, so that its task is computed again."""
        with self.writing() as session:
            for table in ("keys", "text_key_values", "number_key_values", "species"):
                session.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM systems WHERE unique_id=?)", (key,))
            session.execute("DELETE FROM systems WHERE unique_id=?", (key,))

    @contextmanager
    def reading(self) -> Iterator[Session | None]:
        """A session to read in; None where nothing was ever written."""
        if self._missing():
            yield None
            return
        with self._session("read") as session:
            yield session if session.has_table("systems") else None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that no other writer shares, kept as a whole or not at all."""
        with self._session("written") as session:
            self._lock(session)
            self._refuse_foreign(session)
            with session.database.managed_connection():  # makes ase's tables where there are none, and commits
                self._lock(session)
            yield session
            session.database.connection.commit()

    def _missing(self) -> bool:
        try:
            return self._file is not None and self._file.stat() is None
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._sentence(error, "read") from error

    @contextmanager
    def _session(self, verb: str) -> Iterator[Session]:
        try:
            database = self._open()
            database.change_count = 0
            database.connection = database._connect()
            try:
                yield Session(database, self._file)
            finally:
                database.connection.close()  # what is not committed is undone
        except self._errors as error:
            raise self._sentence(error, verb) from error

    def _open(self) -> Any:
        if self._file is not None:
            return ase.db.connect(self._file, type="db", use_lock_file=False)
        url = re.sub(r"^postgres://", "postgresql://", self.location)
        wait = "" if "connect_timeout" in url else ("&" if "?" in url else "?") + "connect_timeout=20"
        return ase.db.connect(url + wait, type="postgresql")

    def _lock(self, session: Session) -> None:
        if self._file is None:
            session.execute(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
            session.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        elif not session.database.connection.in_transaction:
            session.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
            session.execute("BEGIN IMMEDIATE")

    def _refuse_foreign(self, session: Session) -> None:
        if self._file is None or session.has_table("systems") or not session.rows("SELECT 1 FROM sqlite_master"):
            return
        remedy = "name an ase database, or a new file."
        raise StoreError("the file is a database of another program.", where=self.shown, remedy=remedy)

    def _sentence(self, error: Exception, verb: str) -> StoreError:
        said = " ".join(str(error).split()) or type(error).__name__
        return StoreError(f"the store cannot be {verb} ({said}).", where=self.shown, remedy=_remedy(said, self._file))


def _driver_errors(shown: str) -> tuple[type[Exception], ...]:
    try:
        import_module("ase_db_backends.postgresql")
        driver = import_module("psycopg2")
    except ImportError as error:
        what = f"PostgreSQL needs a package that is not installed ({error.name})."
        remedy = "run pip install 'nrrsim[postgres]', or name a file that ends in .db."
        raise StoreError(what, where=shown, remedy=remedy) from error
    return (driver.Error,)


def _remedy(said: str, file: Path | None) -> str:
    if file is None:
        return "check that the server runs, and host, user, password and database in the URL."
    if "not a database" in said or "malformed" in said or "convert" in said:
        return "name an ase database that is whole, or a new file."
    if "full" in said or "I/O" in said:
        return "make room on the disk, or raise the quota, and start again: what was kept before is still there."
    if "locked" in said:
        return "wait until the program that writes to it has finished, and start again."
    return "name a file that may be written, in a folder that may be written."


def record_text(record: DftRecord) -> str:
    """A record as JSON text, numbers exact; tuples become lists, and what has no JSON becomes its text."""
    return json.dumps({field.name: getattr(record, field.name) for field in fields(record)}, default=_said)


def record_of_text(text: str) -> DftRecord:
    """The record of its JSON text."""
    said = json.loads(text, object_hook=_meant)
    record = DftRecord(**said | {name: tuple(said[name]) for name in ("moments", "vibrations")})
    record.atoms.calc = _results(record)
    return record


def _said(value: Any) -> Any:
    """What JSON lacks, in its terms."""
    if isinstance(value, Atoms):
        held = [constraint.todict() for constraint in value.constraints]
        cell, pbc = value.cell[:].tolist(), value.pbc.tolist()
        return {_ATOMS: {"arrays": value.arrays, "cell": cell, "pbc": pbc, "constraints": held, "info": value.info}}
    if isinstance(value, np.ndarray):
        return {_ARRAY: {"type": value.dtype.str, "shape": value.shape, "values": value.ravel().tolist()}}
    if isinstance(value, np.generic):
        return value.item()
    return dict(value) if isinstance(value, Mapping) else str(value)


def _meant(said: dict[str, Any]) -> Any:
    """What a mapping of JSON stands for."""
    if _ARRAY in said:
        array = said[_ARRAY]
        return np.array(array["values"], dtype=array["type"]).reshape(array["shape"])
    if _ATOMS not in said:
        return said
    found = said[_ATOMS]
    atoms = Atoms(numbers=found["arrays"]["numbers"], cell=found["cell"], pbc=found["pbc"], info=found["info"])
    for name, array in found["arrays"].items():
        atoms.set_array(name, array)
    atoms.set_constraint([dict2constraint(held) for held in found["constraints"]])
    return atoms


def _results(record: DftRecord) -> SinglePointCalculator | None:
    if record.energy is None:
        return None
    results: dict[str, Any] = {"energy": record.energy}
    if record.forces is not None:
        results["forces"] = np.array(record.forces)
    if record.moments:
        results["magmoms"] = np.array(record.moments)
    calculator = SinglePointCalculator(record.atoms, **results)
    calculator.name = str(record.settings.get("engine", "unknown"))
    return calculator


def _row(record: DftRecord) -> tuple[AtomsRow, dict[str, Any], dict[str, Any]]:
    """The row, the words to search by, and the data of a record."""
    text = record_text(record)
    atoms = record_of_text(text).atoms
    row: Any = AtomsRow(atoms)
    row.unique_id, row.ctime, row.user = record.key, ase_time(), os.getenv("USER")
    words = {
        "label": record.label,
        "work": record.work,
        "status": record.status,
        "reason": record.reason,
        "settings": str(record.settings.get("name", "")),
        "nrrsim_record": 1,
        "usable": int(record.usable),
        "seconds": float(record.timing.get("seconds", 0.0)),
    }
    built = {BUILT: atoms.info[BUILT]} if BUILT in atoms.info else {}
    return row, {name: _word(word) for name, word in words.items()}, {**built, DATA: text}


def _word(word: Any) -> Any:
    """A word that ase takes for no number, and that every database can hold."""
    if not isinstance(word, str):
        return word
    clean = word.replace("\0", " ").encode(errors="replace").decode()
    return f"'{clean}'" if any(str_represents(clean, kind) for kind in (bool, int, float)) else clean


def _record(row: AtomsRow) -> DftRecord:
    return record_of_text(row.data[DATA])

"""Who works on what: claims beside the records of a store, so that no two processes compute the same task.

A claim names its process by machine, number and start, which no later process shares. One whose process has ended is
free at once for others on that machine. From another machine a process cannot be seen: there a claim is free once it
was not renewed for a while, by the clock of the machine that keeps the database, so that no two clocks are compared.
"""

from __future__ import annotations

import functools
import logging
import os
import platform
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nrrsim.dft.store import Session, Store, StoreError

LIMIT = 600.0  # after which a claim from another machine is free [s]

_TABLE = "nrrsim_claims"
_COLUMNS = "key, label, host, pid, started, since, heartbeat"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Process:
    """A process, told apart from any other.

    Parameters
    ----------
    host : str
        Machine, and where the system says so its identity and the set of process numbers.
    pid : int
        Process number.
    started : str
        When it began, as the system tells it.
    """

    host: str
    pid: int
    started: str

    @property
    def ended(self) -> bool:
        """Whether it is known to have ended; of other machines nothing is known."""
        return self.host == _host() and started_at(self.pid) != self.started


@dataclass(frozen=True)
class Claim:
    """A task that a process works on.

    Parameters
    ----------
    key, label : str
        Of the task.
    owner : Process
        Who works on it.
    seconds, silent : float
        Since it began, and since it was last renewed [s].
    """

    key: str
    label: str
    owner: Process
    seconds: float
    silent: float


class Claims:
    """The claims of a store.

    Parameters
    ----------
    store : Store
    limit : float
        After which a claim that is not renewed is free, where its process cannot be seen [s].
    """

    def __init__(self, store: Store, *, limit: float = LIMIT) -> None:
        self.store, self.limit = store, limit

    def take(self, key: str, *, label: str = "") -> str | None:
        """Claim a task for this process: a token to renew and release it with, None where another works on it."""
        me, token = this_process(), uuid.uuid4().hex
        with self._writing() as session:
            now = session.now()
            held = _claims(session, now, key)
            if held and not self._free(held[0], me):
                return None
            session.execute(f"DELETE FROM {_TABLE} WHERE key=?", (key,))
            values = (key, label.replace("\0", " "), me.host, me.pid, me.started, now, now, token)
            session.execute(f"INSERT INTO {_TABLE} ({_COLUMNS}, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        return token

    def renew(self, key: str, token: str) -> bool:
        """Say that the work goes on; False where somebody else has taken the claim over."""
        with self._writing() as session:
            statement = f"UPDATE {_TABLE} SET heartbeat=? WHERE key=? AND token=?"
            session.execute(statement, (session.now(), key, token))
            return bool(session.rows(f"SELECT 1 FROM {_TABLE} WHERE key=? AND token=?", (key, token)))

    def release(self, key: str, token: str) -> None:
        """Give a claim back, unless somebody else has taken it over."""
        with self._writing() as session:
            session.execute(f"DELETE FROM {_TABLE} WHERE key=? AND token=?", (key, token))

    def all(self) -> tuple[Claim, ...]:
        """Every claim, of ended processes too, the oldest first."""
        with self.store.reading() as session:
            if session is None or not session.has_table(_TABLE):
                return ()
            return _claims(session, session.now())

    def sweep(self) -> None:
        """Remove the claims of ended processes."""
        if not any(self._free(claim) for claim in self.all()):
            return
        with self._writing() as session:
            for claim in _claims(session, session.now()):
                if self._free(claim):
                    session.execute(f"DELETE FROM {_TABLE} WHERE key=?", (claim.key,))

    @contextmanager
    def held(self, key: str, *, label: str = "") -> Iterator[bool]:
        """Hold a claim and renew it while the work runs; False where another process works on the task."""
        token = self.take(key, label=label)
        if token is None:
            yield False
            return
        done = threading.Event()
        heart = threading.Thread(target=self._beat, args=(key, token, done), daemon=True)
        heart.start()
        try:
            yield True
        finally:
            done.set()
            heart.join()
            self.release(key, token)

    def _beat(self, key: str, token: str, done: threading.Event) -> None:
        while not done.wait(self.limit / 10):
            try:
                if not self.renew(key, token):
                    logger.warning("the claim of task %s was taken over by another process.", key)
                    return
            except StoreError as error:  # it may be back before the limit
                logger.warning("the claim of task %s was not renewed: %s", key, error)

    def _free(self, claim: Claim, me: Process | None = None) -> bool:
        if claim.owner == me:  # left over where a release failed
            return True
        return claim.owner.ended if claim.owner.host == _host() else claim.silent > self.limit

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with self.store.writing() as session:
            if not session.has_table(_TABLE):
                session.execute(
                    f"CREATE TABLE {_TABLE} (key TEXT PRIMARY KEY, label TEXT, host TEXT, pid INTEGER, started TEXT, "
                    "since DOUBLE PRECISION, heartbeat DOUBLE PRECISION, token TEXT)"
                )
            yield session


def this_process() -> Process:
    """The process that asks."""
    return Process(_host(), os.getpid(), started_at(os.getpid()))


def started_at(pid: int) -> str:
    """When a process began, in the system's own words; empty where there is none that runs."""
    if not Path("/proc/self/stat").exists():
        told = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        state, _, began = told.stdout.strip().partition(" ")
        return "" if state.startswith("Z") else " ".join(began.split())
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    state, *rest = stat.rpartition(")")[2].split()  # the name before may hold anything
    return "" if state in "ZX" else f"{_boot()}:{rest[18]}"


def _claims(session: Session, now: float, key: str | None = None) -> tuple[Claim, ...]:
    where, values = ("", ()) if key is None else ("WHERE key=?", (key,))
    rows = session.rows(f"SELECT {_COLUMNS} FROM {_TABLE} {where} ORDER BY since, key", values)
    return tuple(Claim(row[0], row[1], Process(*row[2:5]), now - row[5], now - row[6]) for row in rows)


@functools.cache
def _boot() -> str:
    return _told("/proc/sys/kernel/random/boot_id")


@functools.cache
def _host() -> str:
    numbers = Path("/proc/self/ns/pid")
    space = str(numbers.readlink()) if numbers.is_symlink() else ""
    return " ".join(word for word in (platform.node(), _told("/etc/machine-id"), space) if word)


def _told(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""

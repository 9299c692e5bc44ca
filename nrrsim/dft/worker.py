"""The life of a worker: along one chain after another, each task looked up, or claimed, computed and kept.

A worker is a process with a pipe to the campaign that began it. It works on one chain at a time and tells what it
meets: a record, a task it begins, a task that is somebody else's, the chain's end, a store that keeps nothing any more.
A task that has a record is done; any other is claimed, computed in a folder named by its key, added to the store and
released, in this order.
"""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeAlias

from nrrsim.dft.chain import Chain
from nrrsim.dft.claims import Claims
from nrrsim.dft.faster.memory import release
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store, StoreError, record_of_text, record_text
from nrrsim.dft.task import Task
from nrrsim.errors import InputError, NrrsimError

Runner: TypeAlias = Callable[[Task, Path], DftRecord]

FINISHED = "finished.json"  # in a task's folder: its record, until the store has it
STOP_SECONDS = 10.0  # for a worker to release its claim once it is told to stop

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shop:
    """What a worker works with."""

    store: Store
    folder: Path
    run: Runner | None
    keep_files: bool
    claim_limit: float


@dataclass(frozen=True)
class Ready:
    """A worker waits for a chain."""


@dataclass(frozen=True)
class Began:
    """A task of the chain has no record and is computed."""

    label: str
    work: str


@dataclass(frozen=True)
class Has:
    """A task of the chain has a record."""

    key: str
    label: str
    status: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Meets:
    """A task of the chain is somebody else's; the chain goes back."""

    label: str


@dataclass(frozen=True)
class Ended:
    """The chain has ended, early where there is a reason."""

    reason: str = ""


@dataclass(frozen=True)
class Stops:
    """Nothing can be kept any more."""

    error: StoreError


def serve(pipe: Connection, shop: bytes) -> None:
    """The life of a worker."""
    try:
        signal.signal(signal.SIGINT, _stopped)
        signal.signal(signal.SIGTERM, _stopped)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        tools = pickle.loads(shop)
        pipe.send(Ready())
        while True:
            pipe.send(_outcome(pipe.recv_bytes(), tools, pipe.send))
    except (KeyboardInterrupt, EOFError, BrokenPipeError):  # it was told to stop, or nobody is there any more
        return


def _stopped(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is done on the way out is done once
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Stop once the process that began this one is gone, however it went."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)


def _outcome(pickled: bytes, shop: Shop, tell: Callable[[Any], None]) -> Ended | Meets | Stops:
    """Go along a chain as far as it goes."""
    done: list[DftRecord] = []
    try:
        chain: Chain = pickle.loads(pickled)
        while (task := chain.next(tuple(done))) is not None:
            if any(record.key == task.key for record in done):
                return Ended(f"the chain asks for the task '{task.label}' again, which it has already.")
            record = _record(task, shop, tell)
            if record is None:
                return Meets(task.label)
            tell(Has(task.key, task.label, record.status, record.reason, float(record.timing.get("seconds", 0.0))))
            done.append(record)
    except StoreError as error:
        return Stops(error)
    except NrrsimError as error:
        return Ended(str(error))
    except Exception as error:
        logger.exception("a chain stopped with an error that nobody expected.")
        return Ended(f"{type(error).__name__}: {error}")
    return Ended()


def _record(task: Task, shop: Shop, tell: Callable[[Any], None]) -> DftRecord | None:
    """The record of a task, found or computed; None where somebody else works on it."""
    key = task.key
    found = shop.store.record(key)
    if found is not None:
        return found
    with Claims(shop.store, limit=shop.claim_limit).held(key, label=task.label) as mine:
        if not mine:
            return None
        found = shop.store.record(key)  # it may have come before the claim
        if found is None:
            tell(Began(task.label, task.work))
            place = made(shop.folder / key)
            shop.store.add(_finished(task, key, place) or _kept(_runner(shop)(task, place), key, place))
            found = shop.store.record(key)
            release()  # what a large task needed, before a small one
        clear(shop.folder / key, all_of_it=not shop.keep_files)
    return found


def _runner(shop: Shop) -> Runner:
    if shop.run is not None:
        return shop.run
    from nrrsim.dft.run import run

    return run


def _finished(task: Task, key: str, place: Path) -> DftRecord | None:
    """The record of a task that ended, but did not come to the store."""
    try:
        record = record_of_text((place / FINISHED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s: %s cannot be read (%s), the task is run again.", task.label, place / FINISHED, error)
        return None
    return record if record.key == key else None


def _kept(record: DftRecord, key: str, place: Path) -> DftRecord:
    """The record, put beside the task's files in case the store fails."""
    if record.key != key:
        raise InputError(f"the record of task {key} names another ({record.key}).", where=record.label)
    beside = place / f".{FINISHED}"
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(record_text(record))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place / FINISHED)
    except OSError as error:
        logger.warning("%s: the record cannot be kept in %s (%s).", record.label, place, error)
    return record


def clear(place: Path, *, all_of_it: bool) -> None:
    """Remove a finished task's record from its folder, or the folder."""
    try:
        (place / FINISHED).unlink(missing_ok=True)
        if all_of_it and place.is_dir():
            shutil.rmtree(place)
    except OSError as error:
        logger.warning("the files of a finished task cannot be removed: %s.", error)


def made(folder: Path) -> Path:
    """A folder, made where it is missing.

    Raises
    ------
    StoreError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "name a folder that may be written."
        raise StoreError(f"the folder cannot be made ({error.strerror}).", where=str(folder), remedy=remedy) from error
    return folder

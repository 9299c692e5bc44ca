"""Chains of tasks on several processes: what the store has is not computed, what another works on is waited for.

Each worker is a process of its own with a pipe to the one that began it, so that a worker which is killed takes
nothing with it but its step. It works on one chain at a time: a task that has a record is done; any other is claimed,
computed in a folder named by its key, added to the store and released, in this order. A chain that meets the claim of
somebody else goes back, and is taken up again after the others. Several campaigns may share a store.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TypeAlias

from nrrsim.dft.chain import Chain
from nrrsim.dft.claims import LIMIT, Claims
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store, StoreError, record_of_text, record_text
from nrrsim.dft.task import Task
from nrrsim.errors import InputError, NrrsimError

Runner: TypeAlias = Callable[[Task, Path], DftRecord]

FINISHED = "finished.json"  # in a task's folder: its record, until the store has it
STARTS = 3  # workers in a row that end before they are ready, after which no more are begun
TRIES = 2  # workers that may die over one chain

_LOOK_SECONDS = 1.0  # between two looks at what runs
_WAIT_SECONDS = 1.0  # before a chain that met somebody else's claim is taken up again
_STOP_SECONDS = 10.0  # for a worker to release its claim once it is told to stop
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Running:
    """A task that a worker computes, and for how long [s]."""

    label: str
    work: str
    seconds: float


@dataclass(frozen=True)
class Failure:
    """A task that failed, or a chain that could not go on, and why."""

    label: str
    reason: str


@dataclass(frozen=True)
class Progress:
    """Where a campaign stands.

    Parameters
    ----------
    running : tuple of Running
        What the workers compute now.
    waiting : tuple of str
        Labels of tasks that somebody else computes, and that chains wait for.
    done : int
        Tasks that have a record that did not fail, found or computed.
    failed : tuple of Failure
        Tasks whose record failed, and chains that could not go on.
    left : int
        Chains that have not ended.
    seconds_left : float or None
        Estimated from the time per weight of the chains that have ended [s]; None before the first one has.
    """

    running: tuple[Running, ...]
    waiting: tuple[str, ...]
    done: int
    failed: tuple[Failure, ...]
    left: int
    seconds_left: float | None


def compute(
    chains: Sequence[Chain],
    store: Store,
    *,
    workers: int = 1,
    folder: str | os.PathLike[str],
    run: Runner | None = None,
    progress: Callable[[Progress], None] | None = None,
    keep_files: bool = False,
    claim_limit: float = LIMIT,
) -> tuple[DftRecord, ...]:
    """Compute chains of tasks, the heaviest first, and none twice.

    Parameters
    ----------
    chains : sequence of Chain
        They and `run` are pickled for the workers.
    store : Store
    workers : int
        Processes, each with one thread.
    folder : path
        Where tasks keep their files while they run; made where there is none.
    run : callable
        Computes a task in its folder, by default `nrrsim.dft.run.run`.
    progress : callable
        Told of each change, and each second.
    keep_files : bool
        Whether folders of finished tasks stay.
    claim_limit : float
        After which the silent claim of another machine is taken over [s].

    Returns
    -------
    tuple of DftRecord
        In the order of the chains and their tasks, each once, failed ones too. A chain that could not go on (its worker
        was killed twice, or it could not be run at all) is told to `progress` and in the log with the reason.

    Raises
    ------
    StoreError
        If the store or the folder cannot be used; what was computed is kept in the folders, for the next time.
    """
    if workers < 1:
        raise InputError(f"found {workers} workers.", remedy="give one or more.")
    if not chains:
        return ()
    place = _made(Path(folder).absolute())
    Claims(store, limit=claim_limit).sweep()
    shop = _Shop(store, place, run, keep_files, claim_limit)
    campaign = _Campaign([_pickled(chain) for chain in chains], chains, _pickled(shop), progress)
    try:
        campaign.go(min(workers, len(chains)))
    finally:
        campaign.stop()
    keys = dict.fromkeys(key for state in campaign.states for key in state.keys)
    _tidy(keys, shop)
    records = (store.record(key) for key in keys)
    return tuple(record for record in records if record is not None)


@dataclass(frozen=True)
class _Shop:
    """What a worker works with."""

    store: Store
    folder: Path
    run: Runner | None
    keep_files: bool
    claim_limit: float


@dataclass(frozen=True)
class _Ready:
    """A worker waits for a chain."""


@dataclass(frozen=True)
class _Began:
    label: str
    work: str


@dataclass(frozen=True)
class _Has:
    """A task of the chain has a record."""

    key: str
    label: str
    status: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class _Meets:
    """A task of the chain is somebody else's; the chain goes back."""

    label: str


@dataclass(frozen=True)
class _Ended:
    """The chain has ended, early where there is a reason."""

    reason: str = ""


@dataclass(frozen=True)
class _Stops:
    """Nothing can be kept any more."""

    error: StoreError


class _State:
    """A chain as the campaign sees it."""

    def __init__(self, label: str, weight: float, pickled: bytes) -> None:
        self.label, self.weight, self.pickled = label, weight, pickled
        self.deaths = 0
        self.again_at = 0.0  # by the monotonic clock
        self.waits_for = ""
        self.ended = False
        self.reason = ""
        self.begin()

    def begin(self) -> None:
        """Forget what was told of the chain: it starts over, from the records of the store."""
        self.has: dict[str, _Has] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.has)

    @property
    def seconds(self) -> float:
        return sum(has.seconds for has in self.has.values())

    def end(self, reason: str) -> None:
        self.ended, self.reason = True, reason
        if reason:
            logger.warning("%s: %s", self.label, reason)


class _Worker:
    """A process with its pipe, and the chain it has."""

    def __init__(self, shop: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, shop))
        with _one_thread():
            self.process.start()
        far.close()
        self.ready = False
        self.state: _State | None = None
        self.task: tuple[_Began, float] | None = None

    def give(self, state: _State) -> None:
        self.state = state
        state.waits_for = ""
        state.begin()
        with contextlib.suppress(BrokenPipeError):  # it is dead: the closed pipe tells so in a moment
            self.pipe.send_bytes(state.pickled)


class _Campaign:
    """Hands chains to workers until all have ended."""

    def __init__(
        self,
        pickled: Sequence[bytes],
        chains: Sequence[Chain],
        shop: bytes,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.states = [_State(c.label, float(c.weight), text) for c, text in zip(chains, pickled, strict=True)]
        self._shop, self._progress = shop, progress
        self._workers: list[_Worker] = []
        self._false_starts = 0

    def go(self, count: int) -> None:
        while left := [state for state in self.states if not state.ended]:
            while len(self._workers) < min(count, len(left)):
                self._workers.append(_Worker(self._shop))
            self._hand_out()
            for pipe in wait([worker.pipe for worker in self._workers], timeout=_LOOK_SECONDS):
                self._hear(next(worker for worker in self._workers if worker.pipe is pipe))
            self._tell(count)

    def stop(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        until = time.monotonic() + _STOP_SECONDS
        for worker in self._workers:
            worker.process.join(max(until - time.monotonic(), 0.0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._workers = []

    def _hand_out(self) -> None:
        taken = [worker.state for worker in self._workers]
        now = time.monotonic()
        free = [s for s in self.states if not s.ended and s not in taken and s.again_at <= now]
        waiting = sorted(free, key=lambda state: (bool(state.waits_for), -state.weight))
        for worker in self._workers:
            if worker.ready and worker.state is None and waiting:
                worker.give(waiting.pop(0))

    def _hear(self, worker: _Worker) -> None:
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):  # a killed process ends the pipe, or breaks it off
            self._bury(worker)
            return
        state = worker.state
        if isinstance(said, _Stops):
            raise said.error
        if isinstance(said, _Ready):
            worker.ready, self._false_starts = True, 0
        elif isinstance(said, _Began):
            worker.task = said, time.monotonic()
        elif state is not None and isinstance(said, _Has):
            worker.task, state.has[said.key] = None, said
        elif state is not None:
            worker.state, worker.task = None, None
            if isinstance(said, _Meets):
                state.waits_for, state.again_at = said.label, time.monotonic() + _WAIT_SECONDS
            else:
                state.end(said.reason)

    def _bury(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        how = _ending(worker.process.exitcode)
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= STARTS:
                remedy = "in a script, call it under if __name__ == '__main__'; else look at what the workers wrote."
                raise InputError(f"{STARTS} workers in a row did not start (the last {how}).", remedy=remedy)
        elif worker.state is not None:
            worker.state.deaths += 1
            last = f", the last at '{worker.task[0].label}'" if worker.task else ""
            if worker.state.deaths >= TRIES:
                worker.state.end(f"{TRIES} workers died over this chain{last}: {how}.")

    def _tell(self, count: int) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        has = {key: record for state in self.states for key, record in state.has.items()}
        failed = [Failure(one.label, one.reason) for one in has.values() if one.status == "failed"]
        tasks = [worker.task for worker in self._workers if worker.task]
        self._progress(
            Progress(
                running=tuple(Running(task.label, task.work, now - since) for task, since in tasks),
                waiting=tuple(dict.fromkeys(state.waits_for for state in self.states if state.waits_for)),
                done=len(has) - len(failed),
                failed=(*failed, *(Failure(state.label, state.reason) for state in self.states if state.reason)),
                left=sum(not state.ended for state in self.states),
                seconds_left=self._seconds_left(count, sum(now - since for _, since in tasks)),
            )
        )

    def _seconds_left(self, count: int, spent: float) -> float | None:
        ended = [state for state in self.states if state.ended and not state.reason]
        open_ = [state for state in self.states if not state.ended]
        weight = sum(state.weight for state in ended)
        if not open_:
            return 0.0
        if weight <= 0:
            return None
        rate = sum(state.seconds for state in ended) / weight
        all_in = rate * sum(state.weight for state in open_) - sum(state.seconds for state in open_) - spent
        return max(all_in, 0.0) / min(count, len(open_))


def _serve(pipe: Connection, shop: bytes) -> None:
    """The life of a worker."""
    try:
        signal.signal(signal.SIGINT, _stopped)
        signal.signal(signal.SIGTERM, _stopped)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        tools = pickle.loads(shop)
        pipe.send(_Ready())
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
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_STOP_SECONDS)
        os._exit(1)


def _outcome(pickled: bytes, shop: _Shop, tell: Callable[[Any], None]) -> _Ended | _Meets | _Stops:
    """Go along a chain as far as it goes."""
    done: list[DftRecord] = []
    try:
        chain: Chain = pickle.loads(pickled)
        while (task := chain.next(tuple(done))) is not None:
            if any(record.key == task.key for record in done):
                return _Ended(f"the chain asks for the task '{task.label}' again, which it has already.")
            record = _record(task, shop, tell)
            if record is None:
                return _Meets(task.label)
            tell(_Has(task.key, task.label, record.status, record.reason, float(record.timing.get("seconds", 0.0))))
            done.append(record)
    except StoreError as error:
        return _Stops(error)
    except NrrsimError as error:
        return _Ended(str(error))
    except Exception as error:
        logger.exception("a chain stopped with an error that nobody expected.")
        return _Ended(f"{type(error).__name__}: {error}")
    return _Ended()


def _record(task: Task, shop: _Shop, tell: Callable[[Any], None]) -> DftRecord | None:
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
            tell(_Began(task.label, task.work))
            place = _made(shop.folder / key)
            shop.store.add(_finished(task, key, place) or _kept(_runner(shop)(task, place), key, place))
            found = shop.store.record(key)
        _clear(shop.folder / key, all_of_it=not shop.keep_files)
    return found


def _runner(shop: _Shop) -> Runner:
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


def _clear(place: Path, *, all_of_it: bool) -> None:
    try:
        (place / FINISHED).unlink(missing_ok=True)
        if all_of_it and place.is_dir():
            shutil.rmtree(place)
    except OSError as error:
        logger.warning("the files of a finished task cannot be removed: %s.", error)


def _tidy(keys: Iterable[str], shop: _Shop) -> None:
    """Remove what workers left that were killed once the store had their record."""
    claims = Claims(shop.store, limit=shop.claim_limit)
    claims.sweep()
    held = {claim.key for claim in claims.all()}
    for key in keys:
        if key not in held:
            _clear(shop.folder / key, all_of_it=not shop.keep_files)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "name a folder that may be written."
        raise StoreError(f"the folder cannot be made ({error.strerror}).", where=str(folder), remedy=remedy) from error
    return folder


def _pickled(thing: object) -> bytes:
    try:
        return pickle.dumps(thing)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        remedy = "make it of values, and of functions and classes of a module."
        raise InputError(f"a chain or run cannot go to another process ({error}).", remedy=remedy) from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for the processes begun here: linear algebra reads its number when it is loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"ended with status {code}"
    name = signal.Signals(-code).name
    memory = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"was killed by {name}{memory}"

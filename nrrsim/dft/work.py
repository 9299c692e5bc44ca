"""Chains of tasks on several processes: what the store has is not computed, what another works on is waited for.

Each worker is a process of its own with a pipe to the one that began it, so that a worker which is killed takes
nothing with it but its step. A chain that meets the claim of somebody else goes back, and is taken up again after the
others. Several campaigns may share a store.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from nrrsim.dft.chain import Chain
from nrrsim.dft.claims import LIMIT, Claims
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store
from nrrsim.dft.worker import (
    STOP_SECONDS,
    Began,
    Has,
    Meets,
    Ready,
    Runner,
    Shop,
    Stops,
    clear,
    made,
    serve,
)
from nrrsim.errors import InputError

STARTS = 3  # workers in a row that end before they are ready, after which no more are begun
TRIES = 2  # workers that may die over one chain

_LOOK_SECONDS = 1.0  # between two looks at what runs
_WAIT_SECONDS = 1.0  # before a chain that met somebody else's claim is taken up again
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
    place = made(Path(folder).absolute())
    Claims(store, limit=claim_limit).sweep()
    shop = Shop(store, place, run, keep_files, claim_limit)
    campaign = _Campaign([_pickled(chain) for chain in chains], chains, _pickled(shop), progress)
    try:
        campaign.go(min(workers, len(chains)))
    finally:
        campaign.stop()
    keys = dict.fromkeys(key for state in campaign.states for key in state.keys)
    _tidy(keys, shop)
    records = (store.record(key) for key in keys)
    return tuple(record for record in records if record is not None)


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
        self.has: dict[str, Has] = {}

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
        self.process = context.Process(target=serve, args=(far, shop))
        with _one_thread():
            self.process.start()
        far.close()
        self.ready = False
        self.state: _State | None = None
        self.task: tuple[Began, float] | None = None

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
        until = time.monotonic() + STOP_SECONDS
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
        if isinstance(said, Stops):
            raise said.error
        if isinstance(said, Ready):
            worker.ready, self._false_starts = True, 0
        elif isinstance(said, Began):
            worker.task = said, time.monotonic()
        elif state is not None and isinstance(said, Has):
            worker.task, state.has[said.key] = None, said
        elif state is not None:
            worker.state, worker.task = None, None
            if isinstance(said, Meets):
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


def _tidy(keys: Iterable[str], shop: Shop) -> None:
    """Remove what workers left that were killed once the store had their record."""
    claims = Claims(shop.store, limit=shop.claim_limit)
    claims.sweep()
    held = {claim.key for claim in claims.all()}
    for key in keys:
        if key not in held:
            clear(shop.folder / key, all_of_it=not shop.keep_files)


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

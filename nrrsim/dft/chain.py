"""Chains of tasks: each task of a chain is chosen from the records of those before it; chains run side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nrrsim.dft.record import DftRecord
from nrrsim.dft.task import Task


class Chain(Protocol):
    """Tasks that follow one another on one worker, such as relax, then vibrations.

    It is pickled to a worker's process, and must give the same tasks for the same records there and after a restart.
    """

    @property
    def label(self) -> str:
        """Name for progress and messages."""
        ...

    @property
    def weight(self) -> float:
        """How long it takes, in any unit; long ones start first."""
        ...

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        """The task after those done so far, in order; None where the chain ends."""
        ...

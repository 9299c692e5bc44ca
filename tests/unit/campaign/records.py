"""Records of tasks as if they had been computed."""

from __future__ import annotations

from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings
from nrrsim.dft.task import Task

EMT = settings("emt")


def record(task: Task, *, energy: float, reason: str = "", status: str = "done", settings_=EMT) -> DftRecord:
    return DftRecord(
        key=task.key, label=task.label, work=task.work, status=status, reason=reason,
        start=task.atoms, atoms=task.atoms, energy=energy, forces=None, moments=(),
        vibrations=(0.05,) * 3 if task.work == "vibrations" else (),
        settings={"name": settings_.name, "digest": settings_.digest}, versions={}, timing={},
    )  # fmt: skip

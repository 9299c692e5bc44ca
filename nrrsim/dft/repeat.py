"""A record's energy computed once more from what the record itself holds: its structure, moment and settings."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from nrrsim.dft.bench import ABOUT
from nrrsim.dft.engines import engine_parameters, has_spin, prepared
from nrrsim.dft.record import DftRecord
from nrrsim.dft.run import run
from nrrsim.dft.settings import Kind, settings, settings_then
from nrrsim.dft.spin import allowed_moment
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

TOLERANCE = 2e-3  # within which a repeated energy is the same [eV]


@dataclass(frozen=True, eq=False)
class Repeated:
    """A record beside its repetition.

    Parameters
    ----------
    record, again : DftRecord
        The one that was there, and the single point on its final structure.
    """

    record: DftRecord
    again: DftRecord

    @property
    def difference(self) -> float | None:
        """Energy of the repetition less that of the record [eV]; None where the repetition failed."""
        if self.again.energy is None or self.record.energy is None:
            return None
        return self.again.energy - self.record.energy

    @property
    def same(self) -> bool:
        """Whether the two agree within the tolerance."""
        return self.difference is not None and abs(self.difference) <= TOLERANCE


def task_again(record: DftRecord) -> Task:
    """The single point on a record's final structure, with its total moment where one was held.

    Raises
    ------
    InputError
        If the record has no energy, or its settings would compute it in another way by now: with other parameters, in
        another box, or with another total moment.
    """
    where = f"record {record.key}"
    if record.energy is None:
        raise InputError(f"it has no energy: {record.reason}", where=where, remedy="name one that was done.")
    then = record.settings
    named = settings_then(then["name"], then["version"], then["digest"])
    if named is None:
        now = settings(then["name"])
        what = f"its settings '{now.name}' had other parameters (version {then['version']})."
        raise InputError(what, where=where, remedy=f"take a record of version {now.version}.")
    task = Task("single point", record.atoms, named, cast(Kind, record.settings["kind"]), label=record.label)
    if other := _otherwise(task, record):
        remedy = "take another record: the task of this one had options of its own, or its box would be made anew."
        raise InputError(f"it would be computed with {other}.", where=where, remedy=remedy)
    return task


def _otherwise(task: Task, record: DftRecord) -> str:
    """What a single point would do otherwise than the record's own work, empty where nothing."""
    settings, kind, atoms = task.settings, task.kind, record.atoms
    ready = prepared(settings, kind, atoms)
    of_work = settings.vibrations if record.work == "vibrations" else {}
    given = engine_parameters(settings, kind, spin=has_spin(ready), parameters=of_work)
    then = record.settings["parameters"]
    names = {name for name in {*given, *then} if given.get(name) != then.get(name)}
    if names:
        return f"other parameters ({', '.join(sorted(names))})"
    if not np.allclose(ready.cell[:], atoms.cell[:]):
        return "another box"
    held = record.details.get("moment")
    if held is not None and allowed_moment(ready) != held:
        return f"a total moment of {allowed_moment(ready)} in place of {held}"
    return ""


def repeated(record: DftRecord, folder: Path) -> Repeated:
    """Compute a record's energy once more, in a folder of its own within one.

    Raises
    ------
    InputError
        As `task_again`.
    """
    task = task_again(record)
    return Repeated(record, run(task, _fresh(folder, f"repeat-{task.key}")))


def _fresh(folder: Path, name: str) -> Path:
    """A folder whose repetition has not ended: one that was interrupted goes on, an old energy is not told again."""
    places = (folder / f"{name}-{count}" for count in itertools.count(1))
    return next(place for place in places if not _ended(place / ABOUT))


def _ended(about: Path) -> bool:
    return about.exists() and "finished" in json.loads(about.read_text(encoding="utf-8"))


def named_by(records: Sequence[DftRecord], key: str) -> DftRecord:
    """The one record whose key begins so.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    found = [record for record in records if key and record.key.startswith(key)]
    if len(found) != 1:
        what = f"{len(found)} records have a key that begins with '{key}'."
        raise InputError(what, where="--repeat", remedy="give the key of a record in the store, or enough of it.")
    return found[0]

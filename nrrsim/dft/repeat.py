"""A record's energy computed once more from what the record itself holds: its structure, moment and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from nrrsim.dft.record import DftRecord
from nrrsim.dft.run import run
from nrrsim.dft.settings import Kind, settings
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
        If the record has no energy, or its settings mean something else by now.
    """
    where = f"record {record.key}"
    if record.energy is None:
        raise InputError(f"it has no energy: {record.reason}", where=where, remedy="name one that was done.")
    named = settings(record.settings["name"])
    if (record.settings["version"], record.settings["digest"]) != (named.version, named.digest):
        raise InputError(
            f"its settings '{named.name}' had other parameters (version {record.settings['version']}).",
            where=where,
            remedy=f"take a record of version {named.version}.",
        )
    held = record.details.get("moment")
    options = {} if held is None else {"moments": [held]}
    kind = cast(Kind, record.settings["kind"])
    return Task("single point", record.atoms, named, kind, options=options, label=record.label)


def repeated(record: DftRecord, folder: Path) -> Repeated:
    """Compute a record's energy once more, in a folder of its own within one.

    Raises
    ------
    InputError
        As `task_again`.
    """
    task = task_again(record)
    return Repeated(record, run(task, folder / f"repeat-{task.key}"))


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

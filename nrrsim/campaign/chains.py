"""How one state is computed: each start relaxed, cheaply first where the settings say so, the lowest one vibrated.

Vibrations follow an imaginary mode once by themselves; where one is left, they are computed again from further down.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms

from nrrsim.dft.engines import fixes_moment
from nrrsim.dft.outcome import merely_moved
from nrrsim.dft.paths import IMAGES
from nrrsim.dft.record import DftRecord
from nrrsim.dft.relaxation import relax_options
from nrrsim.dft.settings import Kind, Settings
from nrrsim.dft.settings import settings as named_settings
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import DOWNHILL, pushed_along
from nrrsim.structures.sites import adsorbate_atoms

Script: TypeAlias = Generator[Task, DftRecord, None]


@dataclass(frozen=True, eq=False)
class StateChain:
    """The tasks of one state, chosen from the records of those before.

    Parameters
    ----------
    label : str
        For readers, as "m3-ru N2*".
    starts : tuple of ase.Atoms
        Structures to relax.
    settings : Settings
        Of the energies.
    kind : "slab", "cluster" or "molecule"
        What the structures are.
    vibrate : bool
        Whether the adsorbate's vibrations follow.
    options : Mapping[str, Any]
        Of every relaxation, such as fmax or moments.
    """

    label: str
    starts: tuple[Atoms, ...]
    settings: Settings
    kind: Kind
    vibrate: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """Square of the sum of atomic numbers, which stands for the electrons, times the starts."""
        return float(len(self.starts) * sum(self.starts[0].numbers.tolist()) ** 2)

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        """The task after those done; None at the end."""
        script = self._script()
        task: Task | None = next(script, None)
        for record in done:
            try:
                task = script.send(record)
            except StopIteration:
                return None
        return task

    def lowest(self, records: Sequence[DftRecord]) -> DftRecord | None:
        """The relaxed structure of least energy that is what was meant, under the settings of the energies."""
        digest = self.settings.digest
        relaxed = [r for r in records if r.work == "relax" and is_state(r) and r.settings["digest"] == digest]
        return min(relaxed, key=lambda r: float("inf") if r.energy is None else r.energy, default=None)

    def _script(self) -> Script:
        finals = []
        for start in self.starts:
            atoms = start
            if self.settings.prerelax:
                rough = yield self._relax(atoms, named_settings(self.settings.prerelax))
                if rough.status == "done":  # what it became so far is judged when it is finished
                    atoms = _with_moments(rough.atoms, start)
            finals.append((yield self._relax(atoms, self.settings)))
        best = self.lowest(finals)
        if best is not None and self.vibrate:
            found = yield self._vibrations(best.atoms)
            if found.status == "done" and found.moved and found.details["imaginary"] and not found.usable:
                fmax = DOWNHILL * float(relax_options(self.options, self.settings)["fmax"])
                yield self._vibrations(_downhill(found), fmax=fmax)

    def _vibrations(self, atoms: Atoms, **options: Any) -> Task:
        moving = [i for group in adsorbate_atoms(atoms) for i in group]
        chosen = {"indices": moving or list(range(len(atoms))), "follow_imaginary": True, **options}
        return Task("vibrations", atoms, self.settings, self.kind, options=chosen, label=self.label)

    def _relax(self, atoms: Atoms, settings: Settings) -> Task:
        options = dict(self.options)
        if not fixes_moment(settings, self.kind):  # of rough settings
            options.pop("moments", None)
        return Task("relax", atoms, settings, self.kind, options=options, label=self.label)


@dataclass(frozen=True, eq=False)
class BarrierChain:
    """The path between two relaxed states, then the modes of the adsorbates at its saddle, one of them imaginary.

    Parameters
    ----------
    label : str
        For readers, as "m3-ru N2 <-> 2N".
    start, end : ase.Atoms
        The relaxed states, the end laid over the start.
    settings : Settings
        Of the energies.
    kind : "slab", "cluster" or "molecule"
    options : Mapping[str, Any]
        Of the search, such as fmax or images.
    """

    label: str
    start: Atoms
    end: Atoms
    settings: Settings
    kind: Kind
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """As of a state, for each image."""
        return float(IMAGES * sum(self.start.numbers.tolist()) ** 2)

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        """The path, then the modes at its highest image."""
        if not done:
            options, ends = dict(self.options), (self.end,)
            return Task("neb", self.start, self.settings, self.kind, options=options, ends=ends, label=self.label)
        if len(done) > 1 or not done[0].usable:
            return None
        moving = [i for group in adsorbate_atoms(self.start) for i in group]
        options = {"indices": moving, "imaginary": 1}
        return Task("vibrations", done[0].atoms, self.settings, self.kind, options=options, label=self.label)


def _with_moments(atoms: Atoms, start: Atoms) -> Atoms:
    """Atoms that were relaxed without spin, with the initial moments of their start."""
    if atoms.get_initial_magnetic_moments().any():
        return atoms
    copy: Atoms = atoms.copy()
    copy.set_initial_magnetic_moments(start.get_initial_magnetic_moments())
    return copy


def _downhill(found: DftRecord) -> Atoms:
    """The end of vibrations that kept an imaginary mode, pushed along the strongest one."""
    mode = found.details["imaginary"][0]["mode"]
    return pushed_along(found.atoms, found.details["indices"], np.array(mode, dtype=float))


def is_state(record: DftRecord) -> bool:
    """Whether a relaxed structure is the state that was meant, on whatever site it found."""
    return record.status == "done" and (not record.reason or merely_moved(record.reason))

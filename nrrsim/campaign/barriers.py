"""How the barrier of one step is computed: a path, the saddle above it, its modes and the ways down from it."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import find_mic

from nrrsim.campaign.chains import going_on, without_box
from nrrsim.dft.engines import fixes_moment
from nrrsim.dft.outcome import same_state
from nrrsim.dft.paths import IMAGES
from nrrsim.dft.record import DftRecord
from nrrsim.dft.relaxation import relax_options
from nrrsim.dft.settings import Kind, Settings
from nrrsim.dft.settings import settings as named_settings
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import PUSH, noise, pushed_along
from nrrsim.structures.matching import matched
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sites import adsorbate_atoms

FIRST, LAST = 0, 1  # the states of a step
LEGS = 4  # paths that are searched one after another, where saddles part forms of one state
TURNS = 2  # climbs from one path, where the first ends with two imaginary modes
CLIMB = 60  # steps of a climb, at most
PULL, FARTHEST = 0.3, 0.4  # force that a way down begins with [eV/Angstrom], and how far from the saddle [Angstrom]
DOWN = 0.1  # force at which it is clear what a way down leads to [eV/Angstrom]
FALL = 0.005  # by which it ends below the saddle at least [eV]
SAME_FORM = 0.3  # within which all atoms of two forms of a state are where the other has them [Angstrom]


@dataclass(frozen=True, eq=False)
class BarrierFound:
    """What a search for a barrier came to.

    Parameters
    ----------
    modes : DftRecord or None
        Vibrations at the saddle between the two states, one of them imaginary.
    energy : DftRecord or None
        Whose energy the saddle has: the same, or a single point there.
    why : str
        What is missing and why, empty where nothing is.
    states : tuple of tuple of DftRecord
        Structures of the first state and of the second to which ways down from saddles led.
    waiting : bool
        Whether a task of it is not computed yet.
    """

    modes: DftRecord | None = None
    energy: DftRecord | None = None
    why: str = ""
    states: tuple[tuple[DftRecord, ...], tuple[DftRecord, ...]] = ((), ())
    waiting: bool = False


@dataclass(frozen=True, eq=False)
class BarrierChain:
    """The saddle between two relaxed states.

    A path between them, with the rougher settings where there are some, shows where to climb; the saddle is proved by
    its modes, and the ways down on both sides tell which states it parts. Forms of one state, such as N2 on this side
    of a cluster and on that, pass for one another: where both sides are forms of one, the search goes on from the
    farther one. The barrier is what the saddle lies above the lowest form of a state.

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
        Of all relaxations and of the climb, such as fmax.
    """

    label: str
    start: Atoms
    end: Atoms
    settings: Settings
    kind: Kind
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """As of a state, for each image of a path."""
        return float(IMAGES * sum(self.start.numbers.tolist()) ** 2)

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        """The task after those done; None at the end."""
        return self._played(done)[0]

    def found(self, records: Sequence[DftRecord]) -> BarrierFound:
        """What the records of the chain, in order, say of the barrier."""
        return self._played(records)[1]

    def _played(self, done: Sequence[DftRecord]) -> tuple[Task | None, BarrierFound]:
        script = self._script()
        try:
            task = next(script)
            for record in done:
                task = script.send(record)
        except StopIteration as end:
            return None, end.value
        return task, BarrierFound(why="not computed yet.", waiting=True)

    def _script(self) -> Generator[Task, DftRecord, BarrierFound]:
        ends = without_box(self.start, self.kind), without_box(self.end, self.kind)
        met: tuple[list[DftRecord], list[DftRecord]] = ([], [])

        def nothing(why: str) -> BarrierFound:
            return BarrierFound(why=why, states=(tuple(met[FIRST]), tuple(met[LAST])))

        for _ in range(LEGS):
            guess = yield self._path(*ends)
            if not guess.usable:
                return nothing(guess.reason)
            modes, curvature = yield from self._climbed(guess, ends[FIRST])
            if not modes.usable:
                return nothing(modes.reason)
            sides: list[Atoms] = []
            states: list[int] = []
            for way in (1.0, -1.0):
                side = yield self._down(modes, way, curvature)
                state = self._state_of(side, modes)
                if isinstance(state, str):
                    return nothing(f"the way down from its saddle leads to neither state: {state}")
                met[state].append(side)
                sides.append(without_box(side.atoms, self.kind))
                states.append(state)
            if set(states) == {FIRST, LAST}:
                break
            beyond = _further_on(ends, states[0], sides)
            if beyond is None:
                return nothing("the saddle on its way leads back to where the path came from.")
            ends = beyond
        else:
            return nothing(f"{LEGS} saddles on its way part forms of one state, none the two states.")
        energy = modes
        if self.settings.geometry:
            atoms = without_box(modes.atoms, self.kind)
            energy = yield Task("single point", atoms, self.settings, self.kind, label=self.label)
        return BarrierFound(modes, energy, energy.reason, (tuple(met[FIRST]), tuple(met[LAST])))

    @property
    def _searching(self) -> Settings:
        return named_settings(self.settings.geometry) if self.settings.geometry else self.settings

    def _path(self, start: Atoms, end: Atoms) -> Task:
        rough = named_settings(self.settings.prerelax) if self.settings.prerelax else self._searching
        return Task("path", start, rough, self.kind, ends=(end,), label=self.label)

    def _climbed(self, guess: DftRecord, start: Atoms) -> Generator[Task, DftRecord, tuple[DftRecord, float]]:
        """Vibrations at the saddle above a path, or what failed, and the curvature along the way over it.

        A saddle with two imaginary modes is left by the second.
        """
        begin, direction = going_on(without_box(guess.atoms, self.kind), start), guess.details["direction"]
        for turn in range(TURNS):
            saddle = yield Task(
                "saddle", begin, self._searching, self.kind, options=self._climbing(direction), label=self.label
            )
            if not saddle.usable:
                return saddle, 0.0
            moving = [i for group in adsorbate_atoms(self.start) for i in group]
            options = {"indices": moving, "imaginary": 1}
            modes = yield Task(
                "vibrations", saddle.atoms, self._searching, self.kind, options=options, label=self.label
            )
            second = modes.vibrations[1] < -noise(modes.vibrations, 1) if len(modes.vibrations) > 1 else False
            if modes.usable or not second:
                break
            if turn + 1 < TURNS:
                other = np.array(modes.details["imaginary"][1]["mode"], dtype=float)
                begin, direction = pushed_along(saddle.atoms, moving, other), saddle.details["direction"]
        return modes, float(saddle.details["curvature"])

    def _climbing(self, direction: Any) -> dict[str, Any]:
        scanned = {"moments": "neighbours"} if fixes_moment(self._searching, self.kind) else {}
        return {"steps": CLIMB, **self._chosen, "direction": direction, **scanned}

    @property
    def _chosen(self) -> dict[str, Any]:
        """The options that a climb and a way down know."""
        return {name: self.options[name] for name in ("fmax", "steps", "maxstep") if name in self.options}

    def _down(self, modes: DftRecord, way: float, curvature: float) -> Task:
        """From a saddle along its imaginary mode, from where it pulls; adsorbates, which may join and part, as one."""
        over = np.array(modes.details["imaginary"][0]["mode"], dtype=float)
        by = float(np.clip(PULL / max(-curvature, PULL / FARTHEST), PUSH, FARTHEST))
        begin = _as_one(pushed_along(modes.atoms, modes.details["indices"], way * over, by=by))
        fmax = min(float(relax_options(self._chosen, self._searching)["fmax"]), DOWN)
        return Task(
            "relax", begin, self._searching, self.kind, options={**self._chosen, "fmax": fmax}, label=self.label
        )

    def _state_of(self, side: DftRecord, saddle: DftRecord) -> int | str:
        """Which of the two states a way down from a saddle came to, or why to neither."""
        if side.status != "done" or side.energy is None or saddle.energy is None:
            return side.reason
        if side.energy > saddle.energy - FALL:
            return f"it ends {1e3 * (saddle.energy - side.energy):.0f} meV below the saddle, beside it."
        became = [same_state(meant, side.atoms) for meant in (self.start, self.end)]
        return became.index("") if "" in became else " ".join(dict.fromkeys(became))


def _further_on(ends: Sequence[Atoms], state: int, sides: Sequence[Atoms]) -> tuple[Atoms, Atoms] | None:
    """The ends of a path from the form of a state beyond a saddle; None where it is the form that the path had."""
    beyond, far = max(((side, _apart(side, ends[state])) for side in sides), key=lambda told: told[1])
    if far < SAME_FORM:
        return None
    other = matched(ends[1 - state], beyond)
    return (beyond, other) if state == FIRST else (other, beyond)


def _apart(atoms: Atoms, other: Atoms) -> float:
    """How far the farthest atom of one structure lies from its place in another, laid over it [Angstrom]."""
    return float(find_mic(matched(atoms, other).positions - other.positions, other.cell, other.pbc)[1].max())


def _as_one(atoms: Atoms) -> Atoms:
    """A copy whose adsorbates are one to those who judge what leaves and what breaks."""
    record = record_of(atoms)
    entries = record.parameters["adsorbates"]
    whole = {word: [i for entry in entries for i in entry[word]] for word in ("atoms", "neighbours")}
    one = {**entries[0], **whole, "name": " + ".join(entry["name"] for entry in entries)}
    merged: Atoms = atoms.copy()
    merged.info = {}
    return recorded(
        merged,
        what=record.what,
        parameters={**record.parameters, "adsorbates": [one]},
        active_atoms=record.active_atoms,
        source=record.source,
        notes=record.notes,
    )

"""How one state is computed: its starts relaxed, the lowest one tried with other total moments and vibrated.

Where settings name rougher ones, these relax all starts first, and only the ends near the lowest are relaxed on; so on
where the rougher ones name still rougher ones.

Vibrations follow an imaginary mode once by themselves; where one is left, they are computed again from further down.
Where they are those of cheaper settings, on a slab the adsorbate alone moves with these: another level, without spin
and U, would carry its host elsewhere. (Rough relaxations move the host too: under H on an oxygen of MoO3 it gains 0.8
eV, and starts that lie 0.7 eV apart over a host at rest end together.)
Where settings take their geometries from others, a single point of their own follows at the end.
"""

from __future__ import annotations

import functools
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.geometry import find_mic

from nrrsim.dft.engines import fixes_moment
from nrrsim.dft.outcome import feet, merely_left, merely_moved, partner, what_became
from nrrsim.dft.record import FOLLOWED, DftRecord
from nrrsim.dft.relaxation import fixed_atoms, relax_options
from nrrsim.dft.settings import Kind, Settings
from nrrsim.dft.settings import settings as named_settings
from nrrsim.dft.spin import untried
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import DOWNHILL, pushed_along
from nrrsim.structures.moments import arrangements
from nrrsim.structures.sites import adsorbate_atoms

WORTH = 0.2  # by which a rough end may lie above the lowest one and still be relaxed on [eV]
ELSEWHERE = 0.5  # by which an atom may lie elsewhere in one and the same structure [Angstrom]
SAME_SITE = 1.0  # the same of a bare site: around other electrons it moves so far, an atom that hops goes twice as far
SAME = 0.01  # by which rough ends of one minimum may differ [eV]

Script: TypeAlias = Generator[Task, DftRecord, None]


@dataclass(frozen=True, eq=False)
class StateFound:
    """What was computed of a state.

    Parameters
    ----------
    structure : DftRecord or None
        That relaxed it, or the vibrations that found a lower minimum.
    energy : DftRecord or None
        Whose energy it has: the same, or a single point on that structure.
    modes : DftRecord or None
        Its vibrations, where they are what was meant.
    why : str
        What is missing and why, empty where nothing is.
    left : bool
        Whether it is no state: the adsorbate left, whole, from every start that was relaxed to the end.
    waiting : bool
        Whether a task of it is not computed yet.
    first : DftRecord or None
        The lowest of its starts, before other total moments were tried: what begins from there stays what it is.
    untried : str
        Which total moment beside its own could not be computed, and why; empty where none.
    """

    structure: DftRecord | None
    energy: DftRecord | None
    modes: DftRecord | None
    why: str
    left: bool = False
    waiting: bool = False
    first: DftRecord | None = None
    untried: str = ""


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
    beside : frozenset of str
        Elements of which the adsorbate's partner has to be (`nrrsim.dft.outcome.partner`); any where it is empty.
    feet : int or None
        How many of its atoms, hydrogen aside, the adsorbate has to stand on: 2 side-on; any where it is None.
    arranged : bool
        Whether the starts are relaxed with neighbouring moments antiparallel, too.
    near : bool
        Whether the starts are near their ends, so that rough relaxations are left out.
    lent : DftRecord or None
        Vibrations of cheaper settings that stand for its own where the relaxed structure is still theirs.
    """

    label: str
    starts: tuple[Atoms, ...]
    settings: Settings
    kind: Kind
    vibrate: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()
    feet: int | None = None
    arranged: bool = False
    near: bool = False
    lent: DftRecord | None = None

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

    def found(self, records: Sequence[DftRecord]) -> StateFound:
        """What the records of the chain, in order, say of the state."""
        waiting = self.next(records) is not None
        lowest = self._lowest(records)
        if lowest is None:
            if waiting:
                return StateFound(None, None, None, "not computed yet.", waiting=True)
            fine = [record for record in records if record.settings["digest"] == self._relaxing.digest]
            left = bool(fine) and all(r.status == "done" and merely_left(self._became(r)) for r in fine)
            return StateFound(None, None, None, self._why_not(records), left)
        modes = next((record for record in reversed(records) if record.work == "vibrations"), None)
        strange = "" if modes is None else self._strange(modes, lowest, records[records.index(modes) + 1 :])
        lent = self.lent if modes is None and self._fits(lowest) else None
        structure = self._structure(lowest, modes)
        computed = (r for r in records if r.work == "single point" and r.status == "done" and not self._tries_moment(r))
        energy = next(computed, None) if self.settings.geometry else structure
        excited = self._excited(lowest, records)
        if waiting:
            why = "not computed to its end yet."
        elif excited:
            energy, modes, lent, why = None, None, None, excited
        elif energy is None:
            why = f"its energy on the relaxed structure: {records[-1].reason}"
        else:
            why = f"vibrations: {strange}" if strange else ""
        modes = None if strange else modes or lent
        first = self._lowest(records[: next((k for k, r in enumerate(records) if self._tries_moment(r)), None)])
        return StateFound(structure, energy, modes, why, False, waiting, first, self._untried(records))

    def _script(self) -> Script:
        finals: list[DftRecord] = []
        for atoms in (yield from self._begun(self._relaxing, self.settings.prerelax)):
            relaxed = yield self._relax(atoms, self._relaxing)
            finals.append(relaxed)
        best = self._lowest(finals)
        if best is None:
            return
        best = yield from self._at_lowest_moment(best)
        if best is None:
            return
        modes: DftRecord | None = None
        if self.vibrate and not self._fits(best):
            modes = yield from self._modes(best, cheaper=bool(self.settings.modes))
        if modes is not None and self.settings.modes:
            after: list[DftRecord] = []
            if modes.usable and self._left(best, modes):
                after.append((yield self._relax(going_on(modes.atoms, best.atoms), self._relaxing)))
                best = self._lowest([best, *after]) or best
            if self._strange(modes, best, after):
                modes = yield from self._modes(best, cheaper=False)
        if self.settings.geometry:
            atoms = without_box(self._structure(best, modes).atoms, self.kind)
            yield Task("single point", atoms, self.settings, self.kind, label=self.label)

    def _at_lowest_moment(self, best: DftRecord) -> Generator[Task, DftRecord, DftRecord | None]:
        """The structure, relaxed on with another total moment as long as one lies lower on it.

        Those beside its own are computed, and those of one atom turned against the others, of which the scan at its
        start has no energy. None where a lower one is no longer the state.
        """
        while self.options.get("moments") == "neighbours" and fixes_moment(self._relaxing, self.kind):
            lower = None
            for moment in untried(best.details, np.array(best.moments)):
                options = {"moments": [moment]}
                task = Task("single point", best.atoms, self._relaxing, self.kind, options=options, label=self.label)
                record = yield task
                lower = self._below([record], best)
                if lower is not None:
                    break
            if lower is None:
                return best
            again = yield self._relax(lower.atoms, self._relaxing)
            if self._lowest([best, again]) is not again:
                return None
            best = again
        return best

    def _tries_moment(self, record: DftRecord) -> bool:
        """Whether it is a relaxed structure with another total moment."""
        return record.work == "single point" and record.settings["digest"] == self._relaxing.digest

    def _below(self, records: Sequence[DftRecord], lowest: DftRecord) -> DftRecord | None:
        """The lowest of those that lie below the lowest relaxed structure."""
        energies = [float("inf") if record.energy is None else record.energy for record in records]
        if lowest.energy is None or min(energies, default=lowest.energy) >= lowest.energy:
            return None
        return records[energies.index(min(energies))]

    def _excited(self, lowest: DftRecord, records: Sequence[DftRecord]) -> str:
        """Why the lowest structure has not its lowest total moment, empty where it has."""
        tried = [record for record in records if self._tries_moment(record)]
        lower = self._below(tried, lowest)
        if lower is None:
            return ""
        again = records[records.index(tried[-1]) + 1 :][:1]
        reasons = [record.reason or self._became(record) or self._unlike(record) for record in again]
        why = next((reason for reason in reasons if reason), "it ended higher.")
        moment = lower.details["moment"]
        return f"with a total moment of {moment} it lies lower, and relaxed with that it is not the state: {why}"

    def _untried(self, records: Sequence[DftRecord]) -> str:
        failed = [record for record in records if self._tries_moment(record) and record.energy is None]
        return " ".join(f"Another total moment could not be tried: {record.reason}" for record in failed)

    def _modes(self, best: DftRecord, *, cheaper: bool) -> Generator[Task, DftRecord, DftRecord]:
        """Vibrations, once more from further downhill where an imaginary mode is left."""
        modes = yield self._vibrations(best.atoms, cheaper=cheaper)
        if modes.status == "done" and modes.moved and modes.details["imaginary"] and not modes.usable:
            modes = yield self._vibrations(_downhill(modes), cheaper=cheaper, closer=True)
        return modes

    def _begun(self, settings: Settings, prerelax: str) -> Generator[Task, DftRecord, list[Atoms]]:
        """Where relaxations with some settings begin: the starts, or what is worth it of their ends by rougher ones.

        Rougher ones may lean on still rougher ones. The lowest end comes first; a start whose rough relaxation failed
        begins as it is, and so do all where no rough end is the state any more.
        """
        if self.near or not prerelax:
            return [atoms for start in self.starts for atoms in self._arranged(start, settings, "")]
        rough = named_settings(prerelax)
        starts = yield from self._begun(rough, rough.prerelax)
        ends, unaided = [], []
        for start in starts:
            record = yield self._relax(start, rough)
            if record.energy is None:
                unaided.append(start)
            elif not (self._became(record) or self._unlike(record)):
                ends.append((record.energy, going_on(record.atoms, start)))
        ends.sort(key=lambda end: end[0])
        kept: list[tuple[float, Atoms]] = []
        for energy, atoms in ends:
            if energy <= ends[0][0] + WORTH and not (kept and energy - kept[-1][0] < SAME):
                kept.append((energy, atoms))
        begun = [*(atoms for _, atoms in kept), *unaided] or starts
        return [atoms for start in begun for atoms in self._arranged(start, settings, prerelax)]

    def _arranged(self, start: Atoms, settings: Settings, before: str) -> tuple[Atoms, ...]:
        """A start, and its moments turned where these settings are the first that feel them."""
        felt = bool(before) and not self._spinless(named_settings(before))
        return (start,) if felt or not self.arranged or self._spinless(settings) else arrangements(start)

    def _spinless(self, settings: Settings) -> bool:
        return bool(settings.of(self.kind).get("spinless", False))

    @property
    def _relaxing(self) -> Settings:
        return named_settings(self.settings.geometry) if self.settings.geometry else self.settings

    @property
    def _vibrating(self) -> Settings:
        return named_settings(self.settings.modes) if self.settings.modes else self._relaxing

    def _lowest(self, records: Sequence[DftRecord]) -> DftRecord | None:
        """The relaxed structure of least energy that is what was meant."""
        digest = self._relaxing.digest
        relaxed = [r for r in records if r.work == "relax" and is_state(r) and r.settings["digest"] == digest]
        relaxed = [r for r in relaxed if not (self._became(r) or self._unlike(r))]
        return min(relaxed, key=lambda r: float("inf") if r.energy is None else r.energy, default=None)

    def _structure(self, lowest: DftRecord, modes: DftRecord | None) -> DftRecord:
        """The relaxed structure, or the minimum that its vibrations found instead under the same settings."""
        if modes is None or self._cheaper(modes) or not (modes.usable and modes.moved) or self._unlike(modes):
            return lowest
        return modes

    def _fits(self, lowest: DftRecord) -> bool:
        """Whether vibrations are lent, and those of this structure."""
        return self.lent is not None and not (self._away(lowest, self.lent) or self._unlike(self.lent))

    def _cheaper(self, modes: DftRecord) -> bool:
        """Whether vibrations are those of cheaper settings than the relaxations."""
        return bool(self.settings.modes) and modes.settings["digest"] != self._relaxing.digest

    def _left(self, lowest: DftRecord, modes: DftRecord) -> bool:
        """Whether the vibrations of cheaper settings found the state in another minimum."""
        return not self._unlike(modes) and (FOLLOWED in modes.details or bool(self._apart(lowest, modes)))

    def _apart(self, lowest: DftRecord, modes: DftRecord) -> str:
        """Why the vibrations of cheaper settings are not those of the structure that has the energy, else empty."""
        return self._away(lowest, modes) if self._cheaper(modes) else ""

    def _away(self, lowest: DftRecord, modes: DftRecord) -> str:
        """Why vibrations are those of another structure, empty where they are of this one."""
        became = what_became(lowest.atoms, modes.atoms)
        guests = [i for group in adsorbate_atoms(lowest.atoms) for i in group]
        if not became and self.kind == "slab" and guests:
            steps = (modes.atoms.positions - lowest.atoms.positions)[guests]
            far = float(find_mic(steps, lowest.atoms.cell, lowest.atoms.pbc)[1].max())
            became = f"an atom of the adsorbate is {far:.1f} Angstrom from its place." if far > ELSEWHERE else ""
        return f"those of {modes.settings['name']} belong to another structure, where {became}" if became else ""

    def _strange(self, modes: DftRecord, lowest: DftRecord, after: Sequence[DftRecord]) -> str:
        """Why vibrations are not those of the state's lowest structure, empty where they are."""
        return modes.reason or self._unlike(modes) or self._apart(lowest, modes) or self._led_away(lowest, modes, after)

    def _led_away(self, lowest: DftRecord, modes: DftRecord, after: Sequence[DftRecord]) -> str:
        """Why modes of cheaper settings, which an imaginary one led on, are not the lowest structure's, else empty.

        After them the state was relaxed once more, from where they ended.
        """
        if not self._cheaper(modes) or FOLLOWED not in modes.details:
            return ""
        again = self._lowest(after)
        ends = [record.energy for record in (lowest, again) if record is not None and record.energy is not None]
        if len(ends) == 2 and ends[1] <= ends[0] + SAME:
            return ""
        return f"those of {modes.settings['name']} went on to a structure that is not the lowest one here."

    def _became(self, record: DftRecord) -> str:
        """What a relaxation, however far, made of a start that is no longer the state; empty where it is."""
        judged, became = self._judged.get(id(record), (None, ""))
        if judged is not record:
            became = what_became(self.starts[0], record.atoms)
            self._judged[id(record)] = (record, became)
        return "" if merely_moved(became) else became

    @functools.cached_property
    def _judged(self) -> dict[int, tuple[DftRecord, str]]:
        """What records became: a chain is asked for its next task after each of them, and looks at all anew."""
        return {}

    def _unlike(self, record: DftRecord) -> str:
        """How an adsorbate stands that should stand otherwise, empty where it is as it should."""
        guests = adsorbate_atoms(record.atoms)
        if len(guests) != 1:
            return ""
        name, nearest = record.atoms.symbols[list(guests[0])], partner(record.atoms, guests[0])
        if self.beside and nearest not in self.beside:
            return f"{name} came to stand on {nearest}."
        standing = None if self.feet is None else feet(record.atoms, guests[0])
        if standing is not None and standing != self.feet:
            return f"{name} came to stand on {standing} of its atoms, not {self.feet}."
        return ""

    def _why_not(self, records: Sequence[DftRecord]) -> str:
        """Why no relaxation gave the state."""
        reasons = dict.fromkeys(record.reason or self._became(record) or self._unlike(record) for record in records)
        return f"no start gave it: {'; '.join(reason for reason in reasons if reason)}"

    def _vibrations(self, atoms: Atoms, *, cheaper: bool, closer: bool = False) -> Task:
        """With the settings for modes, or with those of the relaxations."""
        moving = [i for group in adsorbate_atoms(atoms) for i in group]
        atoms = self._host_at_rest(atoms) if cheaper else atoms
        chosen: dict[str, Any] = {"indices": moving or list(range(len(atoms))), "follow_imaginary": True}
        fmax = float(relax_options(self.options, self._relaxing)["fmax"])
        if closer:
            chosen["fmax"] = DOWNHILL * fmax
        elif cheaper:  # whose own relaxations may be rough ones
            chosen["fmax"] = fmax
        settings = self._vibrating if cheaper else self._relaxing
        return Task("vibrations", atoms, settings, self.kind, options=chosen, label=self.label)

    def _host_at_rest(self, atoms: Atoms) -> Atoms:
        """Atoms of which, on a slab, the adsorbates alone are free."""
        moving = {i for group in adsorbate_atoms(atoms) for i in group}
        if self.kind != "slab" or not moving:
            return atoms
        held: Atoms = atoms.copy()
        held.set_constraint(FixAtoms([i for i in range(len(atoms)) if i not in moving]))
        return held

    def _relax(self, atoms: Atoms, settings: Settings) -> Task:
        options = dict(self.options)
        if not fixes_moment(settings, self.kind):  # of rough settings
            options.pop("moments", None)
        return Task("relax", atoms, settings, self.kind, options=options, label=self.label)


def without_box(atoms: Atoms, kind: Kind) -> Atoms:
    """A cluster or molecule without the box of the settings that relaxed it, so that others make their own."""
    if kind == "slab":
        return atoms
    free: Atoms = atoms.copy()
    free.pbc = False
    free.set_cell(None)
    return free


def going_on(atoms: Atoms, start: Atoms) -> Atoms:
    """Atoms that cheaper settings relaxed, held as their start was, with its moments where they have lost theirs."""
    copy: Atoms = atoms.copy()
    copy.set_constraint(start.constraints)
    if not atoms.get_initial_magnetic_moments().any():
        copy.set_initial_magnetic_moments(start.get_initial_magnetic_moments())
    return copy


def _downhill(found: DftRecord) -> Atoms:
    """The end of vibrations that kept an imaginary mode, pushed along the strongest one."""
    mode = found.details["imaginary"][0]["mode"]
    return pushed_along(found.atoms, found.details["indices"], np.array(mode, dtype=float))


def alike(record: DftRecord, store: Store) -> tuple[DftRecord, ...]:
    """Relaxations of a bare site that a store holds, whichever campaign came to them, the one given first.

    Parameters
    ----------
    record : DftRecord
        A relaxation of the site.
    store : Store
        Looked through for those with the same parameters of the same atoms in the same cell, the same ones fixed, with
        nothing adsorbed and every atom within 1 Angstrom of its place.
    """
    others = (other for other in store.records(work="relax", status="done") if other.key != record.key)
    return (record, *(other for other in others if _alike(record, other)))


def _alike(record: DftRecord, other: DftRecord) -> bool:
    one, two = record.atoms, other.atoms
    said = ("digest", "version", "parameters")
    same = all(other.settings.get(word) == record.settings.get(word) for word in said) and is_state(other)
    same = same and np.array_equal(one.numbers, two.numbers) and not adsorbate_atoms(two)
    same = same and np.allclose(one.cell[:], two.cell[:], atol=1e-4) and fixed_atoms(one) == fixed_atoms(two)
    return bool(same) and float(find_mic(two.positions - one.positions, one.cell, one.pbc)[1].max()) < SAME_SITE


def is_state(record: DftRecord) -> bool:
    """Whether a relaxed structure is the state that was meant, on whatever site it found."""
    return record.status == "done" and (not record.reason or merely_moved(record.reason))

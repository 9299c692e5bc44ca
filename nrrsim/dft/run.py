"""One task done in its folder: the way from a task to its record."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from nrrsim.dft.bench import Bench, Point
from nrrsim.dft.engines import EngineError, engine_parameters, fixes_moment, has_spin, prepared
from nrrsim.dft.model_hessian import model_hessian
from nrrsim.dft.outcome import merely_moved, what_became, widest_gap
from nrrsim.dft.paths import path
from nrrsim.dft.record import FOLLOWED, RELAXED_BEFORE, DftRecord, Status
from nrrsim.dft.relaxation import carrying, fixed_atoms, free_atoms, largest_force, relax, relax_options, unconverged
from nrrsim.dft.saddles import climb
from nrrsim.dft.spin import allowed_moment, electrons, moments_to_scan, scan, with_moment
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import DISPLACEMENT, DOWNHILL, Modes, noise, pushed, vibrations
from nrrsim.errors import InputError, nearest
from nrrsim.structures.sites import adsorbate_atoms
from nrrsim.units import INVERSE_CM

_RELAXING = ("fmax", "steps", "maxstep")
OPTIONS: Mapping[str, tuple[str, ...]] = {  # what each work understands, besides parameters
    "single point": ("moments",),
    "relax": (*_RELAXING, "moments", "scan"),
    "vibrations": (*_RELAXING, "indices", "displacement", "follow_imaginary", "imaginary"),
    "path": ("images", "steps", "closer", "maxstep"),
    "saddle": (*_RELAXING, "direction", "moments"),
}


@dataclass(frozen=True, eq=False)
class _Done:
    """What a work hands back for the record."""

    atoms: Atoms
    point: Point
    reason: str = ""
    vibrations: tuple[float, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def run(task: Task, folder: Path) -> DftRecord:
    """Do a task in a folder of its own, going on where an earlier run of it was stopped.

    Options of all works: `parameters` (of the engine, over the settings'). A "single point" and "relax" take `moments`
    (total moments to scan, or "neighbours": the initial one, those beside it, and on to the lowest), with `scan` =
    "relaxed" to relax with each; "relax" and all that relax `fmax`, `steps`, `maxstep`; "vibrations" `indices` (by
    default the adsorbates' atoms, else the free ones), `displacement`, `follow_imaginary` (true) and `imaginary` (how
    many imaginary modes are meant, 0); "path" `images`, `steps`, `closer` and `maxstep` (`nrrsim.dft.paths.path`);
    "saddle" `direction`, shape (n, 3), and `moments`.

    Parameters
    ----------
    task : Task
    folder : path
        Made where it is missing.

    Returns
    -------
    DftRecord
        With status "failed" and the reason where the engine is missing, crashed or did not converge.

    Raises
    ------
    InputError
        If the task itself is wrong (an unknown engine or option, ends that do not match), or the folder cannot be used.
    """
    _require_options(task)
    bench = Bench(task, Path(folder))
    start = _prepared(task, task.atoms)
    try:
        done = _WORKS[task.work](task, bench, start)
    except EngineError as error:
        return _failed(task, bench, start, str(error))
    return _finished(task, bench, start, done)


def _prepared(task: Task, atoms: Atoms) -> Atoms:
    return prepared(task.settings, task.kind, atoms, parameters=task.parameters)


def _single_point(task: Task, bench: Bench, start: Atoms) -> _Done:
    atoms, moment, details = _spun(task, bench, start)
    point = bench.compute(atoms, moment=moment)
    details |= {"fmax": [round(largest_force(atoms, point), 6)], "energies": [point.energy]}
    return _Done(carrying(atoms, point), point, details={**details, "free_energy": point.free_energy})


def _relax(task: Task, bench: Bench, start: Atoms) -> _Done:
    how = relax_options(task.options, task.settings)
    gap = partial(widest_gap, guests=adsorbate_atoms(start))
    if task.options.get("scan") == "relaxed":
        found = scan(start, bench, _moments(task, start), onward=_onward(task), relaxing={**how, "gap": gap})
        relaxed, details = found.relaxed, {"moments_scanned": list(found.tried), "moment": found.moment}
    else:
        atoms, moment, details = _spun(task, bench, start)
        relaxed = relax(atoms, bench, moment=moment, gap=gap, **how)
    if relaxed is None:
        raise AssertionError("a scan that relaxes has a relaxation")
    details = _warned({**details, **relaxed.details}, relaxed.warnings)
    became = what_became(start, relaxed.atoms)
    reason = unconverged(relaxed, fmax=how["fmax"]) or became
    if relaxed.left and (not became or merely_moved(became)):
        reason = "not relaxed: broken off, for an adsorbate seemed to leave."
    return _Done(relaxed.atoms, relaxed.points[-1], reason, details=details)


def _vibrations(task: Task, bench: Bench, start: Atoms) -> _Done:
    options = task.options
    atoms, moment, details = _spun(task, bench, start)
    indices = options.get("indices") or [i for guest in adsorbate_atoms(start) for i in guest] or free_atoms(start)
    displacement = options.get("displacement", DISPLACEMENT)
    meant, follow = int(options.get("imaginary", 0)), bool(options.get("follow_imaginary", False))
    how, reason = relax_options(options, task.settings), ""
    hessian = None

    def relaxed(begin: Atoms, name: str, fmax: float, **before: Any) -> tuple[Atoms, Point, str]:
        found = relax(begin, bench, moment=moment, hessian=hessian, **{**how, "fmax": fmax})
        details[name] = {**before, **found.details}
        became = what_became(start, found.atoms)
        moved = merely_moved(became)  # to another site: still what was meant
        details.update(_warned(details, (*found.warnings, *([became] if moved else []))))
        return found.atoms, found.points[-1], unconverged(found, fmax=fmax) or ("" if moved else became)

    def modes() -> Modes:
        return vibrations(atoms, bench, indices, displacement=displacement, moment=moment)

    point = bench.compute(atoms, moment=moment)
    if follow and not meant and largest_force(atoms, point) > how["fmax"]:
        atoms, point, reason = relaxed(atoms, RELAXED_BEFORE, how["fmax"], energy_before=point.energy)
    found = modes()
    hessian = found.curvature(model_hessian(atoms, fixed=fixed_atoms(atoms)))
    if follow and not reason and len(found.imaginary) > meant:
        begin = pushed(atoms, found, found.imaginary[0])
        fine = DOWNHILL * how["fmax"]
        atoms, point, reason = relaxed(begin, FOLLOWED, fine, before=found.details, energy_before=point.energy)
        found = modes()
    details |= {**found.details, "fmax": [round(largest_force(atoms, point), 6)], "free_energy": point.free_energy}
    reason = reason or found.unsteady or _unmeant(found, meant)
    return _Done(carrying(atoms, point), point, reason, tuple(found.energies.tolist()), details)


def _path(task: Task, bench: Bench, start: Atoms) -> _Done:
    if len(task.ends) != 1:
        what = f"a path has one other end, not {len(task.ends)}."
        raise InputError(what, where=task.label, remedy="give ends=(end,).")
    end = _beside(task, start)
    atoms, moment, details = _spun(task, bench, start)
    chosen = {name: task.options[name] for name in OPTIONS["path"] if name in task.options}
    found = path(atoms, end, bench, moment=moment, **chosen)
    return _Done(found.atoms, found.point, details=_warned({**details, **found.details}, found.warnings))


def _beside(task: Task, start: Atoms) -> Atoms:
    """The other end of a path, prepared; given in one box with the first, in that one's and moved as it was."""
    end = _prepared(task, task.ends[0])
    if np.allclose(task.ends[0].cell[:], task.atoms.cell[:]):
        end.set_cell(start.cell)
        end.pbc = start.pbc
        end.positions[:] = task.ends[0].positions + (start.positions - task.atoms.positions)[0]
    return end


def _saddle(task: Task, bench: Bench, start: Atoms) -> _Done:
    if "direction" not in task.options:
        what = "a search for a saddle needs a direction."
        raise InputError(what, where=task.label, remedy="give the option direction, shape (n, 3).")
    how = relax_options(task.options, task.settings)
    atoms, moment, details = _spun(task, bench, start)
    found = climb(atoms, np.array(task.options["direction"], dtype=float), bench, moment=moment, **how)
    details = _warned({**details, **found.details, "fmax": [round(found.fmax, 6)]}, found.warnings)
    reason = ""
    if not found.converged:
        reason = (
            f"no saddle point after {found.details['steps']} steps: the largest force is {found.fmax:.3f} eV/Angstrom."
        )
    return _Done(found.atoms, found.point, reason, details=details)


_WORKS: Mapping[str, Callable[[Task, Bench, Atoms], _Done]] = {
    "single point": _single_point,
    "relax": _relax,
    "vibrations": _vibrations,
    "path": _path,
    "saddle": _saddle,
}


def _spun(task: Task, bench: Bench, start: Atoms) -> tuple[Atoms, int | None, dict[str, Any]]:
    """The start with its moments, the total held fixed where there is one, and what is to be told of it."""
    if "moments" in task.options:
        found = scan(start, bench, _moments(task, start), onward=_onward(task))
        return found.atoms, found.moment, {"moments_scanned": list(found.tried), "moment": found.moment}
    if has_spin(start) and fixes_moment(task.settings, task.kind):
        moment = allowed_moment(start, charge=_charge(task))
        return with_moment(start, moment), moment, {"moment": moment}
    odd = task.kind != "slab" and not has_spin(start) and electrons(start, charge=_charge(task)) % 2 == 1
    said = f"{start.symbols} has an odd number of electrons and was computed without spin: give it initial moments."
    return start, None, _warned({}, (said,) if odd and fixes_moment(task.settings, task.kind) else ())


def _moments(task: Task, start: Atoms) -> tuple[int, ...]:
    if not fixes_moment(task.settings, task.kind):
        what = f"{task.settings.name} holds no total moment fixed for a {task.kind}."
        raise InputError(what, where=task.label, remedy="leave out the option moments.")
    return moments_to_scan(start, None if _onward(task) else task.options["moments"], charge=_charge(task))


def _onward(task: Task) -> bool:
    """Whether a scan goes on from the initial moment to the lowest, or is told its moments."""
    return bool(task.options.get("moments", "neighbours") == "neighbours")


def _charge(task: Task) -> int:
    return int(task.parameters.get("charge", task.settings.of(task.kind).get("charge", 0)))


def _unmeant(found: Modes, meant: int) -> str:
    """Why the number of imaginary modes is not the one meant, empty where it is."""
    imaginary = found.energies[found.energies < -noise(found.energies, meant)]
    if len(imaginary) == meant:
        return ""
    named = ", ".join(f"{-energy / INVERSE_CM:.0f}i" for energy in imaginary)
    modes = "mode" if len(imaginary) == 1 else "modes"
    return f"{len(imaginary)} imaginary {modes} where {meant} are meant{f': {named} cm-1' if named else ''}."


def _warned(details: dict[str, Any], sentences: tuple[str, ...]) -> dict[str, Any]:
    return {**details, "warnings": [*details.get("warnings", []), *sentences]} if sentences else details


def _require_options(task: Task) -> None:
    if task.work not in OPTIONS:
        raise InputError(f"no work is called '{task.work}'.", where=task.label, remedy=nearest(task.work, OPTIONS))
    known = ("parameters", *OPTIONS[task.work])
    for name in task.options:
        if name not in known:
            raise InputError(f"'{task.work}' has no option '{name}'.", where=task.label, remedy=nearest(name, known))


def _finished(task: Task, bench: Bench, start: Atoms, done: _Done) -> DftRecord:
    moments = tuple(np.round(done.point.moments, 6).tolist())
    return _record(
        task, bench, start, done.atoms, "done", done.reason, done.details,
        energy=done.point.energy, forces=done.point.forces.tolist(), moments=moments, vibrations=done.vibrations,
    )  # fmt: skip


def _failed(task: Task, bench: Bench, start: Atoms, reason: str) -> DftRecord:
    """The record of a failure, at the last structure that could be computed."""
    points = bench.points
    atoms = start.copy()
    if points:
        atoms.positions[:] = points[-1].positions
    details = {"energies": [p.energy for p in points], "fmax": [round(largest_force(start, p), 6) for p in points]}
    return _record(task, bench, start, atoms, "failed", reason, details)


def _record(
    task: Task,
    bench: Bench,
    start: Atoms,
    atoms: Atoms,
    status: Status,
    reason: str,
    details: Mapping[str, Any],
    *,
    energy: float | None = None,
    forces: list[list[float]] | None = None,
    moments: tuple[float, ...] = (),
    vibrations: tuple[float, ...] = (),
) -> DftRecord:
    bench.finish()
    about = bench.about
    if any(point.attempt for point in bench.points):
        hard = sum(point.attempt > 0 for point in bench.points)
        said = f"{hard} of {len(bench.points)} SCFs converged at a further attempt only, from a new density."
        details = _warned(dict(details), (said,))
    timing = {
        "started": about["started"],
        "finished": about["finished"],
        "seconds": round(bench.seconds, 3),
        "steps": bench.computed,
        "resumed": about["resumed"],
        "host": socket.gethostname(),
    }
    return DftRecord(
        key=task.key, label=task.label, work=task.work, status=status, reason=reason, start=start, atoms=atoms,
        energy=energy, forces=forces, moments=moments, vibrations=vibrations, settings=_settings(task, start),
        versions=about["versions"], timing=timing, details=dict(details), log=bench.log_tail(),
    )  # fmt: skip


def _settings(task: Task, start: Atoms) -> dict[str, Any]:
    used = task.settings
    given = engine_parameters(used, task.kind, spin=has_spin(start), parameters=task.parameters)
    return {
        "name": used.name,
        "version": used.version,
        "digest": used.digest,
        "engine": used.engine,
        "functional": used.functional,
        "level": used.level,
        "kind": task.kind,
        "parameters": given,
        "attempts": list(used.attempts),
        "trusted_for_rates": used.trusted_for_rates,
        "caveats": list(used.caveats),
    }

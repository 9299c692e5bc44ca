"""Total magnetic moments of clusters and molecules: integers of the electrons' parity, scanned, the lowest kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, Point, with_total
from nrrsim.dft.engines import EngineError
from nrrsim.dft.relaxation import Relaxed, relax
from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.moments import arrangements

FloatArray: TypeAlias = NDArray[np.float64]

BEARS = 0.5  # moment of an atom that can stand antiparallel to another's [Bohr magnetons]
LEAST = 3  # moments that a scan tries when it is told none


@dataclass(frozen=True, eq=False)
class Scan:
    """What the moments of a scan gave.

    Parameters
    ----------
    moment : int
        The total moment of lowest energy [Bohr magnetons].
    atoms : ase.Atoms
        With initial moments of that sum; relaxed where the scan relaxed.
    point : Point
        Of the lowest.
    relaxed : Relaxed or None
        Of the lowest, where the scan relaxed.
    tried : tuple of dict
        For each moment: moment, energy [eV] or reason of its failure.
    """

    moment: int
    atoms: Atoms
    point: Point
    relaxed: Relaxed | None
    tried: tuple[dict[str, Any], ...]


def electrons(atoms: Atoms, *, charge: int = 0) -> int:
    """Number of electrons, all of them counted."""
    return int(atoms.numbers.sum()) - charge


def allowed_moment(atoms: Atoms, *, charge: int = 0) -> int:
    """The total moment of the electrons' parity nearest to the sum of the initial moments, the lower of two.

    Examples
    --------
    >>> from ase import Atoms
    >>> allowed_moment(Atoms("OH", magmoms=[1.6, 0.0]))
    1
    """
    return _nearest(atoms, electrons(atoms, charge=charge) % 2)


def moments_to_scan(atoms: Atoms, given: Sequence[int] | None = None, *, charge: int = 0) -> tuple[int, ...]:
    """The total moments of a scan: those given, or the initial one and its neighbours, three at least.

    Raises
    ------
    InputError
        If a given one is negative, no integer, or not of the parity of the electrons.

    Examples
    --------
    >>> from ase import Atoms
    >>> moments_to_scan(Atoms("OH"))
    (1, 3, 5)
    """
    parity = electrons(atoms, charge=charge) % 2
    if given is None:
        middle = allowed_moment(atoms, charge=charge)
        lowest = max(middle - 2, parity)
        return tuple(range(lowest, lowest + 2 * LEAST, 2))
    for moment in given:
        if isinstance(moment, bool) or int(moment) != moment or moment < 0 or moment % 2 != parity:
            odd = "odd" if parity else "even"
            what = f"{atoms.symbols} with {electrons(atoms, charge=charge)} electrons has no total moment of {moment}."
            raise InputError(what, where="spin", remedy=f"give {odd} whole numbers, such as {parity}, {parity + 2}.")
    return tuple(dict.fromkeys(int(moment) for moment in given))


def with_moment(atoms: Atoms, total: int) -> Atoms:
    """A copy whose initial moments sum to a total, shared among those that carry any, else among the metals."""
    copy: Atoms = atoms.copy()
    moments = copy.get_initial_magnetic_moments()
    if not np.any(moments):
        metal = is_metal(copy)
        moments = np.where(metal if metal.any() else np.ones(len(copy), dtype=bool), 1.0, 0.0)
    sign = -1.0 if moments.sum() < 0 else 1.0
    copy.set_initial_magnetic_moments(with_total(sign * moments, total))
    return copy


def scan(
    atoms: Atoms,
    bench: Bench,
    moments: Sequence[int],
    *,
    onward: bool = False,
    relaxing: dict[str, Any] | None = None,
) -> Scan:
    """Compute a structure with each total moment held fixed and keep the lowest.

    Parameters
    ----------
    atoms : ase.Atoms
    bench : Bench
    moments : sequence of int
        Of `moments_to_scan`.
    onward : bool
        Whether the moments beside the lowest are tried too, until both lie higher or cannot be computed, and then so
        from the one with neighbours antiparallel: on Fe3 with two H, N and NH2 that lies lower, and one between higher.
    relaxing : dict or None
        fmax, steps, maxstep and gap to relax with each moment; None takes the structure as it is. One that did not
        converge is the lowest only where none did, one that was broken off only where all were.

    Raises
    ------
    EngineError
        If no moment could be computed, with the reasons.
    """
    found: list[_Found] = []
    tried: dict[int, dict[str, Any]] = {}

    def walk(start: Atoms, todo: list[int]) -> None:
        own: list[_Found] = []
        while todo:
            moment = todo.pop(0)
            try:
                own.append(_one(with_moment(start, moment), bench, moment, relaxing))
                tried[moment] = own[-1].said
            except EngineError as error:
                tried[moment] = {"moment": moment, "reason": str(error)}
            if onward and own and not todo:
                todo = [other for other in _beside(min(own, key=_rank).moment) if other not in tried]
        found.extend(own)

    walk(atoms, list(moments))
    if not found:
        by_reason: dict[str, list[str]] = {}
        for entry in tried.values():
            by_reason.setdefault(entry["reason"], []).append(str(entry["moment"]))
        reasons = " ".join(f"{', '.join(of)}: {reason}" for reason, of in by_reason.items())
        raise EngineError(f"none of the moments could be computed. {reasons}")
    best = min(found, key=_rank)
    other = antiparallel(best.atoms, best.point.moments) if onward else None
    if other is not None and (total := _nearest(other, best.moment % 2)) not in tried:
        walk(other, [total])
        best = min(found, key=_rank)
    return Scan(best.moment, best.atoms, best.point, best.relaxed, tuple(tried.values()))


def antiparallel(atoms: Atoms, moments: FloatArray) -> Atoms | None:
    """A copy that begins with neighbours antiparallel; None where they are so already, or fewer than two bear a moment.

    Parameters
    ----------
    atoms : ase.Atoms
    moments : array
        Computed ones of the atoms [Bohr magnetons], shape (n,); only those above `BEARS` count.
    """
    copy: Atoms = atoms.copy()
    copy.set_initial_magnetic_moments(np.where(np.abs(moments) > BEARS, moments, 0.0) if len(moments) else None)
    ways = arrangements(copy)
    return ways[1] if len(ways) > 1 else None


def untried(atoms: Atoms, details: Mapping[str, Any]) -> tuple[tuple[int, Atoms], ...]:
    """What a scan has no energy of: the moments beside the one it kept, and the one with neighbours antiparallel.

    Parameters
    ----------
    atoms : ase.Atoms
        A relaxed structure, its initial moments the computed ones.
    details : Mapping
        Of its record.

    Returns
    -------
    tuple of (int, ase.Atoms)
        Total moments, and the structures to try them on.
    """
    if "moments_scanned" not in details:
        return ()
    known = {entry["moment"] for entry in details["moments_scanned"] if "energy" in entry}
    found = [(moment, atoms) for moment in _beside(details["moment"]) if moment not in known]
    other = antiparallel(atoms, atoms.get_initial_magnetic_moments())
    if other is not None:
        total = _nearest(other, details["moment"] % 2)
        if total not in known | {moment for moment, _ in found}:
            found.append((total, other))
    return tuple(found)


def _nearest(atoms: Atoms, parity: int) -> int:
    """The total moment of a parity nearest to the sum of the initial moments, the lower of two."""
    total = abs(float(atoms.get_initial_magnetic_moments().sum()))
    below = parity + 2 * int(max(total - parity, 0.0) // 2)
    return below if total - below <= below + 2 - total else below + 2


def _beside(moment: int) -> tuple[int, ...]:
    return tuple(other for other in (moment - 2, moment + 2) if other >= 0)


@dataclass(frozen=True, eq=False)
class _Found:
    """What one moment gave."""

    moment: int
    atoms: Atoms
    point: Point
    relaxed: Relaxed | None

    @property
    def said(self) -> dict[str, Any]:
        """Of a record."""
        left = {"left": True} if self.relaxed is not None and self.relaxed.left else {}
        moments = np.round(self.point.moments, 4).tolist()
        return {"moment": self.moment, "energy": self.point.energy, "moments": moments, **left}


def _rank(found: _Found) -> tuple[bool, bool, float]:
    relaxed = found.relaxed
    return relaxed is not None and relaxed.left, relaxed is not None and not relaxed.converged, found.point.energy


def _one(atoms: Atoms, bench: Bench, moment: int, relaxing: dict[str, Any] | None) -> _Found:
    if relaxing is None:  # a moment that does not converge is no candidate
        return _Found(moment, atoms, bench.compute(atoms, moment=moment, patient=False), None)
    relaxed = relax(atoms, bench, moment=moment, **relaxing)
    return _Found(moment, relaxed.atoms, relaxed.points[-1], relaxed)

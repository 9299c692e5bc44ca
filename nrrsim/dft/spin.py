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

FloatArray: TypeAlias = NDArray[np.float64]

BEARS = 0.5  # moment of an atom that can be turned against others [Bohr magnetons]
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
    total, parity = abs(float(atoms.get_initial_magnetic_moments().sum())), electrons(atoms, charge=charge) % 2
    below = parity + 2 * int(max(total - parity, 0.0) // 2)
    return below if total - below <= below + 2 - total else below + 2


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
        from those of one atom turned against the others: on Fe3 with two H, N and NH2 4 lies below 8, and 6 above.
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

    def walk(todo: list[int]) -> None:
        own: list[_Found] = []
        while todo:
            moment = todo.pop(0)
            try:
                own.append(_one(with_moment(atoms, moment), bench, moment, relaxing))
                tried[moment] = own[-1].said
            except EngineError as error:
                tried[moment] = {"moment": moment, "reason": str(error)}
            if onward and own and not todo:
                todo = [other for other in _beside(min(own, key=_rank).moment) if other not in tried]
        found.extend(own)

    walk(list(moments))
    if not found:
        by_reason: dict[str, list[str]] = {}
        for entry in tried.values():
            by_reason.setdefault(entry["reason"], []).append(str(entry["moment"]))
        reasons = " ".join(f"{', '.join(of)}: {reason}" for reason, of in by_reason.items())
        raise EngineError(f"none of the moments could be computed. {reasons}")
    best = min(found, key=_rank)
    if onward:
        walk([moment for moment in _turned(best.point.moments, best.moment) if moment not in tried])
        best = min(found, key=_rank)
    return Scan(best.moment, best.atoms, best.point, best.relaxed, tuple(tried.values()))


def untried(details: Mapping[str, Any], moments: FloatArray) -> tuple[int, ...]:
    """The total moments that a scan has no energy of: those beside the one it kept, and those of one atom turned.

    Parameters
    ----------
    details : Mapping
        Of the record of a relaxation.
    moments : array
        Of the atoms of the relaxed structure [Bohr magnetons], shape (n,).

    Examples
    --------
    >>> scanned = [{"moment": 8, "energy": -2.0}, {"moment": 10, "energy": -1.0}]
    >>> untried({"moment": 8, "moments_scanned": scanned}, np.array([0.1, 0.0, 0.2]))
    (6,)
    """
    if "moments_scanned" not in details:
        return ()
    known = {entry["moment"] for entry in details["moments_scanned"] if "energy" in entry}
    asked = dict.fromkeys((*_beside(details["moment"]), *_turned(moments, details["moment"])))
    return tuple(moment for moment in asked if moment not in known)


def _turned(moments: FloatArray, total: int) -> tuple[int, ...]:
    """Total moments about that of one atom turned against the others, the weakest; none where some are turned already.

    The SCF is left to find which: begun with all moments alike it came to lower states than with one turned.
    """
    bearing = moments[np.abs(moments) > BEARS] if len(moments) else moments
    if len(bearing) < 2 or np.ptp(np.sign(bearing)):
        return ()
    rest = total - 2 * float(np.abs(bearing).min())
    nearest = total - 2 * round((total - abs(rest)) / 2)
    return tuple(moment for moment in (nearest - 2, nearest, nearest + 2) if moment >= 0)


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

"""Total magnetic moments of clusters and molecules: integers of the electrons' parity, scanned, the lowest kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms

from nrrsim.dft.bench import Bench, Point, with_total
from nrrsim.dft.engines import EngineError
from nrrsim.dft.relaxation import Relaxed, relax
from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal

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


def scan(atoms: Atoms, bench: Bench, moments: Sequence[int], *, relaxing: dict[str, Any] | None = None) -> Scan:
    """Compute a structure with each total moment held fixed and keep the lowest.

    Parameters
    ----------
    atoms : ase.Atoms
    bench : Bench
    moments : sequence of int
        Of `moments_to_scan`.
    relaxing : dict or None
        fmax, steps, maxstep and gap to relax with each moment; None takes the structure as it is. One that was broken
        off is the lowest only where all were.

    Raises
    ------
    EngineError
        If no moment could be computed, with the reasons.
    """
    found: list[tuple[Point, int, Relaxed | None]] = []
    tried: list[dict[str, Any]] = []
    for moment in moments:
        try:
            relaxed, point = _one(with_moment(atoms, moment), bench, moment, relaxing)
        except EngineError as error:
            tried.append({"moment": moment, "reason": str(error)})
            continue
        found.append((point, moment, relaxed))
        left = {"left": True} if relaxed is not None and relaxed.left else {}
        tried.append({"moment": moment, "energy": point.energy, "moments": np.round(point.moments, 4).tolist(), **left})
    if not found:
        by_reason: dict[str, list[str]] = {}
        for entry in tried:
            by_reason.setdefault(entry["reason"], []).append(str(entry["moment"]))
        reasons = " ".join(f"{', '.join(of)}: {reason}" for reason, of in by_reason.items())
        raise EngineError(f"none of the moments could be computed. {reasons}")
    point, moment, best = min(found, key=lambda entry: (entry[2] is not None and entry[2].left, entry[0].energy))
    return Scan(moment, best.atoms if best else with_moment(atoms, moment), point, best, tuple(tried))


def _one(atoms: Atoms, bench: Bench, moment: int, relaxing: dict[str, Any] | None) -> tuple[Relaxed | None, Point]:
    if relaxing is None:
        return None, bench.compute(
            atoms, moment=moment, patient=False
        )  # a moment that does not converge is no candidate
    relaxed = relax(atoms, bench, moment=moment, **relaxing)
    return relaxed, relaxed.points[-1]

"""What came out of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ase import Atoms

Status: TypeAlias = Literal["done", "failed"]

RELAXED_BEFORE, FOLLOWED = "relaxed_before", "followed"  # details of vibrations that left the structure given


@dataclass(frozen=True, eq=False)
class DftRecord:
    """A finished task, or one that failed, with all that is needed to judge and to repeat it.

    Parameters
    ----------
    key, label : str
        Of the task.
    work : str
        What was done.
    status : "done" or "failed"
        A failure is a result of that structure, with its reason.
    reason : str
        Why it failed, or what it became where it is not what was meant (an adsorbate that left, dissociated or moved,
        an atom that flew away, an unconverged relaxation); empty where all is as meant.
    start, atoms : ase.Atoms
        The structure given, and the final one.
    energy : float or None
        Potential energy of the final structure [eV].
    forces : list of list of float or None
        On the final structure, constraints not applied [eV/Angstrom], shape (n, 3).
    moments : tuple of float
        Magnetic moments of the atoms [Bohr magnetons], empty without spin.
    vibrations : tuple of float
        Energies h nu of the modes [eV], imaginary ones negative; empty but for vibrations.
    settings : Mapping[str, Any]
        Name, version, digest, engine, functional, level, the parameters used and the caveats.
    versions : Mapping[str, str]
        Of the engine, ase, numpy, Python and nrrsim.
    timing : Mapping[str, Any]
        started, finished [ISO 8601], seconds, steps, resumed (how often), host.
    details : Mapping[str, Any]
        Of the work: energies and forces of the steps, moments scanned, images of a path, imaginary modes, warnings.
    log : str
        Last lines of the engine's log.
    """

    key: str
    label: str
    work: str
    status: Status
    reason: str
    start: Atoms
    atoms: Atoms
    energy: float | None
    forces: list[list[float]] | None
    moments: tuple[float, ...]
    vibrations: tuple[float, ...]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    timing: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)
    log: str = ""

    @property
    def usable(self) -> bool:
        """Whether it is what was meant: done, and nothing to say against it."""
        return self.status == "done" and not self.reason

    @property
    def moment(self) -> float | None:
        """Total moment [Bohr magnetons]: the one held fixed, else the sum of the atoms'; None without spin.

        The atoms' moments end at spheres around them, so that their sum falls short of a total that was held.
        """
        held = self.details.get("moment")
        if held is not None:
            return float(held)
        return sum(self.moments) if self.moments else None

    @property
    def moved(self) -> bool:
        """Whether vibrations are those of another minimum than the one they were given, with an energy of its own."""
        return RELAXED_BEFORE in self.details or FOLLOWED in self.details

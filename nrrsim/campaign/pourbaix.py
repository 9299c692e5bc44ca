"""Phase stability of MoO3 and of its reduced sites in water, through pymatgen's Pourbaix tools, at 298.15 K.

Phases and ions are data with sources, and what could not be sourced is named. pymatgen rounds kT ln 10 and keeps a
chemical potential of water of its own; the pH, the concentration and the energies are handed to it so that its answers
are those of the data and of the constants of `nrrsim.units`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pymatgen.analysis.phase_diagram import PDEntry
from pymatgen.analysis.pourbaix_diagram import PREFAC, IonEntry, PourbaixDiagram, PourbaixEntry
from pymatgen.core.composition import Composition
from pymatgen.core.ion import Ion
from pymatgen.entries.compatibility import MU_H2O

from nrrsim.campaign.vacancies import VacancyFormation, VacancyPlan
from nrrsim.core.conditions import volts_per_pH
from nrrsim.errors import InputError
from nrrsim.thermo.protocol import FloatArray
from nrrsim.thermo.reservoirs import GasEnergies, OxygenGas, OxygenReservoir
from nrrsim.thermo.shipped import ROOM_TEMPERATURE
from nrrsim.units import STANDARD_PRESSURE, parse_quantity
from nrrsim.yaml import parse, plain

OXIDE = "MoO3"  # whose reduced sites are judged
LOWER_OXIDE = "MoO2"  # which it becomes in bulk
PH_RANGE = (-2.0, 16.0)
U_RANGE = (-4.0, 4.0)  # V vs SHE; pymatgen looks for stable phases within these

_DATA = "pourbaix_mo.yaml"
_PER_PH = float(volts_per_pH(ROOM_TEMPERATURE))
_TO_PYMATGEN = _PER_PH / PREFAC  # of a pH or a log10 of a concentration


@dataclass(frozen=True)
class Phase:
    """A solid or a dissolved species.

    Parameters
    ----------
    name : str
    formula : str
        As pymatgen reads it: "MoO3", "MoO4[2-]", "H2MoO4(aq)".
    gibbs : float
        Standard Gibbs energy of formation at 298.15 K [eV].
    dissolved : bool
        Whether it is in solution, at the concentration asked for.
    source : str
    """

    name: str
    formula: str
    gibbs: float
    dissolved: bool
    source: str


@dataclass(frozen=True, eq=False)
class Stability:
    """What is stable in water, and what the oxides lose by becoming that.

    Parameters
    ----------
    pH, U_SHE : numpy.ndarray
        Conditions, shape (c,) or that of a grid; U_SHE [V].
    concentration : float
        Of each dissolved species [mol/l].
    stable : numpy.ndarray of str
        Name of the stable phase, same shape.
    decomposition : Mapping[str, numpy.ndarray]
        By solid, MoO3 first: free energy that its way to the stable phase of the data gains [eV per Mo], same shape; 0
        where it is that phase, below 0 where a reduced site lies under all of them.
    missing : tuple of str
        What is not among the phases, and why.
    notes : tuple of str
        What was assumed, and the sources.
    """

    pH: FloatArray
    U_SHE: FloatArray
    concentration: float
    stable: NDArray[np.str_]
    decomposition: Mapping[str, FloatArray]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def stability(
    pH: ArrayLike,
    U_SHE: ArrayLike,
    *,
    reduced: Sequence[Phase] = (),
    concentration: float = 1e-6,
    phases: Sequence[Phase] | None = None,
) -> Stability:
    """The stable phase at conditions, and the decomposition energies of MoO3 and of reduced sites.

    Parameters
    ----------
    pH, U_SHE : array
        Conditions that broadcast; U_SHE [V], both at 298.15 K.
    reduced : sequence of Phase
        From `reduced_phase`.
    concentration : float
        Of each dissolved species [mol/l]; activities are concentrations.
    phases : sequence of Phase, optional
        To be considered; all of `known_phases()` without it.

    Raises
    ------
    InputError
        If a condition is out of range, the concentration cannot be, or MoO3 is not among the phases.
    """
    pH, U_SHE = np.broadcast_arrays(np.asarray(pH, dtype=float), np.asarray(U_SHE, dtype=float))
    _check(pH, U_SHE, concentration)
    known = known_phases() if phases is None else tuple(phases)
    solids = [phase for phase in known if phase.name == OXIDE]
    if not solids:
        raise InputError(f"{OXIDE} is not among the phases.", where="stability", remedy="leave it in.")
    log_concentration = math.log10(concentration)
    entries = [_entry(phase, log_concentration) for phase in known]
    # solids are not filtered among themselves: that would count oxygen and water by pymatgen's own energies
    diagram = PourbaixDiagram(
        entries, conc_dict={_data()["metal"]: 10 ** (log_concentration * _TO_PYMATGEN)}, filter_solids=False
    )
    judged = {phase.name: _entry(phase, log_concentration) for phase in (*solids, *reduced)}
    decomposition = {name: _decomposition(diagram, entry, pH, U_SHE) for name, entry in judged.items()}
    return Stability(
        pH,
        U_SHE,
        concentration,
        _stable(diagram, decomposition, pH, U_SHE),
        MappingProxyType(decomposition),
        tuple(_data()["missing"]),
        _notes(known, concentration),
    )


def known_phases() -> tuple[Phase, ...]:
    """The phases of molybdenum that have a Gibbs energy with a source."""
    data = _data()
    solids = [
        Phase(name, name, parse_quantity(entry["gibbs"], "eV"), False, data["sources"][entry["source"]])
        for name, entry in data["solids"].items()
    ]
    dissolved = [
        Phase(name, entry["ion"], _dissolved_gibbs(data, name), True, data["sources"][entry["source"]])
        for name, entry in data["dissolved"].items()
    ]
    return (*solids, *dissolved)


def water_gibbs() -> float:
    """Standard Gibbs energy of formation of H2O(l) at 298.15 K, of the same source as the oxides [eV]."""
    return parse_quantity(_data()["water"]["gibbs"], "eV")


def water_window(pH: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Potentials [V vs SHE], shape (c,), below which water gives H2 and above which it gives O2 (1 bar, 298.15 K)."""
    slope = -_PER_PH * np.asarray(pH, dtype=float)
    return slope, slope - water_gibbs() / 2


def reduced_phase(plan: VacancyPlan, formation: VacancyFormation) -> Phase:
    """A reduced site as a phase: n dfG(MoO3, experiment) + the free energy of taking its oxygen out as O2.

    The energy of the host's surface is left out, so that the site is judged as the crystal with vacancies.

    Parameters
    ----------
    plan : VacancyPlan
        Of a host with the composition of MoO3.
    formation : VacancyFormation
        Of one of its reduced sites.

    Raises
    ------
    InputError
        If the host is not MoO3.
    """
    host = _reduced_formula(plan)
    if host != OXIDE:
        raise InputError(
            f"the host is {host}.",
            where=f"stability of {formation.site}",
            remedy=f"its reference is {OXIDE}: take a host of this composition.",
        )
    units = plan.metals
    whole = _solid(OXIDE)
    taken = formation.gibbs(np.array([ROOM_TEMPERATURE]), OxygenGas(STANDARD_PRESSURE))[0]
    gibbs = units * whole.gibbs + formation.vacancies * float(taken)
    formula = f"Mo{units}O{3 * units - formation.vacancies}"
    return Phase(formation.site, formula, gibbs, False, f"{whole.source}; {plan.settings.name}")


@dataclass(frozen=True)
class BulkReduction:
    """What the reduction of the crystal costs by measured Gibbs energies, to lay beside computed vacancies.

    Parameters
    ----------
    reaction : str
    dG : float
        At 298.15 K, the oxygen into the same reservoir [eV per O].
    source : str
    """

    reaction: str
    dG: float
    source: str


def bulk_reduction(plan: VacancyPlan, reservoir: OxygenReservoir) -> BulkReduction | None:
    """MoO3 -> MoO2 in bulk, measured; None for hosts that are not MoO3.

    Parameters
    ----------
    plan : VacancyPlan
    reservoir : OxygenReservoir
        Which takes up the oxygen, at one set of conditions.
    """
    if _reduced_formula(plan) != OXIDE:
        return None
    before, after = _solid(OXIDE), _solid(LOWER_OXIDE)
    T, zero = np.array([ROOM_TEMPERATURE]), GasEnergies(0.0, 0.0)  # which the difference does not depend on
    from_oxygen = reservoir.mu_O(T, zero) - OxygenGas(STANDARD_PRESSURE).mu_O(T, zero)
    dG = after.gibbs - before.gibbs + float(from_oxygen.item())
    return BulkReduction(f"{OXIDE} -> {LOWER_OXIDE} + O", dG, before.source)


def _reduced_formula(plan: VacancyPlan) -> str:
    return str(Composition(plan.built[plan.host].get_chemical_formula()).reduced_formula)


def _solid(name: str) -> Phase:
    return next(phase for phase in known_phases() if phase.name == name)


def _entry(phase: Phase, log_concentration: float) -> Any:
    """The phase for pymatgen, which counts its oxygen from water with an energy of its own."""
    ion = Ion.from_formula(phase.formula) if phase.dissolved else None
    composition = Composition(phase.formula) if ion is None else ion.composition
    energy = phase.gibbs - float(composition["O"]) * (water_gibbs() - MU_H2O)
    entry: Any = PDEntry(composition, energy) if ion is None else IonEntry(ion, energy)
    return PourbaixEntry(entry, entry_id=phase.name, concentration=10 ** (log_concentration * _TO_PYMATGEN))


def _decomposition(diagram: Any, entry: Any, pH: FloatArray, U_SHE: FloatArray) -> FloatArray:
    """Energy over the stable phases [eV per metal atom], shape (c,)."""
    per_atom = diagram.get_decomposition_energy(entry, pH * _TO_PYMATGEN, U_SHE)
    return np.asarray(per_atom * entry.composition.num_atoms * entry.normalization_factor, dtype=float)


def _stable(
    diagram: Any, decomposition: Mapping[str, FloatArray], pH: FloatArray, U_SHE: FloatArray
) -> NDArray[np.str_]:
    """Names of the lowest phases, shape (c,): of the diagram, or a reduced site that lies below all of these."""
    levels = {entry.entry_id: _decomposition(diagram, entry, pH, U_SHE) for entry in diagram.stable_entries}
    below = {name: np.where(energy < 0, energy, np.inf) for name, energy in decomposition.items() if name != OXIDE}
    levels |= below
    lowest = np.argmin(np.array(list(levels.values())), axis=0)
    return np.asarray(np.array(list(levels))[lowest], dtype=np.str_)


def _dissolved_gibbs(data: Mapping[str, Any], name: str) -> float:
    """Of an ion with a value [eV], or of a protonated one: dfG = dfG(ion) - kT ln10 log K."""
    entry = data["dissolved"][name]
    if "gibbs" in entry:
        return parse_quantity(entry["gibbs"], "eV")
    return _dissolved_gibbs(data, entry["of"]) - _PER_PH * float(entry["log_K"])


def _notes(known: Sequence[Phase], concentration: float) -> tuple[str, ...]:
    sources = dict.fromkeys(phase.source for phase in known)
    return (
        f"Phase stability at 298.15 K and {concentration:g} mol/l of each dissolved species, activities as "
        f"concentrations: {', '.join(phase.name for phase in known)}.",
        "A reduced site counts as the crystal with its vacancies: the energy of the host's surface is left out.",
        *(f"Gibbs energies: {source}." for source in sources),
    )


def _check(pH: FloatArray, U_SHE: FloatArray, concentration: float) -> None:
    for name, values, (low, high) in (("pH", pH, PH_RANGE), ("U_SHE", U_SHE, U_RANGE)):
        outside = values[~((low <= values) & (high >= values))]
        if outside.size:
            raise InputError(
                f"{name} is {outside.flat[0]:g}.", where="stability", remedy=f"stay between {low:g} and {high:g}."
            )
    highest = _data()["highest_concentration"]
    if not 0 < concentration <= float(highest["value"]):
        raise InputError(
            f"the concentration is {concentration:g} mol/l; {highest['reason']}.",
            where="stability",
            remedy=f"give a positive one, {float(highest['value']):g} mol/l at most.",
        )


@functools.cache
def _data() -> Mapping[str, Any]:
    data = plain(parse(resources.files("nrrsim").joinpath("data", _DATA).read_text(encoding="utf-8"), _DATA))
    assert isinstance(data, dict)
    return MappingProxyType(data)

"""Oxygen vacancies: a host and its reduced sites computed alike, and what it costs to take the oxygen out.

Free energies are those of n vacancies, host -> reduced + n O(reservoir), with the electronic energies of the relaxed
structures and of H2 and H2O of the same settings. Vibrations of the solids are left out on both sides.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike

from nrrsim.campaign.chains import StateChain, alike
from nrrsim.campaign.computed import energy_of, replayed
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.states import gas_start
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import Settings
from nrrsim.dft.store import Store
from nrrsim.dft.work import Progress, compute
from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog.lookup import build_site, site
from nrrsim.thermo.protocol import FloatArray
from nrrsim.thermo.reservoirs import GasEnergies, OxygenReservoir

GASES = ("H2(g)", "H2O(g)")

_POINTS = 121  # of a curve over a reservoir's variable


@dataclass(frozen=True)
class VacancyPlan:
    """A host, sites that are the host without some of its oxygen, and how they are computed.

    Parameters
    ----------
    host : str
        A name of the catalogue of sites.
    reduced : tuple of str
        Names of the catalogue; each is the host less oxygen atoms.
    settings : Settings
        Of all energies.
    supercell : tuple of int or None
        Of slabs; None takes each site's own.
    vacuum : float or None
        Over slabs [Angstrom]; None takes each site's own.
    relax : Mapping[str, Any]
        Options of all relaxations, over those of the settings: fmax [eV/Angstrom], steps, maxstep [Angstrom].

    Raises
    ------
    InputError
        If a site is unknown or named twice, or a reduced one is not the host less oxygen in the same cell.
    """

    host: str
    reduced: tuple[str, ...]
    settings: Settings
    supercell: tuple[int, int] | None = None
    vacuum: float | None = None
    relax: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.reduced:
            raise InputError("no reduced site is named.", where="vacancies", remedy="name one, as 'moo3-bilayer-vt'.")
        names = tuple(site(name).name for name in (self.host, *self.reduced))
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise InputError(f"{', '.join(twice)} is named twice.", where="vacancies", remedy="name each site once.")
        object.__setattr__(self, "host", names[0])
        object.__setattr__(self, "reduced", names[1:])
        object.__setattr__(self, "relax", MappingProxyType(dict(self.relax)))
        _ = self.vacancies

    @functools.cached_property
    def built(self) -> Mapping[str, Atoms]:
        """The sites as the catalogue builds them."""
        names = (self.host, *self.reduced)
        return MappingProxyType(
            {name: build_site(name, supercell=self.supercell, vacuum=self.vacuum) for name in names}
        )

    @functools.cached_property
    def vacancies(self) -> Mapping[str, int]:
        """Oxygen atoms that each reduced site has less than the host."""
        host = self.built[self.host]
        found = {name: _removed(host, self.built[name], self.host, name) for name in self.reduced}
        return MappingProxyType(found)

    @functools.cached_property
    def metals(self) -> int:
        """Metal atoms of the host."""
        return int(is_metal(self.built[self.host]).sum())

    def chains(self) -> dict[str, StateChain]:
        """The tasks of the sites, as in a campaign of each, and of the gases."""
        sites = {name: self._clean(name) for name in (self.host, *self.reduced)}
        return sites | {gas: self._gas(gas) for gas in GASES}

    def _clean(self, name: str) -> StateChain:
        relax = dict(self.relax)
        plan = Plan(name, self.settings, supercell=self.supercell, vacuum=self.vacuum, vibrations=False, relax=relax)
        return plan.references()[0]

    def _gas(self, gas: str) -> StateChain:
        label, options = f"{self.host} {gas}", dict(self.relax)
        return StateChain(label, (gas_start(gas),), self.settings, "molecule", vibrate=False, options=options)


@dataclass(frozen=True, eq=False)
class ComputedVacancies:
    """What a store holds of a plan.

    Parameters
    ----------
    plan : VacancyPlan
    relaxed : Mapping[str, DftRecord]
        The relaxed host, reduced sites and gases that are there.
    missing : Mapping[str, str]
        What has no usable energy, and why.
    """

    plan: VacancyPlan
    relaxed: Mapping[str, DftRecord]
    missing: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def referenced(self) -> bool:
        """Whether the host and the gases have energies."""
        return not {self.plan.host, *GASES} & set(self.missing)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or assumed of the solids."""
        return (
            *self.plan.settings.caveats,
            "Vibrations of the solids are left out, in the host and in the reduced site alike.",
            "Each vacancy stands where the named site has it: the entropy of its arrangements is left out.",
            "Cells keep the size of the host: a solid that would shrink as it is reduced is under strain.",
        )


@dataclass(frozen=True)
class VacancyFormation:
    """The vacancies of one reduced site.

    Parameters
    ----------
    site : str
        The reduced site.
    host : str
    vacancies : int
        Oxygen atoms taken out of the cell.
    x : float
        The same per metal atom of the whole cell: MoO3 becomes MoO3-x.
    energy_change : float
        E(reduced) - E(host) [eV], electronic.
    gases : GasEnergies
        Of the same settings.
    """

    site: str
    host: str
    vacancies: int
    x: float
    energy_change: float
    gases: GasEnergies

    @property
    def electronic(self) -> float:
        """Electronic energy [eV per vacancy] of host + n H2 -> reduced + n H2O."""
        return self.energy_change / self.vacancies + self.gases.H2O - self.gases.H2

    @property
    def electronic_oxygen(self) -> float:
        """Electronic energy [eV per vacancy] of host -> reduced + n/2 O2, with the energy of O2 of `GasEnergies`."""
        return self.energy_change / self.vacancies + self.gases.oxygen / 2

    def gibbs(self, T: ArrayLike, reservoir: OxygenReservoir) -> FloatArray:
        """Free energy of formation [eV per vacancy], shape (c,), at T [K]."""
        return self.energy_change / self.vacancies + reservoir.mu_O(T, self.gases)


@dataclass(frozen=True, eq=False)
class VacancySweep:
    """Free energies of formation over a reservoir's variable.

    Parameters
    ----------
    variable : str
        Name and unit of the variable.
    values : numpy.ndarray
        Of the variable, shape (c,).
    T : tuple of float
        Temperatures [K], as many as t.
    gibbs : Mapping[str, numpy.ndarray]
        By site [eV per vacancy], shape (t, c).
    marked : float
        The variable at the conditions asked for.
    text : str
        These conditions in words.
    """

    variable: str
    values: FloatArray
    T: tuple[float, ...]
    gibbs: Mapping[str, FloatArray]
    marked: float
    text: str


def run_vacancies(
    plan: VacancyPlan,
    store: Store,
    *,
    folder: str | os.PathLike[str],
    workers: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> ComputedVacancies:
    """Compute what the store does not hold yet of a plan: relaxations, no vibrations.

    Parameters
    ----------
    plan : VacancyPlan
    store : Store
        Where records are found and kept.
    folder : path
        Where tasks keep their files while they run.
    workers : int
        Processes.
    progress : callable
        Told of each change, as by `nrrsim.dft.work.compute`.

    Raises
    ------
    InputError
        If the store or the folder cannot be used.
    """
    compute(tuple(plan.chains().values()), store, workers=workers, folder=folder, progress=progress)
    return collected_vacancies(plan, store)


def collected_vacancies(plan: VacancyPlan, store: Store) -> ComputedVacancies:
    """What the store holds of a plan, without computing anything.

    A site has the lowest energy that any campaign found for it: those with adsorbates try the electrons of its
    vacancies on other atoms, too.
    """
    relaxed: dict[str, DftRecord] = {}
    missing: dict[str, str] = {}
    for name, chain in plan.chains().items():
        found = chain.found(replayed(chain, store))
        if found.energy is not None:
            alone = name in GASES or plan.settings.geometry
            relaxed[name] = found.energy if alone else min(alike(found.energy, store), key=energy_of)
        if found.why:
            missing[name] = found.why
    return ComputedVacancies(plan, MappingProxyType(relaxed), MappingProxyType(missing))


def vacancy_formations(found: ComputedVacancies, *, O2: float | None = None) -> tuple[VacancyFormation, ...]:
    """The vacancies of each reduced site that has an energy, in the order of the plan.

    Parameters
    ----------
    found : ComputedVacancies
    O2 : float or None
        A method's own electronic energy of O2 [eV]; None takes it from water, see `GasEnergies`.

    Raises
    ------
    InputError
        If the host, H2(g) or H2O(g) has no energy.
    """
    plan = found.plan
    if not found.referenced:
        lacking = [name for name in (plan.host, *GASES) if name in found.missing]
        raise InputError(
            f"{', '.join(lacking)} has no energy: {found.missing[lacking[0]]}",
            where=f"vacancies of {plan.host}",
            remedy="compute it first, or see the reason in the record.",
        )
    energies = {name: record.energy for name, record in found.relaxed.items() if record.energy is not None}
    gases = GasEnergies(energies["H2(g)"], energies["H2O(g)"], O2)
    return tuple(
        VacancyFormation(name, plan.host, n, n / plan.metals, energies[name] - energies[plan.host], gases)
        for name, n in plan.vacancies.items()
        if name in energies
    )


def vacancy_sweep(
    formations: Sequence[VacancyFormation],
    reservoir: OxygenReservoir,
    T: Sequence[float],
    *,
    values: FloatArray | None = None,
) -> VacancySweep:
    """Free energies of formation over the variable of a reservoir.

    Parameters
    ----------
    formations : sequence of VacancyFormation
    reservoir : OxygenReservoir
        At one set of conditions.
    T : sequence of float
        Temperatures [K].
    values : numpy.ndarray, optional
        Of the variable, shape (c,); over the reservoir's span, and where it stands, without it.
    """
    if not formations:
        raise InputError("no reduced site has an energy.", where="vacancies", remedy="compute one first.")
    if reservoir.value.size != 1:
        what = f"the reservoir has {reservoir.value.size} conditions."
        raise InputError(what, where="vacancies", remedy="give one to start from.")
    marked = float(reservoir.value.item())
    if values is None:
        ends = (*reservoir.span, marked)
        values = np.linspace(min(ends), max(ends), _POINTS)
    elsewhere = reservoir.at(values)
    at_all = np.broadcast_to(np.asarray(T, dtype=float)[:, None], (len(T), len(values)))
    gibbs = {one.site: one.gibbs(at_all, elsewhere) for one in formations}
    return VacancySweep(reservoir.variable, values, tuple(T), MappingProxyType(gibbs), marked, reservoir.text)


def _removed(host: Atoms, reduced: Atoms, host_name: str, name: str) -> int:
    """How many oxygen atoms the reduced structure has less than the host, all else being equal."""
    here, there = Counter(host.get_chemical_symbols()), Counter(reduced.get_chemical_symbols())
    less, more = here - there, there - here
    if more or set(less) != {"O"}:
        raise InputError(
            f"it is {reduced.symbols}, which is not {host.symbols} less oxygen.",
            where=f"{name} of {host_name}",
            remedy="name sites of one supercell that differ by oxygen only; --supercell sets that of slabs.",
        )
    lengths = 2 if site(host_name).open else 3  # the empty height over a slab may differ
    if host.pbc.any() and not np.allclose(host.cell[:lengths], reduced.cell[:lengths], atol=1e-6):
        raise InputError("its cell is not that of the host.", where=name, remedy=f"build both as {host_name} is built.")
    return less["O"]

"""What users call: load a catalyst, draw its diagram, solve its kinetics. Numbers are K, bar, V and eV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from nrrsim.analysis.band import Alternative, alternatives
from nrrsim.analysis.diagram import LARGEST_CHEMICAL_STEP, Diagram, free_energy_diagram
from nrrsim.analysis.inventory import Inventory, take_inventory
from nrrsim.analysis.operating_point import OperatingPoint, operate, other_solutions
from nrrsim.analysis.selectivity import evolves_hydrogen, faradaic_efficiency
from nrrsim.analysis.sensitivity import Sensitivities, competing_products, derivatives
from nrrsim.core.conditions import Conditions, by_formula, volts_per_pH
from nrrsim.core.species import gas_formula
from nrrsim.errors import InputError, nearest
from nrrsim.io.catalog import load as load_catalyst
from nrrsim.kinetics.checks import NO_CYCLE, turns_over
from nrrsim.kinetics.mechanism import Catalyst, Mechanism, SiteModel
from nrrsim.solvers.solution import Certificate, Solution

if TYPE_CHECKING:
    import xarray as xr

PRODUCT = "NH3"
LARGEST_ASSUMED_BARRIER = 5.0  # beyond what any bond in N2 reduction costs [eV]


@dataclass(frozen=True, eq=False)
class StepRates:
    """Rates of one step per site of the first type [1/s]; one-way rates of a step at equilibrium are infinite."""

    net: float
    forward: float
    reverse: float


@dataclass(frozen=True, eq=False)
class SolveResult:
    """A steady state with what limits it.

    Parameters
    ----------
    catalyst, name : str
    conditions : Conditions
    solution : Solution
        Coverages, rates and certificate.
    other_solutions : tuple of Solution
        Further certified steady states, found from other coverages; mostly none.
    tof_unit : str
        Basis of the turnovers.
    tof_band : tuple[float, float] or None
        Lowest and highest turnover of NH3 over the ways to blame the gas error and over assumed barriers; None where
        there is no choice, or an answer is not certified.
    alternatives : Mapping[str, float]
        Turnover of NH3 under each of those choices that has a certified answer, by name.
    sensitivities : Sensitivities or None
        Of the NH3 turnover; None where that is zero.
    elementary_rate_control : Mapping[str, float]
        Of the steps that an isolated site's were made from (`expand`), summed over the copies of each; empty elsewhere.
    sensitivities_by_gas : Mapping[str, Sensitivities]
        Of each turnover that is not zero.
    share_sensitivities : Mapping[str, Sensitivities]
        Of each product's share: its Faradaic efficiency, in a thermal network its share of the hydrogen in products;
        empty where one product has no other beside it.
    capped_steps : tuple[str, ...]
        Ids of steps whose barrier a cap holds up: derivatives follow the cap, and have a kink where it takes over.
    faradaic_efficiency : Mapping[str, float] or None
        Share of the current by product; None where none can be had.
    faradaic_efficiency_band : Mapping[str, tuple[float, float]] or None
        Lowest and highest share over the same choices as the turnover's.
    warnings, notes : tuple[str, ...]
        Caveats and approximations; provenance.
    """

    catalyst: str
    name: str
    conditions: Conditions
    solution: Solution
    other_solutions: tuple[Solution, ...]
    tof_unit: str
    tof_band: tuple[float, float] | None
    alternatives: Mapping[str, float]
    sensitivities: Sensitivities | None
    elementary_rate_control: Mapping[str, float]
    sensitivities_by_gas: Mapping[str, Sensitivities]
    share_sensitivities: Mapping[str, Sensitivities]
    capped_steps: tuple[str, ...]
    faradaic_efficiency: Mapping[str, float] | None
    faradaic_efficiency_band: Mapping[str, tuple[float, float]] | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def success(self) -> bool:
        """Whether the steady state is certified."""
        return self.solution.success

    @property
    def status(self) -> str:
        """A sentence on how the solution went."""
        return self.solution.status

    @property
    def certificate(self) -> Certificate:
        """Error bounds of the solution."""
        return self.solution.certificate

    @property
    def tof(self) -> Mapping[str, float]:
        """Net production by gas [1/s per site]; empty where the steady state is not certified."""
        return MappingProxyType(self.solution.tof if self.success else {})

    @property
    def coverages(self) -> Mapping[str, float]:
        """Fraction of its site type that each species covers."""
        return MappingProxyType(self.solution.coverages)

    @property
    def rates(self) -> Mapping[str, StepRates]:
        """Rates by step id."""
        s = self.solution
        rows = zip(s.topology.steps, s.net_j, s.forward_j, s.reverse_j, strict=True)
        return MappingProxyType({sid: StepRates(float(n), float(f), float(r)) for sid, n, f, r in rows})

    @property
    def rate_control(self) -> Mapping[str, float]:
        """Degree of rate control of each step on the NH3 turnover; empty where that is zero."""
        return {} if self.sensitivities is None else self.sensitivities.rate_control

    @property
    def apparent_activation_energy(self) -> float | None:
        """kT^2 d ln TOF/dT [eV]."""
        return None if self.sensitivities is None else self.sensitivities.apparent_activation_energy

    @property
    def reaction_orders(self) -> Mapping[str, float]:
        """D ln TOF/d ln p by gas."""
        return {} if self.sensitivities is None else self.sensitivities.reaction_orders

    @property
    def thermodynamic_rate_control(self) -> Mapping[str, float]:
        """D ln TOF/d(-G_n/kT) of each state, those of all others held."""
        return {} if self.sensitivities is None else self.sensitivities.thermodynamic_rate_control

    @property
    def energy_gradient(self) -> Mapping[str, float]:
        """D ln TOF/dE_n [1/eV] of each state with an energy of its own; what follows from it moves along."""
        return {} if self.sensitivities is None else self.sensitivities.energy_gradient

    @property
    def potential_gradient(self) -> float | None:
        """D ln TOF/dU at constant pH [1/V], on the scale of the conditions."""
        return None if self.sensitivities is None else self.sensitivities.potential_gradient

    @property
    def tafel_slope(self) -> float | None:
        """DU/d log10 TOF at constant pH [mV per decade], negative where the turnover grows as U falls."""
        return None if self.sensitivities is None else self.sensitivities.tafel_slope

    @property
    def pH_gradient(self) -> float | None:
        """D ln TOF/d pH at constant potential on the scale of the conditions; None without a pH."""
        found = self.sensitivities
        if found is None or found.pH_gradient is None or self.conditions.pH is None:
            return None
        if self.conditions.U_SHE is None:
            return found.pH_gradient
        return found.pH_gradient + volts_per_pH(self.conditions.T) * (found.potential_gradient or 0.0)


def load(catalyst: str | Path) -> Catalyst:
    """A shipped catalyst by id ('ru-step'), or one from a file.

    Raises
    ------
    InputError
        If there is none of that name (the nearest are offered), or the file is not right.
    """
    return load_catalyst(catalyst)


def diagram(
    catalyst: Catalyst | str | Path,
    *,
    T: float | None = None,
    p: Mapping[str, float] | None = None,
    U_RHE: float | None = None,
    U_SHE: float | None = None,
    pH: float | None = None,
    U: float | None = None,
    chemical_limit: float = LARGEST_CHEMICAL_STEP,
) -> Diagram:
    """Free-energy diagram of every pathway.

    Parameters
    ----------
    catalyst : Catalyst, str or Path
        A catalyst, a shipped id or a file.
    T : float, optional
        [K]; the file's own without it.
    p : Mapping[str, float], optional
        Pressures by gas [bar]; the file's own for gases not named.
    U_RHE, U_SHE : float, optional
        Potential on the scale the name says [V]; U_SHE needs pH.
    pH : float, optional
    U : float
        Refused: a potential says its scale.
    chemical_limit : float
        Pathways with a larger chemical step are listed, never best [eV].

    Raises
    ------
    InputError
        If conditions or catalyst are not right.
    """
    found = _catalyst(catalyst)
    return free_energy_diagram(found, _conditions(found, T, p, U_RHE, U_SHE, pH, U), chemical_limit=chemical_limit)


def solve(
    catalyst: Catalyst | str | Path,
    *,
    T: float | None = None,
    p: Mapping[str, float] | None = None,
    U_RHE: float | None = None,
    U_SHE: float | None = None,
    pH: float | None = None,
    U: float | None = None,
    assume_Ga0: Sequence[float] | float | None = None,
) -> SolveResult:
    """Steady-state turnover, coverages and what limits them.

    Parameters
    ----------
    catalyst, T, p, U_RHE, U_SHE, pH, U
        As for `diagram`; a pressure of zero is allowed.
    assume_Ga0 : sequence of float, or float, optional
        Barriers at dG = 0 to assume for steps without a published one [eV]: every turnover becomes a band.

    Raises
    ------
    MissingEnergyError
        If energies or barriers that the turnover needs are not published and none are assumed.
    InputError
        If conditions or catalyst are not right.
    """
    found = _catalyst(catalyst)
    conditions = _conditions(found, T, p, U_RHE, U_SHE, pH, U)
    assumed = _assumed_barriers(found.mechanism, assume_Ga0)
    mechanism = found.mechanism.with_assumed_barrier(_central(assumed)) if assumed else found.mechanism
    point = operate(mechanism, conditions)
    others = alternatives(found.mechanism, conditions, assumed)
    turnovers = [tof.get(PRODUCT, 0.0) for tof in (point.solution.tof, *(a.tof for a in others))]
    efficiency = faradaic_efficiency(point.solution, mechanism.network) if point.solution.success else None
    further = other_solutions(mechanism, point)
    by_gas, of_shares = _sensitivities(point, mechanism)
    response = by_gas.get(PRODUCT)
    t, capped_j = point.solution.topology, point.inputs.energies.capped_cj[0]
    states = set(found.mechanism.network.species) | set(found.mechanism.network.transition_states)
    return SolveResult(
        catalyst=found.id,
        name=found.name,
        conditions=conditions,
        solution=point.solution,
        other_solutions=further,
        tof_unit=_tof_unit(mechanism),
        tof_band=_band(turnovers, point, others),
        alternatives={a.label: a.tof.get(PRODUCT, 0.0) for a in others if a.success},
        sensitivities=response,
        elementary_rate_control=_elementary(mechanism, response),
        sensitivities_by_gas=by_gas,
        share_sensitivities=of_shares,
        capped_steps=tuple(step for step, capped in zip(t.steps, capped_j, strict=True) if capped),
        faradaic_efficiency=efficiency,
        faradaic_efficiency_band=_efficiency_band(efficiency, point, others),
        warnings=(
            *_warnings(found, point, mechanism, conditions, assumed, others, response),
            *map(_other_state, further),
        ),
        notes=found.mechanism.notes_of(states),
    )


def sweep(
    catalyst: Catalyst | str | Path,
    *,
    T: ArrayLike | None = None,
    p: Mapping[str, ArrayLike] | None = None,
    U_RHE: ArrayLike | None = None,
    U_SHE: ArrayLike | None = None,
    pH: ArrayLike | None = None,
    energies: Mapping[str, ArrayLike] | None = None,
    zip: bool = False,  # noqa: A002 - the name that the contract gives it
    assume_Ga0: float | None = None,
    rate_control: bool = True,
    threads: int | None = None,
) -> xr.Dataset:
    """Steady states of many conditions and energies.

    Parameters
    ----------
    catalyst : Catalyst, str or Path
        A catalyst, a shipped id or a file.
    T, p, U_RHE, U_SHE, pH : number or list
        As for `solve`; a list is an axis of the result, named "T", "p_N2", "U_RHE", "U_SHE" or "pH".
    energies : Mapping[str, number or list], optional
        Energies of species or transition states in place of the file's own, in the form that the file gives
        (electronic, enthalpy or Gibbs) [eV]; axes "E_N*". BEP transition states follow.
    zip : bool
        Whether lists run in parallel, along one dimension "condition", instead of in all combinations.
    assume_Ga0 : float, optional
        Barrier at dG = 0 to assume for steps without a published one [eV].
    rate_control : bool
        Whether the degree of rate control of every step on the turnover of NH3 is wanted; NaN where that is zero.
    threads : int, optional
        All cores without it; the numbers do not depend on it.

    Returns
    -------
    xarray.Dataset
        tof, tof_relative_error, coverages, rates, rate_control, success, status, certificate and iterations; what is
        not certified is NaN.

    Raises
    ------
    MissingEnergyError, InputError
        As for `solve`.

    Examples
    --------
    >>> found = sweep("ru-step", T=[650.0, 700.0], p={"N2": 25, "H2": 75, "NH3": [0.1, 1.0, 5.0]})
    >>> dict(found.tof.sizes), bool(found.success.all())
    ({'T': 2, 'p_NH3': 3, 'gas': 3}, True)
    """
    from nrrsim.screening.grid import grid
    from nrrsim.screening.sweep import dataset, sweep_grid

    found = _catalyst(catalyst)
    assumed = _assumed_barriers(found.mechanism, None if assume_Ga0 is None else [assume_Ga0])
    mechanism = found.mechanism.with_assumed_barrier(_central(assumed)) if assumed else found.mechanism
    points = grid(
        mechanism, found.conditions, T=T, p=p, U_RHE=U_RHE, U_SHE=U_SHE, pH=pH, energies=energies, together=zip
    )
    if not turns_over(mechanism.network):
        raise InputError(NO_CYCLE, where="sweep", remedy="add the steps that lead back to the free site.")
    has_product = any(gas_formula(gas) == PRODUCT for gas in mechanism.network.gases)
    swept = sweep_grid(mechanism, points, gas=PRODUCT if rate_control and has_product else None, threads=threads)
    said = {"catalyst": found.id, "name": found.name, "tof_unit": _tof_unit(mechanism)}
    if assumed:
        said["assumed_barrier"] = f"{_central(assumed):g} eV for {len(found.mechanism.steps_without_law)} steps"
    caveats = [*found.caveats_of(set(mechanism.network.species)), *mechanism.closure.sentences]
    return dataset(swept, attributes=said | {"caveats": "\n".join(caveats)})


def inventory(catalyst: Catalyst | str | Path) -> Inventory:
    """What a catalyst is made of, where its numbers come from and what is missing."""
    return take_inventory(_catalyst(catalyst))


def _sensitivities(
    point: OperatingPoint, mechanism: Mechanism
) -> tuple[dict[str, Sensitivities], dict[str, Sensitivities]]:
    """Of each turnover that is not zero, and of the share of each product; nothing where the response is singular."""
    found = derivatives(point) if point.solution.success else None
    if found is None:
        return {}, {}
    products = competing_products(point, mechanism.network)
    turnovers = {gas: found.of_turnover(gas) for gas in found.gases}
    shares = {gas: found.of_share(gas, products) for gas in products}
    return _known(turnovers), _known(shares)


def _elementary(mechanism: Mechanism, response: Sensitivities | None) -> dict[str, float]:
    if mechanism.expansion is None or response is None:
        return {}
    return mechanism.expansion.by_elementary_step(response.rate_control)


def _known(found: Mapping[str, Sensitivities | None]) -> dict[str, Sensitivities]:
    return {gas: sensitivity for gas, sensitivity in found.items() if sensitivity is not None}


def _catalyst(catalyst: Catalyst | str | Path) -> Catalyst:
    return catalyst if isinstance(catalyst, Catalyst) else load(catalyst)


def _conditions(
    catalyst: Catalyst,
    T: float | None,
    p: Mapping[str, float] | None,
    U_RHE: float | None,
    U_SHE: float | None,
    pH: float | None,
    U: float | None,
) -> Conditions:
    """The caller's conditions over the file's own."""
    if U is not None:
        raise InputError(
            f"the potential {U} V names no scale.",
            where="conditions",
            remedy="give U_RHE (--U-RHE), or U_SHE (--U-SHE) with pH.",
        )
    if p is not None and not isinstance(p, Mapping):
        raise InputError(
            f"pressures are {p!r}.", where="conditions", remedy="name their gases: p={'N2': 25.0}, in bar."
        )
    gases = [gas_formula(gas) for gas in catalyst.mechanism.network.gases]
    given = by_formula(p or {})
    for gas in given:
        if gas not in gases:
            raise InputError(
                f"a pressure of '{gas}' is given, but {catalyst.id} has no such gas; {nearest(gas, gases)}",
                where="conditions",
                remedy="name one of its gases.",
            )
    own = catalyst.conditions
    own_U = (None, None) if U_RHE is not None or U_SHE is not None else (own.U_RHE, own.U_SHE)
    return Conditions(
        T=own.T if T is None else T,
        p={**own.p, **given},
        U_RHE=U_RHE if U_RHE is not None else own_U[0],
        U_SHE=U_SHE if U_SHE is not None else own_U[1],
        pH=own.pH if pH is None else pH,
    )


def _assumed_barriers(mechanism: Mechanism, assume_Ga0: Any) -> tuple[float, ...]:
    given = mechanism.assumed_barriers if assume_Ga0 is None else assume_Ga0
    try:
        barriers = tuple(sorted(float(barrier) for barrier in np.atleast_1d(given)))
    except (TypeError, ValueError) as error:
        remedy = "give one in eV, or to solve a list of them."
        raise InputError(f"assumed barriers are {given!r}.", where="assume", remedy=remedy) from error
    if not barriers or not mechanism.steps_without_law:
        return ()
    if not all(np.isfinite(b) and 0 < b < LARGEST_ASSUMED_BARRIER for b in barriers):
        raise InputError(
            f"assumed barriers are {list(barriers)} eV.",
            where="assume",
            remedy=f"give barriers between 0 and {LARGEST_ASSUMED_BARRIER:g} eV: no cleavage is assumed barrierless.",
        )
    return barriers


def _central(assumed: tuple[float, ...]) -> float:
    return (assumed[0] + assumed[-1]) / 2


def _band(values: list[float], point: OperatingPoint, others: Sequence[Alternative]) -> tuple[float, float] | None:
    """Lowest and highest value; None without alternatives, or where one of the answers is not certified."""
    if not others or not point.solution.success or not all(a.success for a in others):
        return None
    return min(values), max(values)


def _efficiency_band(
    efficiency: Mapping[str, float] | None, point: OperatingPoint, others: Sequence[Alternative]
) -> Mapping[str, tuple[float, float]] | None:
    known = [a.faradaic_efficiency for a in others if a.faradaic_efficiency is not None]
    if efficiency is None or len(known) < len(others):
        return None
    bands = {gas: _band([share, *(k[gas] for k in known)], point, others) for gas, share in efficiency.items()}
    return {gas: band for gas, band in bands.items() if band is not None} or None


def _other_state(solution: Solution) -> str:
    most = sorted(solution.coverages, key=lambda name: -solution.coverages[name])[:3]
    covered = ", ".join(f"{name} {solution.coverages[name]:.3g}" for name in most)
    turnovers = ", ".join(f"{gas} {tof:+.4g}" for gas, tof in solution.tof.items())
    return (
        f"another steady state at the same conditions: turnover {turnovers} /s, coverages {covered}; which of them a "
        "surface is in depends on where it came from."
    )


def _tof_unit(mechanism: Mechanism) -> str:
    if mechanism.site_model is SiteModel.ISOLATED:
        return "1/s per isolated site"
    return f"1/s per site {mechanism.site_types[0]}"


def _warnings(
    catalyst: Catalyst,
    point: OperatingPoint,
    mechanism: Mechanism,
    conditions: Conditions,
    assumed: tuple[float, ...],
    others: Sequence[Alternative],
    response: Sensitivities | None,
) -> tuple[str, ...]:
    used = (
        set(mechanism.network.species)
        | set(mechanism.network.transition_states)
        | {s.id for s in mechanism.network.steps}
    )
    warnings = [*catalyst.caveats_of(used), *mechanism.off_temperature(conditions.T, used)]
    if assumed:
        listed = ", ".join(f"{b:g}" for b in assumed)
        warnings.append(
            f"barriers of {len(catalyst.mechanism.steps_without_law)} steps are not published: assumed at {listed} eV "
            f"in turn; every turnover is a band, the value given stands at {_central(assumed):g} eV."
        )
    failed = [f"{a.label} ({a.status.rstrip('.')})" for a in others if not a.success]
    if failed:
        warnings.append(f"no band: {'; '.join(failed)}.")
    if mechanism.electrochemical and not evolves_hydrogen(mechanism.network):
        warnings.append("the network has no hydrogen evolution: no Faradaic efficiency can be had from it.")
    if response is not None and response.apparent_activation_energy is None:
        warnings.append("no apparent activation energy: the enthalpy of some states is not published.")
    if response is not None and conditions.U_SHE is not None:
        warnings.append("the apparent activation energy is taken at constant potential against RHE.")
    capped = () if response is None else response.capped_steps
    if capped:
        warnings.append(
            "derivatives follow the caps that hold these barriers up, with a kink where a cap takes over: "
            f"{'; '.join(capped)}."
        )
    if mechanism.interactions:
        warnings.append(
            "interactions move energies linearly; caps and barrierless rules are those of the bare surface."
        )
    warnings += mechanism.closure.sentences
    shown = [note for note in point.inputs.notes if not (assumed and "is assumed" in note)]
    return tuple(dict.fromkeys([*warnings, *shown, *catalyst.notes]))

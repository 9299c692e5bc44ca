"""The catalyst file as pydantic models: keys, units and forms, nothing about chemistry."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nrrsim.units import parse_quantities, parse_quantity

FORMAT = "nrrsim-catalyst/1"


def _quantity(unit: str) -> Any:
    return BeforeValidator(functools.partial(parse_quantity, unit=unit))


Energy = Annotated[float, _quantity("eV")]
Entropy = Annotated[float, _quantity("eV/K")]
Temperature = Annotated[float, _quantity("K")]
Pressure = Annotated[float, _quantity("bar")]
Potential = Annotated[float, _quantity("V")]
Rate = Annotated[float, _quantity("1/s")]
SiteDensity = Annotated[float, _quantity("1/angstrom**2")]
ModeEnergies = Annotated[tuple[float, ...], BeforeValidator(functools.partial(parse_quantities, unit="eV"))]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(_Entry):
    """Where the numbers come from."""

    doi: str = ""
    method: str = ""
    note: str = ""
    citation: str = ""
    level: str = ""


class SiteTypeEntry(_Entry):
    """One type of site: its density, or its number per site of the first type."""

    density: SiteDensity | None = None
    ratio: float | None = Field(default=None, gt=0)


class SiteEntry(_Entry):
    """The site model."""

    model: Literal["surface", "isolated"]
    types: dict[str, SiteTypeEntry] = {}


class GasEntry(_Entry):
    """Who carries the method's gas-phase error."""

    policy: Literal["own", "experiment"]
    error_on: Literal["NH3(g)", "N2(g)", "H2(g)"] | None = None
    dataset: str | None = None


class AtEntry(_Entry):
    """Where a published number holds."""

    T: Temperature
    p: dict[str, Pressure] = {}


class CorrectionEntry(_Entry):
    """A correction with its reason and source."""

    value: Energy
    reason: str
    source: str


class BepEntry(_Entry):
    """A barrier from the reaction energy of a reference equation."""

    slope: float
    intercept: Energy
    of: str


class StateEntry(_Entry):
    """A species or transition state in one of the forms of its energy."""

    energy: Energy | None = None
    thermo: Literal["shipped"] | None = None
    frequencies: ModeEnergies | None = None
    degeneracy: tuple[float, ...] | None = None
    enthalpy: Energy | None = None
    entropy: Entropy | None = None
    gibbs: Energy | None = None
    gibbs_correction: Energy | None = None
    at: AtEntry | None = None
    bep: BepEntry | None = None
    correction: CorrectionEntry | None = None
    composition: dict[str, int] | None = None
    missing: str | None = None


class LowModesEntry(_Entry):
    """What is done to soft modes."""

    policy: Literal["as-is", "raise", "quasi-harmonic"]
    cutoff: Energy = 0.0


class InteractionEntry(_Entry):
    """d mu(species)/d theta(by)."""

    species: str
    by: str
    energy: Energy


class ReverseEntry(_Entry):
    """A published reverse constant; A is read with the unit that the step's gases give it."""

    A: str
    Ea: Energy


class RateEntry(_Entry):
    """One of: sticking; A and Ea; kf and kr at conditions; an electrochemical barrier."""

    sticking: float | None = Field(default=None, gt=0, le=1)
    A: str | None = None
    Ea: Energy | None = None
    reverse: ReverseEntry | None = None
    kf: Rate | None = None
    kr: Rate | None = None
    at: AtEntry | None = None
    barrier: Energy | None = None
    U_RHE: Potential | None = None
    beta: float | None = Field(default=None, ge=0, le=1)
    donor: Literal["H3O+", "H2O"] | None = None


class EquilibriumEntry(_Entry):
    """K = A exp(-dH/RT), or thermodynamics' own K when empty."""

    A: str | float | None = None
    dH: Energy | None = None


class StepEntry(_Entry):
    """A step with a rate law or an id of its own."""

    equation: str
    id: str | None = None
    rate: RateEntry | None = None
    equilibrium: EquilibriumEntry | None = None


class ClosureEntry(_Entry):
    """The step whose reverse constant closes the cycle."""

    step: str


class LumpEntry(_Entry):
    """Steps the source takes together."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    note: str = ""


class AssumeEntry(_Entry):
    """Barriers to assume where none is published."""

    Ga0: tuple[Energy, ...] = Field(min_length=1)


class ConditionsEntry(_Entry):
    """Default conditions."""

    T: Temperature
    p: dict[str, Pressure] = {}
    U_RHE: Potential | None = None
    U_SHE: Potential | None = None
    pH: float | None = None


class CatalystFile(_Entry):
    """A whole catalyst file."""

    format: Literal["nrrsim-catalyst/1"]
    name: str
    source: SourceEntry
    site: SiteEntry
    gas: GasEntry
    species: dict[str, StateEntry]
    steps: tuple[str | StepEntry, ...] = Field(min_length=1)
    conditions: ConditionsEntry
    zeros_agree: str | None = None
    transition_states: dict[str, StateEntry] = {}
    interactions: tuple[InteractionEntry, ...] = ()
    closure: Literal["as-published"] | ClosureEntry | None = None
    lump: LumpEntry | None = None
    assume: AssumeEntry | None = None
    low_modes: LowModesEntry | None = None
    caveats: dict[str, str] = {}
    notes: tuple[str, ...] = ()

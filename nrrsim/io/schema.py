"""The catalyst file as pydantic models: keys, units and forms, nothing about chemistry."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from nrrsim.errors import InputError, shortened
from nrrsim.units import INVERSE_CM, parse_quantities, parse_quantity

FORMAT = "nrrsim-catalyst/1"

# Beyond these a number has another meaning than the one asked for, or a slip in it.
LARGEST_ENERGY = 100.0  # formation energies and barriers are some eV, total energies are thousands [eV]
LARGEST_ENTROPY = 0.1  # of one particle; N2 has 0.002 at room temperature [eV/K]
MOST_SITES, FEWEST_SITES = 1.0, 1e-9  # metals have 0.1 to 0.2; fewer are one in a square of 3 micrometres [1/angstrom2]
LARGEST_MODE, SMALLEST_MODE = 1.0, 1e-5  # H2 vibrates at 0.55, and softer than the second is no mode [eV]


def _quantity(unit: str) -> Any:
    return BeforeValidator(functools.partial(parse_quantity, unit=unit))


def _site_density(density: float) -> float:
    if not FEWEST_SITES <= density <= MOST_SITES:
        what = f"a density of {density:.3g} sites per square Angstrom is none of a surface: metals have 0.1 to 0.2."
        raise InputError(what, remedy="see the exponent and the unit, such as 2.6e-9 mol/cm2 or 16 1/nm2.")
    return density


def _positive_temperature(T: float) -> float:
    if T <= 0:
        raise InputError(f"T = {T:g} K is not a temperature.", remedy="give T > 0 K.")
    return T


def _pressure(p: float) -> float:
    if p < 0:
        raise InputError(f"the pressure is negative ({p:g} bar).", remedy="give p >= 0 bar.")
    return p


def _text_or_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise InputError(
            f"found '{shortened(value)}' where a quantity is needed.", remedy="write a number and its unit."
        )
    return value


def _formation_energy(energy: float) -> float:
    if abs(energy) > LARGEST_ENERGY:
        raise InputError(
            f"{energy:g} eV is no formation energy or barrier.",
            remedy="count from N2(g), H2(g) and the clean site; a total energy is none.",
        )
    return energy


def _entropy(S: float) -> float:
    if abs(S) > LARGEST_ENTROPY:
        raise InputError(f"{S:g} eV/K is no entropy of one particle.", remedy="an adsorbate has some 0.001 eV/K.")
    return S


def _modes(energies: tuple[float, ...]) -> tuple[float, ...]:
    for energy in energies:
        if abs(energy) > LARGEST_MODE or 0 < energy < SMALLEST_MODE:
            raise InputError(
                f"{energy / INVERSE_CM:g} 1/cm is no vibration.", remedy="give modes of some 10 to 4400 1/cm."
            )
    return energies


Number = Annotated[float, Field(strict=True)]  # no text and no truth value is a number
Equation = Annotated[str, Field(max_length=1000)]
Count = Annotated[int, Field(strict=True, ge=1, le=1000)]
Prefactor = Annotated[Any, AfterValidator(_text_or_number)]  # read with the unit that the step's gases give it
Energy = Annotated[float, AfterValidator(_formation_energy), _quantity("eV")]
Entropy = Annotated[float, AfterValidator(_entropy), _quantity("eV/K")]
Temperature = Annotated[float, AfterValidator(_positive_temperature), _quantity("K")]
Pressure = Annotated[float, AfterValidator(_pressure), _quantity("bar")]
Potential = Annotated[float, _quantity("V")]
Rate = Annotated[float, _quantity("1/s")]
SiteDensity = Annotated[float, AfterValidator(_site_density), _quantity("1/angstrom**2")]
ModeEnergies = Annotated[
    tuple[float, ...],
    AfterValidator(_modes),
    BeforeValidator(functools.partial(parse_quantities, unit="eV")),
]


class Entry(BaseModel):
    """A mapping of the file: unknown keys and numbers that are not finite are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourceEntry(Entry):
    """Where the numbers come from."""

    doi: str = ""
    method: str = ""
    note: str = ""
    citation: str = ""
    level: str = ""


class SiteTypeEntry(Entry):
    """One type of site: its density, or its number per site of the first type."""

    density: SiteDensity | None = None
    ratio: Number | None = Field(default=None, gt=0)


class SiteEntry(Entry):
    """The site model."""

    model: Literal["surface", "isolated"]
    types: dict[str, SiteTypeEntry] = {}


class GasEntry(Entry):
    """Who carries the method's gas-phase error."""

    policy: Literal["own", "experiment"]
    error_on: Literal["NH3(g)", "N2(g)", "H2(g)"] | None = None
    dataset: str | None = None


class AtEntry(Entry):
    """Where a published number holds."""

    T: Temperature
    p: dict[str, Pressure] = {}


class CorrectionEntry(Entry):
    """A correction with its reason and source."""

    value: Energy
    reason: str
    source: str


class BepEntry(Entry):
    """A barrier from the reaction energy of a reference equation."""

    slope: Number
    intercept: Energy
    of: Equation


class StateEntry(Entry):
    """A species or transition state in one of the forms of its energy."""

    energy: Energy | None = None
    thermo: Literal["shipped"] | None = None
    frequencies: ModeEnergies | None = None
    degeneracy: tuple[Number, ...] | None = None
    enthalpy: Energy | None = None
    entropy: Entropy | None = None
    gibbs: Energy | None = None
    gibbs_correction: Energy | None = None
    at: AtEntry | None = None
    bep: BepEntry | None = None
    correction: CorrectionEntry | None = None
    composition: dict[str, Count] | None = None
    missing: str | None = None


class LowModesEntry(Entry):
    """What is done to soft modes."""

    policy: Literal["as-is", "raise", "quasi-harmonic"]
    cutoff: Energy = 0.0


class InteractionEntry(Entry):
    """d mu(species)/d theta(by)."""

    species: str
    by: str
    energy: Energy


class ReverseEntry(Entry):
    """A published reverse constant; A is read with the unit that the step's gases give it."""

    A: Prefactor
    Ea: Energy


class RateEntry(Entry):
    """One of: sticking; A and Ea; kf and kr at conditions; an electrochemical barrier."""

    sticking: Number | None = Field(default=None, gt=0, le=1)
    A: Prefactor | None = None
    Ea: Energy | None = None
    reverse: ReverseEntry | None = None
    kf: Rate | None = None
    kr: Rate | None = None
    at: AtEntry | None = None
    barrier: Energy | None = None
    U_RHE: Potential | None = None
    beta: Number | None = Field(default=None, ge=0, le=1)
    donor: Literal["H3O+", "H2O"] | None = None


class EquilibriumEntry(Entry):
    """K = A exp(-dH/RT), or thermodynamics' own K when empty."""

    A: Prefactor | None = None
    dH: Energy | None = None


class StepEntry(Entry):
    """A step with a rate law or an id of its own."""

    equation: Equation
    id: str | None = None
    rate: RateEntry | None = None
    equilibrium: EquilibriumEntry | None = None


class ClosureEntry(Entry):
    """The step whose reverse constant closes the cycle."""

    step: str


class LumpEntry(Entry):
    """Steps the source takes together."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    note: str = ""


class ExpandEntry(Entry):
    """A whole site made from steps between single adsorbates."""

    capacity: Count
    energies: Literal["additive"]


class AssumeEntry(Entry):
    """Barriers to assume where none is published."""

    Ga0: tuple[Annotated[float, Field(gt=0), _quantity("eV")], ...] = Field(min_length=1)


class ConditionsEntry(Entry):
    """Default conditions."""

    T: Temperature
    p: dict[str, Pressure] = {}
    U_RHE: Potential | None = None
    U_SHE: Potential | None = None
    pH: Number | None = None


class CatalystFile(Entry):
    """A whole catalyst file."""

    format: Literal["nrrsim-catalyst/1"]
    name: str
    source: SourceEntry
    site: SiteEntry
    gas: GasEntry
    species: dict[str, StateEntry]
    steps: tuple[Equation | StepEntry, ...] = Field(min_length=1)
    conditions: ConditionsEntry
    zeros_agree: str | None = None
    transition_states: dict[str, StateEntry] = {}
    interactions: tuple[InteractionEntry, ...] = ()
    closure: Literal["as-published"] | ClosureEntry | None = None
    lump: LumpEntry | None = None
    assume: AssumeEntry | None = None
    expand: ExpandEntry | None = None
    low_modes: LowModesEntry | None = None
    caveats: dict[str, str] = {}
    notes: tuple[str, ...] = ()

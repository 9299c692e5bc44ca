"""Experimental thermochemistry of the gases of N2 -> NH3 at 1 bar, shipped with its sources.

Enthalpies have two zeros here. `GasRecord.formation_enthalpy` counts from the elements at 298.15 K, as tables do.
`ShippedGas` counts from an electronic energy: H(T) = E + ZPE + [H(T) - H(0)]. The two meet in the experimental
electronic formation energy, E = dfH(0) - ZPE + sum ZPE(references) with dfH(0) from the data set's own enthalpy at
298.15 K and the increments, so that free energies of reaction from `ShippedGas` are those of the data set at every T.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.optimize import brentq

from nrrsim.errors import BalanceError, InputError, MissingEnergyError, nearest
from nrrsim.thermo.protocol import FloatArray
from nrrsim.units import AVOGADRO, EV, GAS_CONSTANT, K_B, STANDARD_PRESSURE, parse_quantity
from nrrsim.yaml import parse, plain

DEFAULT_DATASET = "NASA TM-4513"
ROOM_TEMPERATURE = 298.15  # of tabulated formation enthalpies [K]

_DATA = "gas_thermochemistry.yaml"
_R = GAS_CONSTANT / AVOGADRO / EV  # gas constant per molecule [eV/K]
_BALANCE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class GasRecord:
    """One gas of one data set.

    Parameters
    ----------
    formula : str
        The gas, for example 'NH3'.
    composition : mapping of str to int
        Atoms of each element.
    dataset : str
        Name of the data set.
    source : str
        Citations of everything in the record.
    caveats : tuple of str
        What to know before relying on it.
    low, high : numpy.ndarray
        NASA polynomial coefficients a1 to a7 below and above `T_break`, shape (7,).
    T_min, T_break, T_max : float
        Range of validity [K].
    enthalpy_shift : float
        Added to the polynomial's enthalpy by the data set [eV].
    increment_298 : float
        H(298.15 K) - H(0 K) [eV].
    published_zpe : float or None
        Zero-point energy [eV]; None where no source gives one. Read it through `zpe`, which then refuses.
    """

    formula: str
    composition: Mapping[str, int]
    dataset: str
    source: str
    caveats: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    T_min: float
    T_break: float
    T_max: float
    enthalpy_shift: float
    increment_298: float
    published_zpe: float | None

    @property
    def zpe(self) -> float:
        """Zero-point energy [eV]; MissingEnergyError where none is published."""
        if self.published_zpe is None:
            raise MissingEnergyError(
                f"the zero-point energy of {self.formula} is missing: no sourced anharmonic value is shipped.",
                where=f"{self.formula}(g)",
                remedy="give this gas its own energy with frequencies, or its enthalpy and entropy.",
            )
        return self.published_zpe

    def formation_enthalpy(self, T: FloatArray) -> FloatArray:
        """H(T) [eV], shape (c,), counted from the elements at 298.15 K; 200 to 1500 K."""
        T, a = self._coefficients(T)
        powers = sum(a[k] * T ** (k + 1) / (k + 1) for k in range(5))
        return np.asarray(_R * (powers + a[5]) + self.enthalpy_shift, dtype=float)

    def enthalpy_increment(self, T: FloatArray) -> FloatArray:
        """H(T) - H(0) [eV], shape (c,); 200 to 1500 K."""
        return self.formation_enthalpy(T) - self._enthalpy_298 + self.increment_298

    def entropy(self, T: FloatArray) -> FloatArray:
        """S(T) [eV/K] at 1 bar, shape (c,); 200 to 1500 K."""
        T, a = self._coefficients(T)
        powers = sum(a[k] * T**k / k for k in range(1, 5))
        return np.asarray(_R * (a[0] * np.log(T) + powers + a[6]), dtype=float)

    @property
    def enthalpy_at_zero(self) -> float:
        """H(0 K) [eV], counted from the elements at 298.15 K."""
        return self._enthalpy_298 - self.increment_298

    @property
    def electronic_formation_energy(self) -> float:
        """Experimental electronic energy [eV] against electronic N2, H2 and H2O.

        For H2O it is zero by definition; MissingEnergyError where the zero-point energy is not published.
        """
        return self.energy_at_zero - self.zpe

    @property
    def energy_at_zero(self) -> float:
        """Experimental electronic plus zero-point energy [eV] against N2, H2, H2O; no ZPE of its own enters."""
        references = {formula: gas_record(formula, self.dataset) for formula in _references(self.composition)}
        return self.enthalpy_at_zero - sum(
            count * (references[formula].enthalpy_at_zero - references[formula].zpe)
            for formula, count in _references(self.composition).items()
        )

    @property
    def _enthalpy_298(self) -> float:
        return float(self.formation_enthalpy(np.array([ROOM_TEMPERATURE]))[0])

    def _coefficients(self, T: FloatArray) -> tuple[FloatArray, FloatArray]:
        """T as checked, and the coefficients for each, shape (7, c)."""
        T = np.asarray(T, dtype=float)
        outside = T[(self.T_min > T) | (self.T_max < T) | np.isnan(T)]
        if outside.size:
            raise InputError(
                f"the shipped thermochemistry of {self.formula} does not reach {outside.flat[0]:g} K.",
                where=f"{self.formula}(g)",
                remedy=f"stay between {self.T_min:g} and {self.T_max:g} K, or give enthalpy and entropy.",
            )
        shape = (7,) + (1,) * T.ndim
        return T, np.where(self.T_break > T, self.low.reshape(shape), self.high.reshape(shape))


@dataclass(frozen=True, eq=False)
class ShippedGas:
    """H = E + ZPE + [H(T) - H(0)] and S(T) at 1 bar, all but E from experiment.

    Parameters
    ----------
    record : GasRecord
        The experimental data; with a method's own energy its zero-point energy must be published.
    own_energy : float or None
        A method's own electronic formation energy [eV]; experiment's when None.
    """

    record: GasRecord
    own_energy: float | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.energy_at_zero):
            raise InputError(
                f"the energy is {self.own_energy} eV.",
                where=f"{self.record.formula}(g)",
                remedy="give a finite number.",
            )

    @property
    def energy(self) -> float:
        """Electronic formation energy [eV]."""
        return self.record.electronic_formation_energy if self.own_energy is None else self.own_energy

    @property
    def energy_at_zero(self) -> float:
        """Electronic plus zero-point energy [eV]."""
        return self.record.energy_at_zero if self.own_energy is None else self.own_energy + self.record.zpe

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,); 200 to 1500 K."""
        return self.energy_at_zero + self.record.enthalpy_increment(T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K] at 1 bar, shape (c,); 200 to 1500 K."""
        return self.record.entropy(T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G = H - T S [eV], shape (c,); 200 to 1500 K."""
        return self.enthalpy(T) - np.asarray(T, dtype=float) * self.entropy(T)

    @property
    def notes(self) -> tuple[str, ...]:
        """The data set, its sources and caveats."""
        name = f"{self.record.formula}(g)"
        source = f"{name}: experimental ZPE, H(T) and S(T) of {self.record.dataset} ({self.record.source})."
        return (source, *(f"{name}: {caveat}" for caveat in self.record.caveats))


def available_gases() -> tuple[str, ...]:
    """Formulas of the shipped gases."""
    return tuple(_data()["gases"])


def datasets() -> tuple[str, ...]:
    """Names of the shipped data sets."""
    return tuple(_data()["datasets"])


def gas_record(formula: str, dataset: str = DEFAULT_DATASET) -> GasRecord:
    """The record of a gas.

    Parameters
    ----------
    formula : str
        For example 'NH3'.
    dataset : str
        One of `datasets()`.

    Raises
    ------
    InputError
        If the gas or the data set is unknown.
    MissingEnergyError
        If the data set has no formation enthalpy of this gas.
    """
    if dataset not in datasets():
        raise InputError(f"'{dataset}' is no data set of gas thermochemistry.", remedy=nearest(dataset, datasets()))
    if formula not in available_gases():
        raise InputError(
            f"no thermochemistry of '{formula}' is shipped.",
            remedy=f"{nearest(formula, available_gases())} Otherwise give the gas its own energy with frequencies.",
        )
    return _record(formula, dataset)


def experimental_gas(formula: str, dataset: str = DEFAULT_DATASET) -> ShippedGas:
    """A gas whose electronic energy is experimental too."""
    return ShippedGas(gas_record(formula, dataset))


def reaction_gibbs(stoichiometry: Mapping[str, float], T: FloatArray, dataset: str = DEFAULT_DATASET) -> FloatArray:
    """Experimental Gibbs energy of a gas reaction at 1 bar [eV], shape (c,).

    Parameters
    ----------
    stoichiometry : mapping of str to float
        Coefficients, negative for what is consumed: {'N2': -1, 'H2': -3, 'NH3': 2}.
    T : numpy.ndarray
        Temperature [K], shape (c,), 200 to 1500 K.
    dataset : str
        One of `datasets()`.

    Raises
    ------
    BalanceError
        If the reaction does not conserve the elements.
    """
    records = {formula: gas_record(formula, dataset) for formula in stoichiometry}
    _check_balance(stoichiometry, records)
    T = np.asarray(T, dtype=float)
    gibbs = np.zeros_like(T)
    for formula, nu in stoichiometry.items():
        gibbs = gibbs + nu * (records[formula].formation_enthalpy(T) - T * records[formula].entropy(T))
    return gibbs


def equilibrium_ammonia_fraction(
    T: float, pressure: float, *, ratio: float = 3.0, dataset: str = DEFAULT_DATASET
) -> float:
    """Mole fraction of NH3 where an ideal-gas feed of H2 and N2 is at equilibrium.

    Parameters
    ----------
    T : float
        Temperature [K], 200 to 1500 K.
    pressure : float
        Total pressure [bar].
    ratio : float
        H2 : N2 of the feed.
    dataset : str
        One of `datasets()`.

    Notes
    -----
    Solves ln K = sum nu ln(y p/p0) for the extent; at 673 K the gas is ideal to some percent below 100 bar.
    """
    if not (pressure > 0 and ratio > 0):
        raise InputError(f"the pressure is {pressure} bar and H2 : N2 is {ratio}.", remedy="both must be positive.")
    gibbs = reaction_gibbs({"N2": -1.0, "H2": -3.0, "NH3": 2.0}, np.array([T]), dataset)
    ln_K = -float(gibbs[0]) / (K_B * T)

    def imbalance(extent: float) -> float:
        """Ln of the reaction quotient over K at an extent per mole of N2 fed."""
        n_N2, n_H2, n_NH3 = 1.0 - extent, ratio - 3.0 * extent, 2.0 * extent
        total = n_N2 + n_H2 + n_NH3
        ln_Q = 2 * math.log(n_NH3) - math.log(n_N2) - 3 * math.log(n_H2)
        return ln_Q + 2 * math.log(total * STANDARD_PRESSURE / pressure) - ln_K

    most = min(1.0, ratio / 3.0)
    extent = float(brentq(imbalance, most * 1e-15, most * (1 - 1e-15), xtol=1e-16, rtol=1e-14))
    return 2 * extent / (1 + ratio - 2 * extent)


def _references(composition: Mapping[str, int]) -> dict[str, float]:
    """How many N2, H2 and H2O hold the same atoms."""
    nitrogen, hydrogen, oxygen = (composition.get(element, 0) for element in ("N", "H", "O"))
    return {"N2": nitrogen / 2, "H2": hydrogen / 2 - oxygen, "H2O": float(oxygen)}


def _check_balance(stoichiometry: Mapping[str, float], records: Mapping[str, GasRecord]) -> None:
    elements = {element for record in records.values() for element in record.composition}
    for element in sorted(elements):
        change = sum(nu * records[formula].composition.get(element, 0) for formula, nu in stoichiometry.items())
        if abs(change) > _BALANCE_TOLERANCE:
            raise BalanceError(
                f"the reaction changes the number of {element} atoms by {change:g}.",
                remedy="give balanced coefficients, negative for what is consumed.",
            )


@functools.cache
def _data() -> Mapping[str, Any]:
    text = resources.files("nrrsim").joinpath("data", _DATA).read_text(encoding="utf-8")
    data = plain(parse(text, _DATA))
    assert isinstance(data, dict)
    return MappingProxyType(data)


@functools.cache
def _record(formula: str, dataset: str) -> GasRecord:
    data = _data()
    entry, validity = data["gases"][formula], data["validity"]
    T_min, T_break, T_max = (parse_quantity(validity[key], "K") for key in ("T_min", "T_break", "T_max"))
    zpe = entry.get("zero_point")
    polynomial = GasRecord(
        formula=formula,
        composition=MappingProxyType(dict(entry["composition"])),
        dataset=dataset,
        source=_sources(data, entry, dataset),
        caveats=tuple(entry.get("caveats", ())),
        low=_frozen(entry["low"]),
        high=_frozen(entry["high"]),
        T_min=T_min,
        T_break=T_break,
        T_max=T_max,
        enthalpy_shift=0.0,
        increment_298=parse_quantity(entry["increment"]["value"], "eV"),
        published_zpe=None if zpe is None else parse_quantity(zpe["value"], "eV"),
    )
    return _with_dataset_enthalpy(polynomial, data["datasets"][dataset])


def _with_dataset_enthalpy(record: GasRecord, dataset: Mapping[str, Any]) -> GasRecord:
    """The record with the data set's own formation enthalpy at 298.15 K, where it has its own."""
    if "formation_enthalpy_298" not in dataset:
        return record
    own = dataset["formation_enthalpy_298"].get(record.formula)
    if own is None:
        raise MissingEnergyError(
            f"the data set {record.dataset} has no formation enthalpy of {record.formula}.",
            where=f"{record.formula}(g)",
            remedy=f"use '{DEFAULT_DATASET}', or give the gas its own energy.",
        )
    return replace(record, enthalpy_shift=parse_quantity(own["value"], "eV") - record._enthalpy_298)


def _sources(data: Mapping[str, Any], entry: Mapping[str, Any], dataset: str) -> str:
    """Citations of the data set, the zero-point energy and the increment."""
    keys = [entry[key]["source"] for key in ("zero_point", "increment") if key in entry]
    own = data["datasets"][dataset].get("citation")
    citations = [data["sources"][key] for key in ("polynomials", *keys)]
    return "; ".join(citations if own is None else [own, *citations])


def _frozen(values: list[float]) -> FloatArray:
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array

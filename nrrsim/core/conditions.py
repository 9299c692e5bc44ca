"""Conditions: temperature, gas pressures, electrode potential with its scale, and pH."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.units import K_B

LARGEST_PRESSURE = 1e4  # gases are ideal here, and 1 bar written in Pa must not pass [bar]
_LARGEST = {  # what an experiment can reach, and the slip behind more
    "U_RHE": (20.0, " V", "give the potential in V, not mV."),
    "U_SHE": (20.0, " V", "give the potential in V, not mV."),
    "pH": (30.0, "", "give -log10 of the proton activity."),
}

Kelvin = TypeVar("Kelvin", float, NDArray[np.float64])


@dataclass(frozen=True)
class Conditions:
    """One point of operation.

    Parameters
    ----------
    T : float
        Temperature [K].
    p : Mapping[str, float]
        Partial pressures by gas formula, e.g. {"N2": 23.75} [bar]; zero is allowed.
    U_RHE, U_SHE : float or None
        Electrode potential on the scale the name says [V]; one of them at most.
    pH : float or None
        Needed with U_SHE, and by donors.

    Raises
    ------
    InputError
        If T <= 0, a pressure is negative or given twice, a value is no finite number, or U_SHE comes without pH.
    """

    T: float
    p: Mapping[str, float] = field(default_factory=dict)
    U_RHE: float | None = None
    U_SHE: float | None = None
    pH: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "T", _finite("T", self.T))
        object.__setattr__(self, "p", MappingProxyType(by_formula(self.p)))
        for name in ("U_RHE", "U_SHE", "pH"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _finite(name, getattr(self, name)))
        self._check_range()
        if self.T <= 0:
            raise InputError(f"T = {self.T:g} K is not a temperature.", where="conditions", remedy="give T > 0 K.")
        for gas, pressure in self.p.items():
            if pressure < 0:
                raise InputError(
                    f"the pressure of {gas} is negative ({pressure:g} bar).",
                    where="conditions",
                    remedy="give p >= 0 bar.",
                )
        if self.U_RHE is not None and self.U_SHE is not None:
            raise InputError("both U_RHE and U_SHE are given.", where="conditions", remedy="give one of them.")
        if self.U_SHE is not None and self.pH is None:
            raise InputError(
                f"U_SHE = {self.U_SHE:g} V needs a pH.",
                where="conditions",
                remedy="give pH, or the potential as U_RHE.",
            )

    def _check_range(self) -> None:
        for name, value in {"U_RHE": self.U_RHE, "U_SHE": self.U_SHE, "pH": self.pH}.items():
            if value is not None:
                check_size(name, value, where="conditions")
        for gas, pressure in self.p.items():
            if pressure > LARGEST_PRESSURE:
                raise InputError(
                    f"the pressure of {gas} is {pressure:g} bar, where no gas is ideal.",
                    where="conditions",
                    remedy="give pressures in bar, not Pa.",
                )

    def __reduce__(self) -> tuple[Any, ...]:  # read-only mappings cannot be pickled, workers of a sweep need it
        return Conditions, (self.T, dict(self.p), self.U_RHE, self.U_SHE, self.pH)

    @property
    def U(self) -> float | None:
        """The potential against RHE [V]: U_RHE = U_SHE + (kT ln10 / e) pH; None without a potential."""
        if self.U_SHE is not None and self.pH is not None:
            return self.U_SHE + volts_per_pH(self.T) * self.pH
        return self.U_RHE


def check_size(name: str, value: float, *, where: str) -> None:
    """Refuse a "U_RHE" or "U_SHE" [V] or a "pH" beyond what an experiment can reach."""
    limit, unit, remedy = _LARGEST[name]
    if abs(value) > limit:
        raise InputError(f"{name} = {value:g}{unit} is out of reach.", where=where, remedy=remedy)


def volts_per_pH(T: Kelvin) -> Kelvin:
    """What one unit of pH moves RHE against SHE: kT ln10 / e [V], T in K."""
    return K_B * T * math.log(10)


def _finite(name: str, value: Any) -> float:
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} = {value!r} is not a number.", where="conditions", remedy="give a number.") from error
    if not math.isfinite(number):
        raise InputError(f"{name} = {number} is not finite.", where="conditions", remedy="give a finite number.")
    return number


def by_formula(p: Mapping[str, float]) -> dict[str, float]:
    """Pressures by gas formula, "N2(g)" as "N2"; one that is given twice so is refused."""
    pressures: dict[str, float] = {}
    for name, value in p.items():
        gas = name.removesuffix("(g)")
        if gas in pressures:
            raise InputError(
                f"the pressure of {gas} is given twice ('{gas}' and '{gas}(g)').",
                where="conditions",
                remedy="give it once.",
            )
        pressures[gas] = _finite(f"p of {gas}", value)
    return pressures

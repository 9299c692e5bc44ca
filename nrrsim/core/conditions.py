"""Conditions: temperature, gas pressures, electrode potential with its scale, and pH."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nrrsim.errors import InputError
from nrrsim.units import K_B


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
        If T <= 0, a pressure is negative, a number is not finite, or U_SHE comes without pH.
    """

    T: float
    p: Mapping[str, float] = field(default_factory=dict)
    U_RHE: float | None = None
    U_SHE: float | None = None
    pH: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", MappingProxyType({k.removesuffix("(g)"): float(v) for k, v in self.p.items()}))
        self._check_finite()
        if self.T <= 0:
            raise InputError(f"T = {self.T} K is not a temperature.", where="conditions", remedy="give T > 0 K.")
        for gas, pressure in self.p.items():
            if pressure < 0:
                raise InputError(
                    f"the pressure of {gas} is negative ({pressure} bar).",
                    where="conditions",
                    remedy="give p >= 0 bar.",
                )
        if self.U_RHE is not None and self.U_SHE is not None:
            raise InputError("both U_RHE and U_SHE are given.", where="conditions", remedy="give one of them.")
        if self.U_SHE is not None and self.pH is None:
            raise InputError(
                f"U_SHE = {self.U_SHE} V needs a pH.", where="conditions", remedy="give pH, or the potential as U_RHE."
            )

    def _check_finite(self) -> None:
        named = {"T": self.T, "U_RHE": self.U_RHE, "U_SHE": self.U_SHE, "pH": self.pH}
        for name, value in {**named, **{f"p of {gas}": value for gas, value in self.p.items()}}.items():
            if value is not None and not math.isfinite(value):
                raise InputError(f"{name} = {value} is not finite.", where="conditions", remedy="give a finite number.")

    @property
    def U(self) -> float | None:
        """The potential against RHE [V]: U_RHE = U_SHE + (kT ln10 / e) pH; None without a potential."""
        if self.U_SHE is not None and self.pH is not None:
            return self.U_SHE + K_B * self.T * math.log(10) * self.pH
        return self.U_RHE

"""Where the oxygen of a vacancy goes: chemical potentials of O in gases and at electrodes.

Each reservoir gives mu_O [eV] in the zero of a method's own electronic energies of H2 and H2O, so that
G = E(reduced) + n mu_O - E(host) needs nothing else of that method. Temperatures, pressures and potentials broadcast.

References
----------
.. [WagnerPruss1993] W. Wagner, A. Pruss, J. Phys. Chem. Ref. Data 22 (1993) 783, doi 10.1063/1.555926.
.. [Norskov2004] J. K. Norskov et al., J. Phys. Chem. B 108 (2004) 17886, doi 10.1021/jp047349j.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from nrrsim.core.conditions import LARGEST_PRESSURE, check_size
from nrrsim.errors import InputError
from nrrsim.thermo.electrode import proton_electron_potential, rhe_from_she
from nrrsim.thermo.protocol import FloatArray
from nrrsim.thermo.shipped import ShippedGas, gas_record
from nrrsim.units import K_B, STANDARD_PRESSURE, parse_quantity
from nrrsim.yaml import parse, plain

_VAPOUR = "water_vapour_pressure.yaml"


@dataclass(frozen=True)
class GasEnergies:
    """A method's own electronic energies of the molecules that oxygen is counted from.

    Parameters
    ----------
    H2, H2O : float
        Of the molecules [eV].
    O2 : float or None
        Of the molecule [eV]. None takes it from water, as is right for functionals that overbind O2: the energy with
        which 2 H2 + O2 -> 2 H2O has its experimental enthalpy.
    """

    H2: float
    H2O: float
    O2: float | None = None

    def __post_init__(self) -> None:
        for name in ("H2", "H2O", "O2"):
            energy = getattr(self, name)
            if energy is not None and not math.isfinite(energy):
                raise InputError(f"the energy of {name} is {energy} eV.", where="gases", remedy="give a finite number.")

    @property
    def oxygen(self) -> float:
        """Electronic energy of O2 [eV]: the method's own, or E(O2) = 2 E(H2O) - 2 E(H2) + experiment."""
        if self.O2 is not None:
            return self.O2
        return 2 * self.H2O - 2 * self.H2 + gas_record("O2").electronic_formation_energy


class OxygenReservoir(Protocol):
    """What takes up the oxygen of a vacancy.

    `variable` names what a figure is drawn against, `span` is how far, `value` is where the reservoir stands and
    `at(values)` the same reservoir elsewhere.
    """

    @property
    def variable(self) -> str:
        """Name and unit of the variable."""
        ...

    @property
    def span(self) -> tuple[float, float]:
        """Range of the variable that is worth a look."""
        ...

    @property
    def value(self) -> FloatArray:
        """The variable of this reservoir, shape (c,) or ()."""
        ...

    @property
    def text(self) -> str:
        """The conditions in words."""
        ...

    def notes(self, T: ArrayLike) -> tuple[str, ...]:
        """Sentences on what was assumed, and on what cannot be at T [K]."""
        ...

    def at(self, values: ArrayLike) -> OxygenReservoir:
        """The same reservoir at other values of its variable, shape (c,)."""
        ...

    def mu_O(self, T: ArrayLike, energies: GasEnergies) -> FloatArray:
        """Chemical potential of oxygen [eV], shape (c,), at T [K]."""
        ...


@dataclass(frozen=True, eq=False)
class WaterHydrogen:
    """Oxygen leaves with hydrogen as water: mu_O = mu(H2O, T, p) - mu(H2, T, p).

    Parameters
    ----------
    p_H2O, p_H2 : float or array
        Pressures [bar], shape (c,) or scalar.
    """

    p_H2O: ArrayLike
    p_H2: ArrayLike

    variable: ClassVar[str] = "log10 p(H2O)/p(H2)"
    span: ClassVar[tuple[float, float]] = (-6.0, 6.0)

    def __post_init__(self) -> None:
        _check_pressure("p(H2O)", self.p_H2O)
        _check_pressure("p(H2)", self.p_H2)

    @property
    def value(self) -> FloatArray:
        """log10 p(H2O)/p(H2), shape (c,) or ()."""
        ratio = np.asarray(self.p_H2O, dtype=float) / np.asarray(self.p_H2, dtype=float)
        return np.asarray(np.log10(ratio), dtype=float)

    @property
    def text(self) -> str:
        """The pressures."""
        return f"p(H2O) = {_shown(self.p_H2O)} bar, p(H2) = {_shown(self.p_H2)} bar"

    def notes(self, T: ArrayLike) -> tuple[str, ...]:
        """What was assumed, and where the vapour would condense at T [K]."""
        assumed = "Oxygen leaves as H2O(g), made with H2(g); both are ideal gases."
        T, p = np.broadcast_arrays(np.asarray(T, dtype=float), np.asarray(self.p_H2O, dtype=float))
        low, high = _vapour()["T_min"], _vapour()["T_max"]
        known = (low <= T) & (high >= T)
        wet = T[known][p[known] > vapour_pressure(T[known])]
        if not wet.size:
            return (assumed,)
        at_most = float(vapour_pressure(wet[0]))
        return (
            assumed,
            f"p(H2O) = {_shown(self.p_H2O)} bar is more than the {at_most:.3g} bar at which water condenses at "
            f"{wet[0]:g} K: the free energy is that of a supersaturated vapour.",
        )

    def at(self, values: ArrayLike) -> WaterHydrogen:
        """The same p(H2) with other log10 p(H2O)/p(H2), shape (c,)."""
        return replace(self, p_H2O=np.asarray(self.p_H2, dtype=float) * 10.0 ** np.asarray(values, dtype=float))

    def mu_O(self, T: ArrayLike, energies: GasEnergies) -> FloatArray:
        """Chemical potential of oxygen [eV], shape (c,), at T [K], 200 to 1500 K."""
        return mu_gas("H2O", energies.H2O, T, self.p_H2O) - mu_gas("H2", energies.H2, T, self.p_H2)


@dataclass(frozen=True, eq=False)
class OxygenGas:
    """Oxygen leaves as O2: mu_O = mu(O2, T, p)/2.

    Parameters
    ----------
    p_O2 : float or array
        Pressure [bar], shape (c,) or scalar.
    """

    p_O2: ArrayLike

    variable: ClassVar[str] = "log10 p(O2)/bar"
    span: ClassVar[tuple[float, float]] = (-40.0, 1.0)

    def __post_init__(self) -> None:
        _check_pressure("p(O2)", self.p_O2)
        if np.any(np.asarray(self.p_O2, dtype=float) > LARGEST_PRESSURE):
            what = f"p(O2) is {_shown(self.p_O2)} bar, above {LARGEST_PRESSURE:g} bar, where no gas is ideal."
            raise InputError(what, where="reservoir", remedy="give the pressure in bar, not Pa.")

    @property
    def value(self) -> FloatArray:
        """log10 p(O2)/bar, shape (c,) or ()."""
        return np.asarray(np.log10(np.asarray(self.p_O2, dtype=float)), dtype=float)

    @property
    def text(self) -> str:
        """The pressure."""
        return f"p(O2) = {_shown(self.p_O2)} bar"

    def notes(self, T: ArrayLike) -> tuple[str, ...]:
        """What was assumed, at any T."""
        return (
            "Oxygen leaves as O2(g), an ideal gas; unless an energy of O2 was given, it is not computed but taken from "
            "water, so that 2 H2 + O2 -> 2 H2O has its experimental enthalpy.",
        )

    def at(self, values: ArrayLike) -> OxygenGas:
        """Oxygen at other log10 p(O2)/bar, shape (c,)."""
        return OxygenGas(10.0 ** np.asarray(values, dtype=float))

    def mu_O(self, T: ArrayLike, energies: GasEnergies) -> FloatArray:
        """Chemical potential of oxygen [eV], shape (c,), at T [K], 200 to 1500 K."""
        return mu_gas("O2", energies.oxygen, T, self.p_O2) / 2


@dataclass(frozen=True, eq=False)
class Electrode:
    """Oxygen leaves as liquid water: mu_O = mu(H2O, l) - 2 mu(H+ + e-), with the computational hydrogen electrode.

    Parameters
    ----------
    U_RHE : float or array, optional
        Potential against the reversible hydrogen electrode [V], shape (c,) or scalar.
    U_SHE : float or array, optional
        Potential against the standard hydrogen electrode [V]; give one of the two, this one with `pH`.
    pH : float or array, optional
        Of the electrolyte.
    """

    U_RHE: ArrayLike | None = None
    U_SHE: ArrayLike | None = None
    pH: ArrayLike | None = None

    span: ClassVar[tuple[float, float]] = (-1.5, 1.5)

    def __post_init__(self) -> None:
        if (self.U_RHE is None) == (self.U_SHE is None):
            raise InputError(
                "an electrode has one potential.", where="electrode", remedy="give U_RHE, or U_SHE with a pH."
            )
        if self.U_SHE is not None and self.pH is None:
            raise InputError("U_SHE needs a pH.", where="electrode", remedy="give the pH, or the potential as U_RHE.")
        for name in ("U_RHE", "U_SHE", "pH"):
            given = getattr(self, name)
            if given is not None and not np.all(np.isfinite(np.asarray(given, dtype=float))):
                raise InputError(f"{name} is {_shown(given)}.", where="electrode", remedy="give finite numbers.")
            for value in () if given is None else np.ravel(np.asarray(given, dtype=float)):
                check_size(name, float(value), where="electrode")

    @property
    def scale(self) -> str:
        """'RHE' or 'SHE'."""
        return "SHE" if self.U_RHE is None else "RHE"

    @property
    def variable(self) -> str:
        """The potential with its scale."""
        return f"U [V vs {self.scale}]"

    @property
    def value(self) -> FloatArray:
        """The potential in its scale [V], shape (c,) or ()."""
        return np.asarray(self.U_SHE if self.U_RHE is None else self.U_RHE, dtype=float)

    @property
    def text(self) -> str:
        """The potential, and the pH where it is known."""
        pH = "" if self.pH is None else f", pH {_shown(self.pH)}"
        return f"U = {_shown(self.value)} V vs {self.scale}{pH}"

    def notes(self, T: ArrayLike) -> tuple[str, ...]:
        """What was assumed, at any T."""
        return (
            "Oxygen leaves as H2O(l), made with protons and electrons (computational hydrogen electrode); H2O(l) is "
            f"ideal vapour at its vapour pressure ({_vapour()['source']}).",
        )

    def at(self, values: ArrayLike) -> Electrode:
        """The same pH at other potentials in the same scale [V], shape (c,)."""
        return replace(self, **{f"U_{self.scale}": np.asarray(values, dtype=float)})

    def potential_RHE(self, T: ArrayLike) -> FloatArray:
        """U_RHE [V], shape (c,), at T [K]."""
        if self.U_RHE is not None:
            return np.asarray(self.U_RHE, dtype=float)
        assert self.U_SHE is not None
        assert self.pH is not None
        return rhe_from_she(self.U_SHE, self.pH, T)

    def mu_O(self, T: ArrayLike, energies: GasEnergies) -> FloatArray:
        """Chemical potential of oxygen [eV], shape (c,), at T [K], 273.16 to 373.15 K."""
        mu_H2 = mu_gas("H2", energies.H2, T, STANDARD_PRESSURE)
        pair = proton_electron_potential(mu_H2, self.potential_RHE(T))
        return mu_gas("H2O", energies.H2O, T, vapour_pressure(T)) - 2 * pair


def mu_gas(formula: str, energy: float, T: ArrayLike, p: ArrayLike) -> FloatArray:
    """G = E + ZPE + [H(T) - H(0)] - T S + kT ln(p/p0) [eV] of an ideal gas, shape (c,).

    Parameters
    ----------
    formula : str
        A gas of the shipped thermochemistry.
    energy : float
        A method's own electronic energy [eV].
    T : array
        Temperature [K], 200 to 1500 K; refused outside.
    p : array
        Pressure [bar].
    """
    T = np.asarray(T, dtype=float)
    standard = ShippedGas(gas_record(formula), energy).gibbs(T)
    return np.asarray(standard + K_B * T * np.log(np.asarray(p, dtype=float) / STANDARD_PRESSURE), dtype=float)


def log10_oxygen_pressure(mu_O: ArrayLike, T: ArrayLike, energies: GasEnergies) -> FloatArray:
    """log10 p(O2)/bar of the oxygen gas with a chemical potential of O [eV] at T [K], shape (c,)."""
    T = np.asarray(T, dtype=float)
    excess = 2 * np.asarray(mu_O, dtype=float) - mu_gas("O2", energies.oxygen, T, STANDARD_PRESSURE)
    return np.asarray(excess / (K_B * T * math.log(10)) + math.log10(STANDARD_PRESSURE), dtype=float)


def vapour_pressure(T: ArrayLike) -> FloatArray:
    """Vapour pressure of water [bar], shape (c,), at T [K]: ln(p/p_c) = (T_c/T) sum_k a_k tau^n_k [WagnerPruss1993].

    Raises
    ------
    InputError
        Outside 273.16 to 373.15 K.
    """
    data, T = _vapour(), np.asarray(T, dtype=float)
    outside = T[~((data["T_min"] <= T) & (data["T_max"] >= T))]
    if outside.size:
        raise InputError(
            f"there is no liquid water at {outside.flat[0]:g} K here.",
            where="H2O(l)",
            remedy=f"stay between {data['T_min']:g} and {data['T_max']:g} K, or give p(H2O) and p(H2).",
        )
    tau = 1 - T / data["T_c"]
    powers = sum(a * tau**n for a, n in zip(data["a"], data["n"], strict=True))
    return np.asarray(data["p_c"] * np.exp(data["T_c"] / T * powers), dtype=float)


@functools.cache
def _vapour() -> Mapping[str, Any]:
    text = resources.files("nrrsim").joinpath("data", _VAPOUR).read_text(encoding="utf-8")
    data = plain(parse(text, _VAPOUR))
    assert isinstance(data, dict)
    limits = data["validity"]
    assert isinstance(limits, dict)
    read = {name: parse_quantity(limits[name], "K") for name in ("T_min", "T_max")}
    read |= {"T_c": parse_quantity(data["T_c"], "K"), "p_c": parse_quantity(data["p_c"], "bar")}
    return MappingProxyType({"a": data["a"], "n": data["n"], "source": data["source"], **read})


def _check_pressure(name: str, p: ArrayLike) -> None:
    values = np.asarray(p, dtype=float)
    if not np.all((values > 0) & np.isfinite(values)):
        raise InputError(f"{name} is {_shown(p)} bar.", where="reservoir", remedy="give a positive pressure in bar.")


def _shown(value: ArrayLike) -> str:
    """A number, or the ends of several."""
    values = np.unique(np.asarray(value, dtype=float))
    return f"{values[0]:g}" if values.size == 1 else f"{values[0]:g} to {values[-1]:g}"

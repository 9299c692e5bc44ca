"""Free energies as a source prints them, with nothing added."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.thermo.protocol import FloatArray

TEMPERATURE_TOLERANCE = 5.0  # how far from its temperature a published Gibbs energy is accepted [K]


@dataclass(frozen=True)
class EnthalpyEntropy:
    """G = H - T S with constant H and S.

    Parameters
    ----------
    name : str
        The species.
    enthalpy_value : float
        H [eV].
    entropy_value : float
        S [eV/K].
    """

    name: str
    enthalpy_value: float
    entropy_value: float

    def __post_init__(self) -> None:
        _check_finite(self.name, enthalpy=self.enthalpy_value, entropy=self.entropy_value)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,)."""
        return np.full_like(np.asarray(T, dtype=float), self.enthalpy_value)

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K], shape (c,)."""
        return np.full_like(np.asarray(T, dtype=float), self.entropy_value)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G = H - T S [eV], shape (c,)."""
        return self.enthalpy_value - np.asarray(T, dtype=float) * self.entropy_value

    @property
    def notes(self) -> tuple[str, ...]:
        """That H and S are constant."""
        return (f"{self.name}: H and S as given, the same at every temperature.",)


@dataclass(frozen=True)
class GibbsAt:
    """A Gibbs energy published at one temperature, accepted within 5 K of it.

    Parameters
    ----------
    name : str
        The species.
    gibbs_value : float
        G [eV].
    temperature : float
        Where it is published [K].
    """

    name: str
    gibbs_value: float
    temperature: float

    def __post_init__(self) -> None:
        _check_finite(self.name, gibbs=self.gibbs_value, temperature=self.temperature)
        _check_temperature(self.name, self.temperature)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Refused: not published."""
        raise _only_gibbs(self.name, self.temperature, "enthalpy")

    def entropy(self, T: FloatArray) -> FloatArray:
        """Refused: not published."""
        raise _only_gibbs(self.name, self.temperature, "entropy")

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G as published [eV], shape (c,); InputError more than 5 K away."""
        _check_near(self.name, self.temperature, T)
        return np.full_like(np.asarray(T, dtype=float), self.gibbs_value)

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the value holds."""
        return (
            f"{self.name}: G published at {self.temperature:g} K, used unchanged within {TEMPERATURE_TOLERANCE:g} K.",
        )


@dataclass(frozen=True)
class CorrectedEnergy:
    """An electronic energy with a free-energy correction published at one temperature, accepted within 5 K of it.

    Parameters
    ----------
    name : str
        The species.
    energy : float
        Electronic formation energy [eV].
    gibbs_correction : float
        G - E [eV].
    temperature : float
        Where the correction is published [K].
    """

    name: str
    energy: float
    gibbs_correction: float
    temperature: float

    def __post_init__(self) -> None:
        _check_finite(
            self.name, energy=self.energy, gibbs_correction=self.gibbs_correction, temperature=self.temperature
        )
        _check_temperature(self.name, self.temperature)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Refused: not published."""
        raise _only_gibbs(self.name, self.temperature, "enthalpy")

    def entropy(self, T: FloatArray) -> FloatArray:
        """Refused: not published."""
        raise _only_gibbs(self.name, self.temperature, "entropy")

    def gibbs(self, T: FloatArray) -> FloatArray:
        """E plus the correction [eV], shape (c,); InputError more than 5 K away."""
        _check_near(self.name, self.temperature, T)
        return np.full_like(np.asarray(T, dtype=float), self.energy + self.gibbs_correction)

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the correction holds."""
        return (
            f"{self.name}: energy plus a free-energy correction of {self.gibbs_correction:g} eV published at "
            f"{self.temperature:g} K, used unchanged within {TEMPERATURE_TOLERANCE:g} K.",
        )


def _check_finite(name: str, **values: float) -> None:
    for what, value in values.items():
        if not math.isfinite(value):
            raise InputError(f"{what} is {value}.", where=name, remedy="give a finite number.")


def _check_temperature(name: str, temperature: float) -> None:
    if temperature <= 0:
        raise InputError(f"the temperature is {temperature} K.", where=name, remedy="give the source's temperature.")


def _check_near(name: str, temperature: float, T: FloatArray) -> None:
    asked = np.atleast_1d(np.asarray(T, dtype=float))
    far = asked[~(np.abs(asked - temperature) <= TEMPERATURE_TOLERANCE)]
    if far.size:
        raise InputError(
            f"only G at {temperature:g} K is published, and {far[0]:g} K was asked for.",
            where=name,
            remedy=f"stay within {TEMPERATURE_TOLERANCE:g} K of {temperature:g} K, or give the enthalpy and entropy.",
        )


def _only_gibbs(name: str, temperature: float, what: str) -> MissingEnergyError:
    return MissingEnergyError(
        f"only G at {temperature:g} K is published, no {what}.",
        where=name,
        remedy="give enthalpy and entropy, or an energy with frequencies.",
    )

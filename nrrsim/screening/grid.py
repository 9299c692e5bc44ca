"""The conditions of a sweep: named axes, their product or their parallel run, and the order of solving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nrrsim.core.conditions import Conditions, volts_per_pH
from nrrsim.core.species import gas_formula
from nrrsim.errors import InputError, nearest
from nrrsim.kinetics.bep import BepTransitionState, own_energy, uncorrected
from nrrsim.kinetics.energies import ConditionArrays
from nrrsim.kinetics.mechanism import Mechanism

Floats = NDArray[np.float64]

UNITS = {"T": "K", "p": "bar", "U_RHE": "V", "U_SHE": "V", "pH": "1", "E": "eV"}
TOGETHER = "condition"  # dimension of axes that run in parallel


@dataclass(frozen=True, eq=False)
class Axis:
    """One quantity that is varied, or held.

    Parameters
    ----------
    name : str
        "T", "p_N2", "U_RHE", "U_SHE", "pH" or "E_N*".
    values : array (n,)
        In K, bar, V or eV.
    varied : bool
        False for a quantity given as one number.
    """

    name: str
    values: Floats
    varied: bool

    @property
    def unit(self) -> str:
        """Of the values."""
        return UNITS[self.name.split("_", 1)[0] if self.name[:2] in ("p_", "E_") else self.name]


@dataclass(frozen=True, eq=False)
class Grid:
    """Axes and how they are combined.

    Parameters
    ----------
    axes : tuple of Axis
    together : bool
        Whether the varied axes run in parallel, else their product is meant.
    """

    axes: tuple[Axis, ...]
    together: bool

    @property
    def varied(self) -> tuple[Axis, ...]:
        """Axes with more than a number."""
        return tuple(axis for axis in self.axes if axis.varied)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the results."""
        lengths = tuple(axis.values.size for axis in self.varied)
        return lengths[:1] if self.together else lengths

    @property
    def size(self) -> int:
        """Number of conditions."""
        return prod(self.shape)

    def order(self) -> NDArray[np.int64]:
        """Places in the flattened results, each next to the one before: rows run to and fro."""
        path = np.arange(1)
        for length in reversed(self.shape):
            rows = np.arange(length)[:, None] * path.size
            path = (rows + np.where(np.arange(length)[:, None] % 2, path[::-1], path)).ravel()
        return path

    def conditions(self, places: NDArray[np.int64], mechanism: Mechanism) -> ConditionArrays:
        """Arrays of the conditions at some places, shape (c,) each."""
        index = np.unravel_index(places, self.shape) if self.shape else ()
        turn = iter(range(len(self.varied)))
        found: dict[str, Floats] = {}
        for axis in self.axes:
            if not axis.varied:
                found[axis.name] = np.full(places.size, axis.values[0])
            else:
                found[axis.name] = axis.values[index[0 if self.together else next(turn)]]
        return _arrays(found, mechanism)


def _arrays(found: Mapping[str, Floats], mechanism: Mechanism) -> ConditionArrays:
    T, pH = found["T"], found.get("pH")
    U = found.get("U_RHE")
    if "U_SHE" in found:
        U = found["U_SHE"] + volts_per_pH(T) * found["pH"]
    shifts = {
        name[2:]: values - own_energy(uncorrected(mechanism.thermo[name[2:]]))
        for name, values in found.items()
        if name.startswith("E_")
    }
    pressures = {name[2:]: values for name, values in found.items() if name.startswith("p_")}
    return ConditionArrays(T=T, p=pressures, U_RHE=U, pH=pH, shifts=shifts)


def grid(
    mechanism: Mechanism,
    base: Conditions,
    *,
    T: ArrayLike | None,
    p: Mapping[str, ArrayLike] | None,
    U_RHE: ArrayLike | None,
    U_SHE: ArrayLike | None,
    pH: ArrayLike | None,
    energies: Mapping[str, ArrayLike] | None,
    together: bool,
) -> Grid:
    """The grid of a sweep; quantities that are not given are those of `base`.

    Raises
    ------
    InputError
        If a value is out of reach or no number, a name is unknown, or axes that run in parallel differ in length.
    """
    named: dict[str, ArrayLike] = {"T": base.T if T is None else T}
    pressures = {gas_formula(gas): values for gas, values in (p or {}).items()}
    gases = [gas_formula(gas) for gas in mechanism.network.gases]
    for gas in pressures:
        if gas not in gases:
            raise InputError(f"no gas is called '{gas}'; {nearest(gas, gases)}", where="sweep", remedy="name a gas.")
    named |= {f"p_{gas}": values for gas, values in {**base.p, **pressures}.items()}
    scales = (base.U_RHE, base.U_SHE) if U_RHE is None and U_SHE is None else (U_RHE, U_SHE)
    given = {"U_RHE": scales[0], "U_SHE": scales[1], "pH": base.pH if pH is None else pH}
    named |= {name: values for name, values in given.items() if values is not None}
    named |= {f"E_{_state(name, mechanism)}": values for name, values in (energies or {}).items()}
    axes = tuple(_axis(name, values) for name, values in named.items())
    _check_values(axes)
    lengths = {axis.name: axis.values.size for axis in axes if axis.varied}
    if together and len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InputError(
            f"axes that run together differ in length ({listed}).", where="sweep", remedy="make them equal."
        )
    return Grid(axes, together and bool(lengths))


def _axis(name: str, values: ArrayLike) -> Axis:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} = {values!r} is no number.", where="sweep", remedy="give numbers.") from error
    if array.ndim > 1 or array.size == 0 or not np.isfinite(array).all():
        what = f"{name} has {array.ndim} dimensions, {array.size} values" + (
            "" if np.isfinite(array).all() else ", some not finite"
        )
        raise InputError(f"{what}.", where="sweep", remedy="give a finite number, or a list of such numbers.")
    return Axis(name, np.atleast_1d(array), varied=array.ndim == 1)


def _state(name: str, mechanism: Mechanism) -> str:
    """A state whose energy a sweep may set."""
    free = [
        state for state, thermo in mechanism.thermo.items() if not isinstance(uncorrected(thermo), BepTransitionState)
    ]
    if name not in free:
        raise InputError(
            f"no energy of '{name}' can be set; {nearest(name, free)}",
            where="sweep",
            remedy="name a state of the file.",
        )
    return name


def _check_values(axes: Sequence[Axis]) -> None:
    """Each value as a condition would check it."""
    fixed = {axis.name: float(axis.values[0]) for axis in axes}
    for axis in axes:
        for value in (axis.values.min(), axis.values.max()) if not axis.name.startswith("E_") else ():
            named = {**fixed, axis.name: float(value)}
            Conditions(
                T=named["T"],
                p={name[2:]: x for name, x in named.items() if name.startswith("p_")},
                U_RHE=named.get("U_RHE"),
                U_SHE=named.get("U_SHE"),
                pH=named.get("pH"),
            )

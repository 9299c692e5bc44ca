"""Units and physical constants: eV, Angstrom, u, K, s, bar and V inside; every other unit ends at this module.

The constants are those of `scipy.constants` (CODATA); no other module of nrrsim carries one. Quantities in files are
strings with a unit, read by `parse_quantity`.
"""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING, Any

from scipy import constants

from nrrsim.errors import InputError, shortened

if TYPE_CHECKING:
    from pint import Quantity, UnitRegistry

K_B = constants.k / constants.e  # [eV/K]
H_PLANCK = constants.h / constants.e  # [eV s]
AVOGADRO = constants.N_A  # [1/mol]
GAS_CONSTANT = constants.R  # [J/mol/K]
EV = constants.e  # [J]
ATOMIC_MASS = constants.atomic_mass  # [kg]
ANGSTROM = constants.angstrom  # [m]
BAR = constants.bar  # [Pa]
INVERSE_CM = constants.h * constants.c / constants.centi / constants.e  # energy of one wavenumber [eV per 1/cm]
KJ_PER_MOL = constants.kilo / constants.N_A / constants.e  # [eV per kJ/mol]
KCAL_PER_MOL = KJ_PER_MOL * constants.calorie  # [eV per kcal/mol]
STANDARD_PRESSURE = 1.0  # p0 [bar]

LARGEST_ENERGY = 1e6  # of one particle [eV]; beyond it an amount of matter was meant, such as kJ for kJ/mol

_NUMBER = re.compile(r"\s*((?>[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?))(?![0-9._+-])(?:,(?=\s)|(?!,))")
_RING = "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}"
_SIGNS = "\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}\N{ANGSTROM SIGN}\N{DEGREE SIGN}\N{MIDDLE DOT}" + _RING
_UNIT_TEXT = re.compile(rf"[A-Za-z0-9{_SIGNS}_/*^()\s.-]{{1,60}}")
_NESTED_POWER = re.compile(  # 9**9**9 would be computed
    r"[0-9]{3}|(?:\*\*|\^)[^A-Za-z/]*(?:\*\*|\^)"
)
_POWER = re.compile(rf"([A-Za-z{_RING}])(-?[0-9])")  # 'mol/cm2', 'cm-1'
_DIVIDED = re.compile(r"\s*/")
_IMAGINARY = re.compile(r"[ij]\b")
_ALSO = {  # what a unit may measure beside the target itself, and the constant that takes it there
    "eV": {"[energy]/[substance]": "1/avogadro_constant", "1/[length]": "planck_constant*speed_of_light"},
    "eV/K": {"[entropy]/[substance]": "1/avogadro_constant"},
    "1/angstrom**2": {"[substance]/[area]": "avogadro_constant"},
}
_CELSIUS = ("degC", "degree_Celsius", "celsius", "°C")


@functools.cache
def _registry() -> UnitRegistry[Any]:
    import pint

    registry: UnitRegistry[Any] = pint.UnitRegistry()
    registry.preprocessors.append(lambda text: _POWER.sub(r"\1**\2", text))
    return registry


@functools.cache
def conversion(unit: str, target: str) -> float:
    """The factor from `unit` to `target`.

    Beside units of the same dimension, an energy may be given per mol or as a wavenumber, an entropy per mol, and a
    density of sites in mol.

    Raises
    ------
    InputError
        If pint does not know the unit, or it measures something else than `target`.
    """
    found = _quantity_of(unit, target)
    registry = _registry()
    same = found.dimensionality == registry.Quantity(1.0, target).dimensionality
    candidates = [found] if same else []
    for dimension, constant in _ALSO.get(target, {}).items():
        if found.check(dimension):
            candidates.append(found * registry.Quantity(1.0, constant))
    if not candidates and not target:
        raise InputError(f"the unit '{shortened(unit)}' stands where a pure number is needed.", remedy="leave it out.")
    if not candidates:
        raise InputError(
            f"'{unit}' does not convert to {_spelt(target)}.",
            remedy=f"give a unit of {_spelt(target)}, for example '1 {_spelt(target)}'.",
        )
    return float(candidates[0].to(target).magnitude)


def _quantity_of(unit: str, target: str) -> Quantity[Any]:
    """One of the unit."""
    unknown = InputError(
        f"'{shortened(unit)}' is not a unit.", remedy=f"give a unit that converts to {_spelt(target)}."
    )
    if not _UNIT_TEXT.fullmatch(unit) or _NESTED_POWER.search(unit):
        raise unknown
    try:
        found = _registry().Quantity(1.0, unit)
    except Exception as error:  # pint raises many kinds; each of them means the unit is not one
        raise unknown from error
    if not found._is_multiplicative or "delta" in str(found.units):
        raise InputError(
            f"'{unit}' counts from a zero of its own.", remedy=f"give a unit that converts to {_spelt(target)}."
        )
    return found


def _spelt(target: str) -> str:
    """A unit as people write it."""
    return target.replace("**1", "").replace("**", "") or "1"


def parse_quantities(value: object, unit: str) -> tuple[float, ...]:
    """Read '434 465 508 1/cm' as numbers in `unit`.

    Numbers are separated by spaces, or by commas followed by a space. A temperature may be given in degC; without a
    unit (`unit` empty) a bare number is right.

    Parameters
    ----------
    value : object
        The text found; a bare number is refused with the unit it needs.
    unit : str
        The unit returned, in pint's spelling; empty for a pure number.

    Raises
    ------
    InputError
        If the unit is missing or wrong, or a number is not finite.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if unit and math.isfinite(value):
            raise InputError(
                f"the bare number {value:.10g} has no unit.",
                remedy=f"write it with one, for example '{value:.10g} {_spelt(unit)}'.",
            )
        return _converted((float(value),), 1.0, 0.0, value, unit)
    if not isinstance(value, str):
        raise InputError(
            f"found '{shortened(value)}' where a quantity is needed.",
            remedy=f"write a number with a unit of {_spelt(unit)}." if unit else "write a number.",
        )
    numbers, found = _split(value, unit)
    if not unit and not found:
        return _converted(numbers, 1.0, 0.0, value, unit)
    if not found:
        raise InputError(
            f"'{shortened(value)}' has no unit.",
            remedy=f"append one, for example '{shortened(value)} {_spelt(unit)}'.",
        )
    if unit == "K" and found in _CELSIUS:
        return _converted(numbers, 1.0, constants.zero_Celsius, value, unit)
    return _converted(numbers, conversion(found, unit), 0.0, value, unit)


def _split(text: str, unit: str) -> tuple[tuple[float, ...], str]:
    """The numbers of '434 465 508 1/cm', and its unit."""
    numbers: list[float] = []
    position = 0
    while match := _NUMBER.match(text, position):
        if _DIVIDED.match(text, match.end()):
            if float(match[1]) != 1 or not numbers:  # '1e13/s', or '1/s' alone: the number and what divides it
                numbers.append(float(match[1]))
            return tuple(numbers), "1" + text[match.end() :].strip()
        numbers.append(float(match[1]))
        position = match.end()
    found = text[position:].strip()
    if numbers and _IMAGINARY.match(found):
        raise InputError(
            f"'{shortened(text)}' holds an imaginary number.",
            remedy="give real ones: a minimum has no imaginary mode, a transition state lists its 3N - 1 real modes.",
        )
    if not numbers or found[:1] in {"+", "-", ".", ",", "_", *"0123456789"}:
        raise InputError(
            f"'{shortened(text)}' is not a finite number with a unit."
            if unit
            else f"'{shortened(text)}' is not a finite number.",
            remedy=f"write it as a number and a unit, for example '1.0 {_spelt(unit)}'; decimals have a point."
            if unit
            else "write a number, for example '0.05'; decimals have a point.",
        )
    return tuple(numbers), found


def _converted(numbers: tuple[float, ...], factor: float, zero: float, value: object, unit: str) -> tuple[float, ...]:
    """The numbers in the unit wanted, each of a size that can be meant."""
    values = tuple(number * factor + zero for number in numbers)
    if not all(math.isfinite(v) for v in values):
        raise InputError(f"'{shortened(value)}' is not finite.", remedy="give a finite number.")
    if unit == "eV" and any(abs(v) > LARGEST_ENERGY for v in values):
        raise InputError(
            f"'{shortened(value)}' is {max(values, key=abs):.3g} eV, which no state has.",
            remedy="give eV per particle, or an energy per mol such as kJ/mol.",
        )
    return values


def parse_quantity(value: object, unit: str) -> float:
    """Read one quantity such as '0.4 eV' or '106 kJ/mol' as a number in `unit` (see `parse_quantities`)."""
    values = parse_quantities(value, unit)
    if len(values) != 1:
        raise InputError(
            f"found {len(values)} numbers in '{shortened(value)}' where one is needed.", remedy="give a single number."
        )
    return values[0]

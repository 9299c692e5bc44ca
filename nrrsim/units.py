"""Units and physical constants: eV, Angstrom, u, K, s, bar and V inside; every other unit ends at this module.

The constants are those of `scipy.constants` (CODATA); no other module of nrrsim carries one. Quantities in files are
strings with a unit, read by `parse_quantity`.
"""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING

from scipy import constants

from nrrsim.errors import InputError

if TYPE_CHECKING:
    from pint import UnitRegistry

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

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"^\s*((?:{_NUMBER}[\s,]+)*?{_NUMBER})\s*([^\s\d.+-].*|1\s*/.*)?$")


@functools.cache
def _registry() -> UnitRegistry:
    import pint

    registry = pint.UnitRegistry()
    registry.preprocessors.append(lambda text: re.sub(r"([A-Za-z])(\d)", r"\1**\2", text))  # 'mol/cm2'
    return registry


@functools.cache
def conversion(unit: str, target: str) -> float:
    """The factor from `unit` to `target`; wavenumbers count as energies, and 'per mol' as 'per particle'.

    Raises
    ------
    InputError
        If pint does not know the unit, or it measures something else than `target`.
    """
    import pint

    registry = _registry()
    wanted = registry.Unit(target)
    try:
        found = registry.Quantity(1.0, unit)
    except Exception as error:  # pint raises many kinds; each of them means the unit is not one
        raise InputError(f"'{unit}' is not a unit.", remedy=f"give a unit that converts to {target}.") from error
    candidates = (
        found,
        found / registry.avogadro_constant,
        found * registry.avogadro_constant,
        found * registry.planck_constant * registry.speed_of_light,
    )
    for candidate in candidates:
        try:
            return float(candidate.to(wanted).magnitude)
        except (pint.DimensionalityError, pint.OffsetUnitCalculusError):
            continue
    raise InputError(
        f"'{unit}' does not convert to {target}.", remedy=f"give a unit of {target}, for example '1 {target}'."
    )


def parse_quantities(value: object, unit: str) -> tuple[float, ...]:
    """Read '434 465 508 1/cm' as numbers in `unit`.

    Parameters
    ----------
    value : object
        The text found; a bare number is refused with the unit it needs.
    unit : str
        The unit returned, in pint's spelling.

    Raises
    ------
    InputError
        If the unit is missing or wrong, or a number is not finite.
    """
    if isinstance(value, bool) or value is None:
        raise InputError(
            f"found '{value}' where a quantity is needed.", remedy=f"write a number with a unit of {unit}."
        )
    if isinstance(value, (int, float)):
        raise InputError(
            f"the bare number {value} has no unit.", remedy=f"write it with one, for example '{value} {unit}'."
        )
    text = str(value)
    match = _QUANTITY.match(text)
    if match is None:
        raise InputError(
            f"'{text}' is not a finite number with a unit.",
            remedy=f"write it as a number and a unit, for example '1.0 {unit}'.",
        )
    numbers, found = match.groups()
    values = tuple(float(n) for n in re.split(r"[\s,]+", numbers.strip()))
    if not found:
        raise InputError(f"'{text}' has no unit.", remedy=f"append one, for example '{text.strip()} {unit}'.")
    factor = conversion(found.strip(), unit)
    if not all(math.isfinite(v) for v in values):
        raise InputError(f"'{text}' is not finite.", remedy="give a finite number.")
    return tuple(v * factor for v in values)


def parse_quantity(value: object, unit: str) -> float:
    """Read one quantity such as '0.4 eV' or '106 kJ/mol' as a number in `unit` (see `parse_quantities`)."""
    values = parse_quantities(value, unit)
    if len(values) != 1:
        raise InputError(
            f"found {len(values)} numbers in '{value}' where one is needed.", remedy="give a single number."
        )
    return values[0]

"""The computational hydrogen electrode: potential scales, mu(H+ + e-), and what potential and pH do to a barrier.

References
----------
.. [Norskov2004] J. K. Norskov et al., J. Phys. Chem. B 108 (2004) 17886, doi 10.1021/jp047349j.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nrrsim.core.conditions import volts_per_pH
from nrrsim.errors import InputError, nearest
from nrrsim.thermo.protocol import FloatArray

DONORS = ("H3O+", "H2O")


class Cap(StrEnum):
    """What holds a PCET barrier up."""

    NONE = "none"
    REACTION = "dG"
    ZERO = "zero"


@dataclass(frozen=True, eq=False)
class PcetBarrier:
    """A potential-dependent barrier and what holds it up.

    Parameters
    ----------
    barrier : numpy.ndarray
        Ga [eV], shape (c,).
    cap : numpy.ndarray
        One of the values of `Cap` for each condition, shape (c,); derivatives have a kink where it is not 'none'.
    """

    barrier: FloatArray
    cap: NDArray[np.str_]


def rhe_from_she(U_SHE: ArrayLike, pH: ArrayLike, T: ArrayLike) -> FloatArray:
    """U_RHE = U_SHE + (kT ln10 / e) pH [V], broadcast over U_SHE [V], pH and T [K]."""
    return np.asarray(np.asarray(U_SHE) + volts_per_pH(np.asarray(T, dtype=float)) * np.asarray(pH), dtype=float)


def she_from_rhe(U_RHE: ArrayLike, pH: ArrayLike, T: ArrayLike) -> FloatArray:
    """U_SHE = U_RHE - (kT ln10 / e) pH [V], broadcast over U_RHE [V], pH and T [K]."""
    return np.asarray(np.asarray(U_RHE) - volts_per_pH(np.asarray(T, dtype=float)) * np.asarray(pH), dtype=float)


def proton_electron_potential(mu_H2: ArrayLike, U_RHE: ArrayLike) -> FloatArray:
    """mu(H+ + e-) = 1/2 mu0(H2, 1 bar, T) - e U_RHE [eV], shape (c,).

    Parameters
    ----------
    mu_H2 : array
        Gibbs energy of H2 at 1 bar [eV], shape (c,): the standard, not the operating, pressure.
    U_RHE : array
        Potential against the reversible hydrogen electrode [V], shape (c,) or scalar.
    """
    return np.asarray(np.asarray(mu_H2) / 2 - np.asarray(U_RHE), dtype=float)


def pcet_barrier(Ga0: ArrayLike, U_RHE: ArrayLike, *, U0_RHE: ArrayLike, beta: ArrayLike, dG: ArrayLike) -> PcetBarrier:
    """Ga = max(Ga0 + beta e (U - U0), dG, 0) of a proton-coupled electron transfer.

    Parameters
    ----------
    Ga0 : array
        Barrier at U0 [eV].
    U_RHE : array
        Potential [V], shape (c,).
    U0_RHE : array
        Potential at which Ga0 holds [V].
    beta : array
        Symmetry factor, 0 to 1.
    dG : array
        Reaction Gibbs energy at U_RHE [eV], shape (c,).

    Returns
    -------
    PcetBarrier
        The barrier and which cap is active.
    """
    beta = _checked_beta(beta)
    free = np.asarray(Ga0, dtype=float) + beta * (np.asarray(U_RHE, dtype=float) - np.asarray(U0_RHE, dtype=float))
    free, reaction = np.broadcast_arrays(free, np.asarray(dG, dtype=float))
    barrier = np.maximum(np.maximum(free, reaction), 0.0)
    capped = np.where(reaction > 0, str(Cap.REACTION), str(Cap.ZERO))
    return PcetBarrier(barrier, np.where(free >= barrier, str(Cap.NONE), capped))


def donor_factor_ln(donor: str | None, pH: ArrayLike, beta: ArrayLike) -> FloatArray:
    """The ln of a rate constant's pH dependence at fixed U_RHE.

    Parameters
    ----------
    donor : {'H3O+', 'H2O'} or None
        -(1 - beta) pH ln10 for H3O+, + beta pH ln10 for H2O, zero without one.
    pH : array
        Bulk pH, shape (c,).
    beta : array
        Symmetry factor, 0 to 1.
    """
    beta, ln_H = _checked_beta(beta), math.log(10) * np.asarray(pH, dtype=float)
    if donor is None:
        return np.zeros_like(ln_H * beta)
    if donor == "H3O+":
        return -(1 - beta) * ln_H
    if donor == "H2O":
        return beta * ln_H
    raise InputError(f"'{donor}' is no proton donor.", remedy=nearest(donor, DONORS))


def _checked_beta(beta: ArrayLike) -> FloatArray:
    values = np.asarray(beta, dtype=float)
    if not np.all((values >= 0) & (values <= 1)):
        raise InputError(f"the symmetry factor beta is {values}.", remedy="give a number from 0 to 1, 0.5 by default.")
    return values

"""Rate laws as data: what a file says about the speed of a step. `step_constants` turns them into numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class TransitionState:
    """k = kT/h exp(-(G_TS - G_initial)/kT), the transition state being the one the step names."""


@dataclass(frozen=True)
class Arrhenius:
    """k = A exp(-Ea/kT), forward; the published reverse constant too where the source has one.

    Parameters
    ----------
    A : float
        [1/s, times 1/bar per gas molecule of the initial state]
    Ea : float
        [eV]
    A_reverse, Ea_reverse : float or None
        Same for the reverse step, per gas molecule of the final state; from thermodynamics when None.
    """

    A: float
    Ea: float
    A_reverse: float | None = None
    Ea_reverse: float | None = None


@dataclass(frozen=True)
class PublishedConstants:
    """Rate constants printed for one set of conditions, pressures included, and valid only there.

    Parameters
    ----------
    kf, kr : float
        [1/s], gas pressures already in them.
    T : float
        [K]
    p : tuple of (str, float)
        Pressures by gas formula [bar].
    """

    kf: float
    kr: float
    T: float
    p: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Sticking:
    """Collision theory: rate per site = s p a / sqrt(2 pi m kT), a the area of one site.

    Parameters
    ----------
    probability : float
        s, the sticking coefficient on the bare surface.
    mass : float
        Mass of the gas molecule [u].
    """

    probability: float
    mass: float


@dataclass(frozen=True)
class Barrierless:
    """Adsorption or desorption without a barrier beyond dG: k = kT/h exp(-max(dG, 0)/kT)."""


@dataclass(frozen=True)
class Equilibrium:
    """Held at equilibrium, an algebraic constraint: K = A exp(-dH/kT), or from thermodynamics when A is None.

    Parameters
    ----------
    A : float or None
        [bar to the power of gas molecules made]
    dH : float
        [eV]
    """

    A: float | None = None
    dH: float = 0.0


@dataclass(frozen=True)
class ProtonElectronTransfer:
    """Ga(U) = max(Ga0 + beta e (U_RHE - U0_RHE), dG, 0) with k = kT/h exp(-Ga/kT) and the donor's law in pH.

    Parameters
    ----------
    Ga0 : float
        [eV]
    U0_RHE : float
        Potential at which Ga0 holds [V vs RHE].
    beta : float
        Symmetry factor.
    donor : str or None
        "H3O+", "H2O" or None (no effect of pH beyond the RHE scale).
    """

    Ga0: float
    U0_RHE: float
    beta: float = 0.5
    donor: str | None = None


@dataclass(frozen=True)
class AssumedBarrier:
    """Ga = max(Ga0 + beta dG, dG, 0): an intrinsic barrier that nobody published, assumed to give a band.

    Parameters
    ----------
    Ga0 : float
        Barrier at dG = 0 [eV]; for a proton-electron transfer, at the step's own equilibrium potential.
    beta : float
        Share of dG that appears in the barrier.
    """

    Ga0: float
    beta: float = 0.5


RateLaw: TypeAlias = (
    TransitionState
    | Arrhenius
    | PublishedConstants
    | Sticking
    | Barrierless
    | Equilibrium
    | ProtonElectronTransfer
    | AssumedBarrier
)


def has_own_equilibrium(law: RateLaw | None) -> bool:
    """Whether a law carries an equilibrium constant of its own, beside thermodynamics."""
    match law:
        case Arrhenius(A_reverse=float()) | Equilibrium(A=float()) | PublishedConstants():
            return True
    return False

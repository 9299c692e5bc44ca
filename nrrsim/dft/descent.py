"""BFGS whose Hessian stays positive: what a step tells of negative curvature is taken with a grain of salt."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from ase.optimize import BFGS
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]

LEAST = 0.2
"""Part of the curvature that the Hessian expects along a step, below which a step is not believed.

M. J. D. Powell, in Numerical Analysis, Lecture Notes in Mathematics 630 (1978) 144, doi 10.1007/BFb0067703.
"""

SOFTEST = 1e-3
"""Curvature that is not made softer: step after step down a ridge the Hessian would vanish [eV/Angstrom^2]."""


class DampedBFGS(BFGS):
    """BFGS of ase with Powell's damping.

    Plain BFGS believes a step along which the slope grew, and ase then goes by the size of each curvature: one such
    direction looks stiffer with every later step, and what force there is along it stays (NH2 on MoO3: 40 steps with
    0.2 eV/Angstrom on two oxygens).
    """

    def update(self, pos: FloatArray, forces: FloatArray, pos0: FloatArray | None, forces0: FloatArray | None) -> None:
        """Tell the Hessian of a step: places and forces after it and before, shape (3 n,)."""
        state: Any = self.state
        if state is not None and pos0 is not None and forces0 is not None:
            forces0 = forces + damped(pos - pos0, forces0 - forces, state.hessian)
        super().update(pos, forces, pos0, forces0)  # type: ignore[no-untyped-call]


def damped(step: FloatArray, change: FloatArray, hessian: FloatArray) -> FloatArray:
    """The change of the gradient over a step, mixed with the one that a Hessian expects until it curves upward enough.

    Parameters
    ----------
    step : array
        [Angstrom], shape (3 n,).
    change : array
        Of the gradient [eV/Angstrom], shape (3 n,).
    hessian : array
        Positive definite [eV/Angstrom^2], shape (3 n, 3 n).

    Returns
    -------
    array
        Along the step at least `LEAST` of what the Hessian expects, or all of that where it is soft already.
    """
    expected = hessian @ step
    found, foreseen = float(step @ change), float(step @ expected)
    if found >= LEAST * foreseen:
        return change
    if foreseen < SOFTEST * float(step @ step):
        return np.asarray(expected)
    weight = (1.0 - LEAST) * foreseen / (foreseen - found)
    mixed: FloatArray = weight * change + (1.0 - weight) * expected
    return mixed

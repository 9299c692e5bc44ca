"""The face of everything that has a free energy."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]


class Thermo(Protocol):
    """A species or transition state with H(T), S(T) and G(T) = H - T S at p0 = 1 bar.

    Where H and S are both known, dG/dT = -S holds exactly. Gases are at p0; adsorbates count one site's motion
    only, so that the kinetics supplies the configurational term of the coverages.
    """

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,), at T [K], shape (c,)."""
        ...

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K], shape (c,), at T [K], shape (c,)."""
        ...

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G [eV], shape (c,), at T [K], shape (c,)."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was assumed or done; every output carries them."""
        ...

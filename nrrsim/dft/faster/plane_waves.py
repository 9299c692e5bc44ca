"""GPAW's functions centred on atoms, such as compensation charges, summed over plane waves without their tables.

GPAW tabulates the functions anew at every use, block by block, which took a third of an SCF of a slab of 36 atoms. Here
they are summed from the phases of the atoms, which are kept (16 bytes for each atom and plane wave, 0.2 GB there).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nrrsim.dft.faster._kernels import waves

MOST_PHASES = 50_000_000
"""Atoms times plane waves above which GPAW's own way is taken, for the memory that phases need."""


def one_at_a_time(base: Any) -> Any:
    """GPAW's functions centred on atoms, of plane waves, with kernels for single arrays at the zone centre.

    Parameters
    ----------
    base : type
        `gpaw.core.pwacf.PWLFC`, which does all else.
    """

    class OneAtATime(base):  # type: ignore[misc]
        gpaws_own = base

        def set_positions(self, spos_ac: Any, atomdist: Any) -> Any:
            self._phases: tuple[Any, Any] | None = None
            return super().set_positions(spos_ac, atomdist)

        def add(self, a_xG: Any, c_axi: Any = 1.0, q: Any = None) -> Any:
            if not self._single(a_xG):
                return super().add(a_xG, c_axi, q)
            coefficients = np.full(self.nI, c_axi) if isinstance(c_axi, float) else np.empty(self.nI)
            if not isinstance(c_axi, float):
                for a, i1, i2 in self.my_indices:
                    coefficients[i1:i2] = c_axi[a]
            waves.add(a_xG, 1.0 / self.pw.dv, coefficients, *self._tables())
            return None

        def integrate(self, a_xG: Any, c_axi: Any = None, q: Any = -1, add_to: bool = False) -> Any:
            if not self._single(a_xG) or c_axi is None:
                return super().integrate(a_xG, c_axi, q, add_to)
            sums = 2.0 * waves.integrate(self._halved(a_xG), *self._tables())
            for a, i1, i2 in self.my_indices:
                c_axi[a][:] = sums[i1:i2] + (c_axi[a] if add_to else 0.0)
            return c_axi

        def derivative(self, a_xG: Any, c_axiv: Any = None, q: Any = -1) -> Any:
            if not self._single(a_xG) or c_axiv is None:
                return super().derivative(a_xG, c_axiv, q)
            vectors = np.ascontiguousarray(self.G_plus_k_Gv.T)
            sums = 2.0 * waves.slopes(a_xG, vectors, *self._tables())
            for a, i1, i2 in self.my_indices:
                c_axiv[a][:] = sums[i1:i2]
            return c_axiv

        def _single(self, a_xG: Any) -> bool:
            alone = a_xG.ndim == 1 and self.comm.size == 1 and self.xp is np and a_xG.flags.c_contiguous
            fits = len(self.pos_av) * a_xG.size <= MOST_PHASES
            return bool(alone and fits and self.real and self.nI > 0 and a_xG.dtype == complex)

        def _halved(self, a_G: Any) -> Any:
            """Half the waves stand for all of them, but the first, which is its own mirror image."""
            copy = a_G.copy()
            copy[0] *= 0.5
            return copy

        def _tables(self) -> tuple[Any, ...]:
            if self._phases is None:
                angles = self.pos_av @ self.G_plus_k_Gv.T
                self._phases = np.cos(angles), np.sin(angles)
            if not hasattr(self, "_shapes"):
                l_of = self.l_s[self.s_J].astype(np.int64)
                first = np.searchsorted(self.a_J, np.arange(len(self.pos_av) + 1))
                self._shapes = np.ascontiguousarray(self.f_Gs.T), np.ascontiguousarray(self.Y_GL.T)
                self._order = first, l_of, self.s_J.astype(np.int64), self.I_J.astype(np.int64)
            return (*self._shapes, *self._phases, *self._order)

    return OneAtATime

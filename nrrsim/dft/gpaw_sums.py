"""Two sums inside GPAW in fewer passes; the same numbers to rounding.

Of an SCF of a slab of 36 atoms without spin more than half goes into the compensation charges on the fine grid, whose
functions GPAW tabulates anew at every use, block by block, and into the gradient correction around the atoms, which it
computes direction by direction. Here the former are summed without that table, from the phases of the atoms, which are
kept (16 bytes for each atom and plane wave of the fine grid, 0.2 GB for that slab), and the latter for all directions
at once.
"""

from __future__ import annotations

import importlib
import logging
from typing import Any

import numpy as np

from nrrsim.dft import _kernels

KNOWN = ("26.7.0",)
"""The versions of GPAW whose inner names these are written for; any other computes as it is."""

MOST_PHASES = 50_000_000
"""Atoms times plane waves above which GPAW's own way is taken, for the memory that phases need."""

_log = logging.getLogger(__name__)


def install() -> bool:
    """Have GPAW sum so in this process; whether it is one that this fits."""
    version = importlib.import_module("gpaw").__version__
    if version not in KNOWN:
        _log.info("GPAW %s computes its sums as it is: nrrsim's are for %s.", version, ", ".join(KNOWN))
        return False
    waves: Any = importlib.import_module("gpaw.core.pwacf")
    gradients: Any = importlib.import_module("gpaw.xc.gga")
    if not hasattr(waves.PWLFC, "gpaws_own"):
        waves.PWLFC = one_at_a_time(waves.PWLFC)
        gradients.GGARadialExpansion = all_directions(gradients.GGARadialExpansion)
    return True


def one_at_a_time(base: Any) -> Any:
    """GPAW's functions centred on atoms, of plane waves, with kernels for single arrays at the zone centre.

    Parameters
    ----------
    base : type
        GPAW's own, which does all else.
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
            _kernels.add(a_xG, 1.0 / self.pw.dv, coefficients, *self._tables())
            return None

        def integrate(self, a_xG: Any, c_axi: Any = None, q: Any = -1, add_to: bool = False) -> Any:
            if not self._single(a_xG) or c_axi is None:
                return super().integrate(a_xG, c_axi, q, add_to)
            sums = 2.0 * _kernels.integrate(self._halved(a_xG), *self._tables())
            for a, i1, i2 in self.my_indices:
                c_axi[a][:] = sums[i1:i2] + (c_axi[a] if add_to else 0.0)
            return c_axi

        def derivative(self, a_xG: Any, c_axiv: Any = None, q: Any = -1) -> Any:
            if not self._single(a_xG) or c_axiv is None:
                return super().derivative(a_xG, c_axiv, q)
            waves = np.ascontiguousarray(self.G_plus_k_Gv.T)
            sums = 2.0 * _kernels.slopes(a_xG, waves, *self._tables())
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


def all_directions(base: Any) -> Any:
    """GPAW's gradient correction around an atom, the directions of its sphere as one array.

    Parameters
    ----------
    base : type
        GPAW's own, which does all else.
    """
    gradients = importlib.import_module("gpaw.xc.gga")
    grid = importlib.import_module("gpaw.atom.radialgd").RadialGridDescriptor
    calculator = gradients.GGARadialCalculator
    kernels = (importlib.import_module("gpaw.xc.kernel").XCKernel, importlib.import_module("gpaw.xc.libxc").LibXC)

    class AllDirections(base):  # type: ignore[misc]
        gpaws_own = base

        def __call__(self, rgd: Any, D_sLq: Any, n_qg: Any, nc0_sg: Any) -> Any:
            kernel = self.rcalc.kernel
            local = type(self.rcalc) is calculator and type(kernel) in kernels and kernel.type == "GGA"
            usual = type(rgd).derivative is grid.derivative and type(rgd).derivative2 is grid.derivative2
            if self.args or not local or not usual:  # these want their directions one by one
                return super().__call__(rgd, D_sLq, n_qg, nc0_sg)
            spins, count, _ = D_sLq.shape
            harmonics, weights = gradients.Y_nL[:, :count], gradients.weight_n
            turned = np.moveaxis(gradients.rnablaY_nLv[:, :count], -1, 0)  # r times the gradients of the harmonics
            density = D_sLq @ n_qg
            density[:, 0] += nc0_sg
            n_sng = harmonics @ density
            outward = harmonics @ _slope(rgd, density)
            around = turned[:, None] @ density  # shape (3, spins, directions, radii)
            squares = _squares(rgd, outward, around)
            energy, by_density, by_square = np.empty(n_sng.shape[1:]), np.zeros_like(n_sng), np.zeros_like(squares)
            kernel.calculate(energy, n_sng, by_density, squares, by_square)
            by_density += _radial_part(rgd, by_square, outward)
            weighted = weights[:, None] * harmonics
            result = np.swapaxes((rgd.dv_g * by_density) @ n_qg.T, 1, 2) @ weighted
            by_square *= rgd.dr_g
            aside = by_square[::2] * around
            if spins == 2:
                aside += 0.5 * by_square[1] * around[:, ::-1]
            for turned_v, aside_v in zip(turned, aside @ n_qg.T, strict=True):
                result += 8.0 * np.pi * np.swapaxes(aside_v, 1, 2) @ (weights[:, None] * turned_v)
            return float(weights @ rgd.integrate(energy)), result

    return AllDirections


def _slope(rgd: Any, values: Any) -> Any:
    """Along the last axis, as GPAW's radial grids take it."""
    slope = np.empty_like(values)
    slope[..., 0] = values[..., 1] - values[..., 0]
    slope[..., 1:-1] = 0.5 * (values[..., 2:] - values[..., :-2])
    slope[..., -1] = values[..., -1] - values[..., -2]
    return slope / rgd.dr_g


def _transposed_slope(rgd: Any, values: Any) -> Any:
    """Minus the transpose of `_slope`."""
    c = values / rgd.dr_g
    slope = np.empty_like(c)
    slope[..., 0] = 0.5 * c[..., 1] + c[..., 0]
    slope[..., 1:-1] = 0.5 * (c[..., 2:] - c[..., :-2])
    slope[..., -2] = c[..., -1] - 0.5 * c[..., -3]
    slope[..., -1] = -c[..., -1] - 0.5 * c[..., -2]
    return slope


def _squares(rgd: Any, outward: Any, around: Any) -> Any:
    """Of the gradients: of each spin, and between the two their product."""
    spins = len(outward)
    squares = np.empty((2 * spins - 1, *outward.shape[1:]))
    squares[::2] = (around**2).sum(0)
    if spins == 2:
        squares[1] = (around[:, 0] * around[:, 1]).sum(0)
    squares[..., 1:] /= rgd.r_g[1:] ** 2
    squares[..., 0] = squares[..., 1]
    squares[::2] += outward**2
    if spins == 2:
        squares[1] += outward[0] * outward[1]
    return squares


def _radial_part(rgd: Any, by_square: Any, outward: Any) -> Any:
    """What the slopes along the radius add to the potential."""
    flow = -2.0 * by_square[::2] * outward
    if len(outward) == 2:
        flow -= by_square[1] * outward[::-1]
    part = _transposed_slope(rgd, rgd.dv_g * flow)
    part[..., 1:] /= rgd.dv_g[1:]
    part[..., 0] = part[..., 1]
    return part

"""GPAW's gradient-corrected functionals on a grid of which most is empty, as around a cluster in a box.

Atomic orbitals end at a radius: of the box of three metal atoms with 5 Angstrom of vacuum six tenths hold no density at
all, and yet took their share of the functional, which was four tenths of an SCF. Here gradients, functional and
divergence are computed where there is density, and where their differences reach from there; the functional is GPAW's.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from nrrsim.dft.faster._kernels import grids

MOSTLY = 0.8
"""Part of the grid above which GPAW's own way is taken."""


def where_density_is(base: Any) -> Any:
    """GPAW's functional of the density and its gradient, on the part of an open grid that holds density.

    Parameters
    ----------
    base : type
        `gpaw.new.xc.GGAFunctional`, which does all else.
    """
    plain = importlib.import_module("gpaw.xc.gga").GGA
    kernels = (importlib.import_module("gpaw.xc.kernel").XCKernel, importlib.import_module("gpaw.xc.libxc").LibXC)

    class WhereDensityIs(base):  # type: ignore[misc]
        gpaws_own = base

        def calculate(self, nt_sr: Any, taut_sr: Any = None) -> Any:
            weights = self._weights(nt_sr)
            if weights is None:
                return super().calculate(nt_sr, taut_sr)
            density, reach = nt_sr.data, weights.shape[1] // 2
            low, high = grids.occupied(density)
            for _ in range(2):  # from the density to its gradient, from there to the divergence
                low, high = grids.widened(low, high, density.shape[3], reach)
            ends = np.cumsum(high - low).reshape(low.shape)
            count, first = int(ends[-1, -1]), ends - (high - low)
            if count > MOSTLY * density[0].size:
                return super().calculate(nt_sr, taut_sr)
            spins = len(density)
            # the last point stands for all that is empty
            packed, slopes = np.zeros((spins, count + 1)), np.zeros((spins, 3, count + 1))
            grids.packed(density, low, high, first, packed)
            grids.gradients(density, weights, low, high, first, slopes)
            energy, potential = np.empty(count + 1), np.zeros_like(packed)
            by_square = np.empty((2 * spins - 1, count + 1))
            self.xc.kernel.calculate(energy, packed, potential, _squares(slopes), by_square)
            whole = nt_sr.new()
            whole.data[:] = potential[:, -1, None, None, None]
            grids.spread(potential, low, high, first, whole.data)
            grids.subtract_divergence(_flow(slopes, by_square), weights, low, high, first, whole.data)
            empty = density[0].size - count
            total = float(energy[:-1].sum() + empty * energy[-1]) * self.grid.dv
            return total, whole, None

        def _weights(self, nt_sr: Any) -> Any:
            """Of the derivatives along the three axes, None where this is no functional or grid for it."""
            kernel, grid = self.xc.kernel, nt_sr.desc
            ours = type(self.xc) is plain and type(kernel) in kernels and kernel.type == "GGA"
            open_box = grid.zerobc_c.all() and grid.comm.size == 1 and self.xp is np
            if not (ours and open_box):
                return None
            offsets = [np.array(grad.offset_pc) for grad in self.grad_v]
            if any(np.delete(offsets[v], v, axis=1).any() for v in range(3)):  # the axes of the grid lean
                return None
            reach = int(max(np.abs(along).max() for along in offsets))
            weights = np.zeros((3, 2 * reach + 1))
            for v, grad in enumerate(self.grad_v):
                weights[v, offsets[v][:, v] + reach] = grad.coef_p
            return weights

    return WhereDensityIs


def _squares(slopes: Any) -> Any:
    """Of the gradients, of shape (spins, 3, n): of each spin, and between the two their product."""
    spins = len(slopes)
    squares = np.empty((2 * spins - 1, slopes.shape[2]))
    squares[::2] = (slopes**2).sum(1)
    if spins == 2:
        squares[1] = (slopes[0] * slopes[1]).sum(0)
    return squares


def _flow(slopes: Any, by_square: Any) -> Any:
    """Whose divergence lowers the potential: what the energy gains from a slope, shape (spins, 3, n)."""
    flow = 2.0 * by_square[::2, None] * slopes
    if len(slopes) == 2:
        flow += by_square[1] * slopes[::-1]
    return flow

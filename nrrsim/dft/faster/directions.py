"""GPAW's gradient correction around an atom, for all directions of its sphere at once, not one after the other."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np


def all_directions(base: Any) -> Any:
    """GPAW's gradient correction around an atom, the directions of its sphere as one array.

    Parameters
    ----------
    base : type
        `gpaw.xc.gga.GGARadialExpansion`, which does all else.
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

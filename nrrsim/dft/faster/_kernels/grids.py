"""Slopes on the part of a grid where something is, the rest being zero.

The part is a range of z for each line along z: from low[x, y] to below high[x, y], none where both are equal. Values on
it are packed line after line, those of a line from first[x, y] on. A derivative along axis v sums values at offsets of
-reach to reach with weights[v], shape (3, 2 reach + 1); outside the grid all is zero.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nrrsim.dft.faster._kernels.compiled import kernel

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


@kernel
def occupied(values: FloatArray) -> tuple[IntArray, IntArray]:
    """Ranges outside of which all arrays of values, shape (arrays, X, Y, Z), are zero."""
    count, width, depth, length = values.shape
    low, high = np.zeros((width, depth), np.int64), np.zeros((width, depth), np.int64)
    for x in range(width):
        for y in range(depth):
            begin, end = length, 0
            for s in range(count):
                line = values[s, x, y]
                for z in range(begin):
                    if line[z] != 0.0:
                        begin = z
                        break
                for z in range(length - 1, end - 1, -1):
                    if line[z] != 0.0:
                        end = z + 1
                        break
            if begin < end:
                low[x, y], high[x, y] = begin, end
    return low, high


@kernel
def widened(low: IntArray, high: IntArray, length: int, reach: int) -> tuple[IntArray, IntArray]:
    """Ranges that hold all points from which a derivative reaches into others."""
    width, depth = low.shape
    wide_low, wide_high = np.zeros_like(low), np.zeros_like(high)
    for x in range(width):
        for y in range(depth):
            begin, end = length, 0
            for step in range(-reach, reach + 1):
                for i, j in ((x + step, y), (x, y + step)):
                    if 0 <= i < width and 0 <= j < depth and low[i, j] < high[i, j]:
                        more = reach if step == 0 else 0
                        begin = min(begin, low[i, j] - more)
                        end = max(end, high[i, j] + more)
            if begin < end:
                wide_low[x, y], wide_high[x, y] = max(begin, 0), min(end, length)
    return wide_low, wide_high


@kernel
def packed(values: FloatArray, low: IntArray, high: IntArray, first: IntArray, out: FloatArray) -> None:
    """Values on the part, shape (arrays, n), from those on the grid."""
    for s in range(values.shape[0]):
        for x in range(values.shape[1]):
            for y in range(values.shape[2]):
                begin, end, place = low[x, y], high[x, y], first[x, y]
                for z in range(begin, end):
                    out[s, place + z - begin] = values[s, x, y, z]


@kernel
def gradients(
    values: FloatArray, weights: FloatArray, low: IntArray, high: IntArray, first: IntArray, out: FloatArray
) -> None:
    """Derivatives of values on the grid, packed, shape (arrays, 3, n)."""
    count, width, depth, length = values.shape
    reach = weights.shape[1] // 2
    for s in range(count):
        for x in range(width):
            for y in range(depth):
                begin, end, place = low[x, y], high[x, y], first[x, y]
                for v in range(3):
                    slopes = out[s, v, place : place + end - begin]
                    slopes[:] = 0.0
                    for step in range(-reach, reach + 1):
                        weight = weights[v, step + reach]
                        i, j = x + step * (v == 0), y + step * (v == 1)
                        if weight == 0.0 or not (0 <= i < width and 0 <= j < depth):
                            continue
                        shift = step * (v == 2)
                        line = values[s, i, j]
                        for z in range(max(begin, -shift), min(end, length - shift)):
                            slopes[z - begin] += weight * line[z + shift]


@kernel
def subtract_divergence(
    flow: FloatArray, weights: FloatArray, low: IntArray, high: IntArray, first: IntArray, out: FloatArray
) -> None:
    """Take the divergence of a packed flow, shape (arrays, 3, n), from values on the grid, (arrays, X, Y, Z)."""
    count, width, depth, _ = out.shape
    reach = weights.shape[1] // 2
    for s in range(count):
        for x in range(width):
            for y in range(depth):
                begin, end = low[x, y], high[x, y]
                line = out[s, x, y]
                for v in range(3):
                    for step in range(-reach, reach + 1):
                        weight = weights[v, step + reach]
                        i, j = x + step * (v == 0), y + step * (v == 1)
                        if weight == 0.0 or not (0 <= i < width and 0 <= j < depth):
                            continue
                        shift = step * (v == 2)
                        place = first[i, j] - low[i, j] + shift
                        for z in range(max(begin, low[i, j] - shift), min(end, high[i, j] - shift)):
                            line[z] -= weight * flow[s, v, place + z]


@kernel
def spread(values: FloatArray, low: IntArray, high: IntArray, first: IntArray, out: FloatArray) -> None:
    """Put packed values, shape (arrays, n), onto the grid, where the part is."""
    for s in range(out.shape[0]):
        for x in range(out.shape[1]):
            for y in range(out.shape[2]):
                begin, place = low[x, y], first[x, y]
                for z in range(begin, high[x, y]):
                    out[s, x, y, z] = values[s, place + z - begin]

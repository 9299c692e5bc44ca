"""Sums over plane waves of functions centred on atoms, for one array at a time.

A function is f(G) (-i)^l Y_L(G) exp(-i G.R); its radial part f and Y_L are tables over the plane waves, shapes
(splines, n) and (L, n). `first`, of length atoms + 1, says which functions are an atom's; function J has angular
momentum l[J], radial part s[J] and its 2 l + 1 coefficients from place[J] on. cos and sin of G.R stand in tables of
shape (atoms, n).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nrrsim.dft.faster._kernels.compiled import kernel

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

_BLOCK = 512  # plane waves at a time, so that what is read for each atom stays near


@kernel
def _turn(
    array: NDArray[np.complex128], cos: FloatArray, sin: FloatArray, start: int, count: int,
    real: FloatArray, imag: FloatArray,
) -> None:  # fmt: skip
    """A block of the array times exp(i G.R) of an atom, as real and imaginary parts."""
    for k in range(count):
        c, s, x = cos[start + k], sin[start + k], array[start + k]
        real[k] = x.real * c - x.imag * s
        imag[k] = x.real * s + x.imag * c


@kernel
def add(
    out: NDArray[np.complex128], scale: float, coefficients: FloatArray, radial: FloatArray, harmonics: FloatArray,
    cos: FloatArray, sin: FloatArray, first: IntArray, l_of: IntArray, s_of: IntArray, place: IntArray,
) -> None:  # fmt: skip
    """Add the functions times their coefficients times a scale to an array over the plane waves."""
    real, imag, angular = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, out.size, _BLOCK):
        count = min(_BLOCK, out.size - start)
        for atom in range(first.size - 1):
            real[:] = 0.0
            imag[:] = 0.0
            for function in range(first[atom], first[atom + 1]):
                ell = l_of[function]
                angular[:] = 0.0
                for m in range(2 * ell + 1):
                    coefficient = coefficients[place[function] + m]
                    harmonic = harmonics[ell * ell + m]
                    for k in range(count):
                        angular[k] += coefficient * harmonic[start + k]
                shape = radial[s_of[function]]
                sign = 1.0 if ell % 4 in (0, 3) else -1.0
                part = real if ell % 2 == 0 else imag
                for k in range(count):
                    part[k] += sign * shape[start + k] * angular[k]
            for k in range(count):
                c, s = cos[atom, start + k], sin[atom, start + k]
                out[start + k] += scale * complex(real[k] * c + imag[k] * s, imag[k] * c - real[k] * s)


@kernel
def integrate(
    array: NDArray[np.complex128], radial: FloatArray, harmonics: FloatArray,
    cos: FloatArray, sin: FloatArray, first: IntArray, l_of: IntArray, s_of: IntArray, place: IntArray,
) -> FloatArray:  # fmt: skip
    """Real parts of the sums of an array times the functions' conjugates, one for each coefficient."""
    sums = np.zeros(place[-1] + 2 * l_of[-1] + 1)
    real, imag = np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, array.size, _BLOCK):
        count = min(_BLOCK, array.size - start)
        for atom in range(first.size - 1):
            _turn(array, cos[atom], sin[atom], start, count, real, imag)
            for function in range(first[atom], first[atom + 1]):
                ell = l_of[function]
                shape = radial[s_of[function]]
                sign = 1.0 if ell % 4 in (0, 3) else -1.0  # of the real part of i^l (real + i imag)
                part = real if ell % 2 == 0 else imag
                for m in range(2 * ell + 1):
                    harmonic = harmonics[ell * ell + m]
                    total = 0.0
                    for k in range(count):
                        total += shape[start + k] * harmonic[start + k] * part[k]
                    sums[place[function] + m] += sign * total
    return sums


@kernel
def slopes(
    array: NDArray[np.complex128], waves: FloatArray, radial: FloatArray, harmonics: FloatArray,
    cos: FloatArray, sin: FloatArray, first: IntArray, l_of: IntArray, s_of: IntArray, place: IntArray,
) -> FloatArray:  # fmt: skip
    """Imaginary parts of the sums of an array times the functions' conjugates times G, shape (coefficients, 3).

    `waves` holds G, shape (3, n).
    """
    sums = np.zeros((place[-1] + 2 * l_of[-1] + 1, 3))
    real, imag, weighted = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, array.size, _BLOCK):
        count = min(_BLOCK, array.size - start)
        for atom in range(first.size - 1):
            _turn(array, cos[atom], sin[atom], start, count, real, imag)
            for function in range(first[atom], first[atom + 1]):
                ell = l_of[function]
                shape = radial[s_of[function]]
                sign = 1.0 if ell % 4 in (0, 1) else -1.0  # of the imaginary part of i^l (real + i imag)
                part = imag if ell % 2 == 0 else real
                for m in range(2 * ell + 1):
                    harmonic = harmonics[ell * ell + m]
                    for k in range(count):
                        weighted[k] = shape[start + k] * harmonic[start + k] * part[k]
                    for v in range(3):
                        total = 0.0
                        for k in range(count):
                            total += weighted[k] * waves[v, start + k]
                        sums[place[function] + m, v] += sign * total
    return sums

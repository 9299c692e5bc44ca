"""LU with partial pivoting after each row was scaled by its largest entry, and solutions by it, all in place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import kernel, part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@part
def copy_into(target_i: Floats, source_i: Floats) -> None:
    """Copy a vector; what numba makes of `target[:] = source` takes long to compile."""
    for i in range(target_i.size):
        target_i[i] = source_i[i]


@kernel
def factorise(a: Floats, row_scale_i: Floats, swap_i: Ints) -> bool:
    """Turn a matrix into its factors; False when it is singular."""
    n = a.shape[0]
    for r in range(n):
        largest = 0.0
        for c in range(n):
            largest = max(largest, abs(a[r, c]))
        if not 0.0 < largest < np.inf:
            return False
        row_scale_i[r] = 1.0 / largest
        for c in range(n):
            a[r, c] *= row_scale_i[r]
    for c in range(n):
        pivot = c
        for r in range(c + 1, n):
            if abs(a[r, c]) > abs(a[pivot, c]):
                pivot = r
        if not abs(a[pivot, c]) > 0.0:
            return False
        swap_i[c] = pivot
        if pivot != c:
            for i in range(n):
                a[c, i], a[pivot, i] = a[pivot, i], a[c, i]
        inverse = 1.0 / a[c, c]
        for r in range(c + 1, n):
            factor = a[r, c]
            if factor != 0.0:
                factor *= inverse
                a[r, c] = factor
                for i in range(c + 1, n):
                    a[r, i] -= factor * a[c, i]
    return True


@kernel
def solve(factors: Floats, row_scale_i: Floats, swap_i: Ints, b: Floats) -> None:
    """Replace b by the solution x of A x = b."""
    n = b.size
    for r in range(n):
        b[r] *= row_scale_i[r]
    for c in range(n):
        b[c], b[swap_i[c]] = b[swap_i[c]], b[c]
    for c in range(n):
        x = b[c]
        if x != 0.0:
            for r in range(c + 1, n):
                b[r] -= factors[r, c] * x
    for r in range(n - 1, -1, -1):
        x = b[r]
        for i in range(r + 1, n):
            x -= factors[r, i] * b[i]
        b[r] = x / factors[r, r]


@kernel
def solve_transposed(factors: Floats, row_scale_i: Floats, swap_i: Ints, b: Floats) -> None:
    """Replace b by the solution x of A^T x = b."""
    n = b.size
    for c in range(n):
        x = b[c]
        for r in range(c):
            x -= factors[r, c] * b[r]
        b[c] = x / factors[c, c]
    for c in range(n - 1, -1, -1):
        x = b[c]
        for r in range(c + 1, n):
            x -= factors[r, c] * b[r]
        b[c] = x
    for c in range(n - 1, -1, -1):
        b[c], b[swap_i[c]] = b[swap_i[c]], b[c]
    for r in range(n):
        b[r] *= row_scale_i[r]

"""Net rates and turnovers from the least busy steps that determine them.

The net rate of a nearly equilibrated step is a small difference of large numbers. At a steady state sum_j nu_ij r_j = 0
lets the rates of some steps follow from those of the others. The busiest set of steps that can follow (a basis of the
columns of nu, taken greedily, which for a matroid is the best there is) is found by Gauss-Jordan elimination; all net
rates and turnovers are then combinations of the rates of the least busy steps, with small whole-number coefficients.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.compiled import kernel, part
from nrrsim.solvers._kernels.network import Network, Workspace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ZERO = 1e-9  # coefficients are ratios of small whole numbers: anything below is rounding
_BUSIER = 10.0  # a basis of another condition serves as long as no step outside is that much busier than one it fixes
ROUNDING = 64 * 2.220446049250313e-16  # of a sum of products of constants and coverages


@kernel
def busiest_basis(network: Network, traffic_j: Floats, work: Workspace) -> int:
    """Gauss-Jordan elimination of nu, the busiest columns first: `basis` rows, their pivots, and how many there are."""
    n, n_steps = network.nu_ij.shape
    for i in range(n):
        for j in range(n_steps):
            work.basis[i, j] = network.nu_ij[i, j]
    by_traffic(traffic_j, work.order_j)
    for j in range(n_steps):
        work.is_pivot_j[j] = False
    size: Any = np.int64(0)  # a plain 0 would be a type of its own
    for j in work.order_j:
        row = size
        for i in range(size, n):
            if abs(work.basis[i, j]) > abs(work.basis[row, j]):
                row = i
        if size == n or abs(work.basis[row, j]) < _ZERO:
            continue
        _eliminate(work.basis, size, row, j)
        work.pivot_b[size] = j
        work.is_pivot_j[j] = True
        size += 1
    return int(size)


@part
def by_traffic(traffic_j: Floats, order_j: Ints) -> None:
    """Steps in order, the busiest first; of equals the first one."""
    for position in range(order_j.size):
        j, place = position, position
        while place > 0 and traffic_j[order_j[place - 1]] < traffic_j[j]:
            order_j[place] = order_j[place - 1]
            place -= 1
        order_j[place] = j


@part
def _eliminate(a: Floats, row: int, pivot: int, j: int) -> None:
    """Bring the pivot's row to `row`, scale its entry in column j to one and clear the column elsewhere."""
    n, n_steps = a.shape
    for c in range(n_steps):
        a[row, c], a[pivot, c] = a[pivot, c], a[row, c]
    scale = 1.0 / a[row, j]
    for c in range(n_steps):
        a[row, c] *= scale
    for r in range(n):
        factor = a[r, j]
        if r != row and factor != 0.0:
            for c in range(n_steps):
                a[r, c] -= factor * a[row, c]


@part
def still_busiest(traffic_j: Floats, size: int, work: Workspace) -> bool:
    """Whether the basis in the workspace is nearly the busiest one for this traffic, too."""
    for b in range(size):
        limit = _BUSIER * traffic_j[work.pivot_b[b]]
        for j in range(traffic_j.size):
            if traffic_j[j] > limit and not work.is_pivot_j[j] and abs(work.basis[b, j]) > _ZERO:
                return False
    return True


@kernel
def net_rates(size: int, work: Workspace) -> None:
    """Net rate of every step: direct for those outside the basis, through them for the others."""
    n_steps = work.net_j.size
    for j in range(n_steps):
        work.net_j[j] = 0.0 if work.is_pivot_j[j] else work.direct_j[j]
    for b in range(size):
        total = 0.0
        for j in range(n_steps):
            if not work.is_pivot_j[j]:
                total -= work.basis[b, j] * work.net_j[j]
        work.net_j[work.pivot_b[b]] = total


@kernel
def turnovers(network: Network, share: float, size: int, work: Workspace, tof_g: Floats, error_g: Floats) -> None:
    """Net production of each gas, its relative error (infinite where it is all rounding), and its cut.

    The error is a share of the one-way rates in the cut: their rounding and that of the coverages.
    """
    n_steps = work.net_j.size
    for g in range(network.nu_gj.shape[0]):
        total, gross = 0.0, 0.0
        for j in range(n_steps):
            coefficient = 0.0
            if not work.is_pivot_j[j]:
                coefficient = network.nu_gj[g, j]
                for b in range(size):
                    coefficient -= network.nu_gj[g, work.pivot_b[b]] * work.basis[b, j]
                if abs(coefficient) < _ZERO:
                    coefficient = 0.0
            work.cut_gj[g, j] = coefficient
            if coefficient != 0.0:
                total += coefficient * work.net_j[j]
                gross += abs(coefficient) * (work.forward_j[j] + work.reverse_j[j])
        tof_g[g] = total
        uncertainty = gross * share
        error_g[g] = uncertainty / abs(total) if total != 0.0 else (0.0 if gross == 0.0 else np.inf)


@part
def fluxes(network: Network, share: float, basis_size: int, work: Workspace, tof_g: Floats, tof_error_g: Floats) -> int:
    """Net rates and turnovers from the rates in the workspace; the size of the flux basis."""
    traffic_j = work.step_j
    for j in range(traffic_j.size):
        traffic_j[j] = np.inf if network.is_held_j[j] else work.forward_j[j] + work.reverse_j[j]
    if basis_size < 0 or not still_busiest(traffic_j, basis_size, work):
        basis_size = busiest_basis(network, traffic_j, work)
    net_rates(basis_size, work)
    turnovers(network, share, basis_size, work, tof_g, tof_error_g)
    return basis_size

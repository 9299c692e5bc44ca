"""The index arrays that every kernel works on, and the memory that one thread works in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WARM, COLD, CAREFUL, EVEN, DOUBLE_DOUBLE, NONE = 1, 2, 3, 4, 5, 0  # rungs of the ladder; NONE is no certified answer
GIVEN = 6  # no rung: cautious from the coverages given, and nothing after it
BOLD = 0  # modes of pseudo-transient continuation
CAUTIOUS = 1
NEWTON = 2


class Network(NamedTuple):
    """A topology as arrays.

    Parameters
    ----------
    initial_jm, final_jm : array (j, m)
        Species of each side, as often as they stand there, then -1.
    changed_jm, change_jm : array (j, m)
        Species whose number a step changes, then -1, and by how much.
    nu_ij, nu_gj : array
        Stoichiometry of surface species and gases.
    site_si : array (s, i)
        Sites of type s that species i occupies.
    free_s : array (s,)
        The free site of each type.
    move_m4 : array (m, 4)
        Changes of single sites: step, species from, species to, site type.
    equilibrium_q : array (q,)
        Steps held at equilibrium.
    is_held_j : array (j,) of bool
    balance_ki : array (k, i)
        Combinations of balances in which no step at equilibrium appears; the identity without such steps.
    site_in_balance_sk : array (s, k)
        Share of each balance row in the conservation of a site type.
    """

    initial_jm: Ints
    final_jm: Ints
    changed_jm: Ints
    change_jm: Floats
    nu_ij: Floats
    nu_gj: Floats
    site_si: Floats
    free_s: Ints
    move_m4: Ints
    equilibrium_q: Ints
    is_held_j: NDArray[np.bool_]
    balance_ki: Floats
    site_in_balance_sk: Floats


class Rates(NamedTuple):
    """Rate constants and what else a condition gives.

    Parameters
    ----------
    kf_j, kr_j : array (j,)
        Constants with pressures in them [1/s].
    density_i : array (i,)
        Density of each species' site type over that of the first.
    coupling_ik : array (i, k)
        d mu_i/d theta_k over kT, or shape (0, 0) without interactions.
    share_j : array (j,)
        Share of the final state's interaction energy felt by the transition state.
    """

    kf_j: Floats
    kr_j: Floats
    density_i: Floats
    coupling_ik: Floats
    share_j: Floats


class Answers(NamedTuple):
    """What the steady states of c conditions are; arrays of no rows are not filled.

    Parameters
    ----------
    theta_ci : array (c, i)
    tof_cg, tof_error_cg : array (c, g)
        Net production of each gas [1/s per site of the first type] and its relative error.
    net_cj : array (c, j) or (0, j)
    control_cj : array (c, j) or (0, j)
        Degree of rate control on the chosen gas.
    error_c : array (c,)
        Bound on the largest relative error of a coverage; infinite without a certificate.
    rung_c : array (c,)
        Of the ladder; NONE where no attempt was certified.
    iterations_c : array (c,)
    """

    theta_ci: Floats
    tof_cg: Floats
    tof_error_cg: Floats
    net_cj: Floats
    control_cj: Floats
    error_c: Floats
    rung_c: NDArray[np.int8]
    iterations_c: Ints


class Workspace(NamedTuple):
    """Memory of one thread, so that the kernels allocate nothing."""

    theta_i: Floats
    before_i: Floats
    kf_j: Floats
    kr_j: Floats
    fast_f_j: Floats
    fast_r_j: Floats
    uncoupled: Floats
    matrix: Floats
    right_i: Floats
    low_i: Floats
    balances: Floats
    row_scale_i: Floats
    swap_i: Ints
    replaced_s: Ints
    forward_j: Floats
    reverse_j: Floats
    chain: Floats
    local_i: Ints
    member_i: Ints
    pi_i: Floats
    deviation_i: Floats
    correction_i: Floats
    saved_i: Floats
    start_i: Floats
    size_i: Floats
    step_j: Floats
    basis: Floats
    order_j: Ints
    pivot_b: Ints
    is_pivot_j: NDArray[np.bool_]
    direct_j: Floats
    net_j: Floats
    cut_gj: Floats


def workspace(network: Network) -> Workspace:
    """Memory for one network."""
    n, n_steps = network.nu_ij.shape
    n_sites, n_gases = network.site_si.shape[0], network.nu_gj.shape[0]
    return Workspace(
        np.zeros(n),
        np.zeros(n),
        np.zeros(n_steps),
        np.zeros(n_steps),
        np.zeros(n_steps),
        np.zeros(n_steps),
        np.zeros((0, 0)),
        np.zeros((n, n)),
        np.zeros(n),
        np.zeros(n),
        np.zeros((n, n)),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.zeros(n_sites, dtype=np.int64),
        np.zeros(n_steps),
        np.zeros(n_steps),
        np.zeros((n, n)),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n_steps),
        np.zeros((n, n_steps)),
        np.zeros(n_steps, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n_steps, dtype=np.bool_),
        np.zeros(n_steps),
        np.zeros(n_steps),
        np.zeros((n_gases, n_steps)),
    )

"""Structures laid over one another: back to themselves from any order and pose, and never farther apart than given."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from scipy.spatial.transform import Rotation

from nrrsim.campaign.states import State, starts
from nrrsim.errors import InputError
from nrrsim.structures.catalog.lookup import build_site
from nrrsim.structures.matching import matched
from nrrsim.structures.sites import adsorbate_atoms


def two_nitrogen(site: str) -> Atoms:
    clean = build_site(site)
    return starts(clean, State("2N", parts=(State("N", "N"), State("N", "N"))), count=1)[0]


@pytest.mark.parametrize("seed", range(5))
def test_a_cluster_turned_shuffled_and_mirrored_lies_on_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    there = two_nitrogen("m3-ru")
    there.rattle(0.05, rng=rng)
    host, guests = [0, 1, 2], [i for group in adsorbate_atoms(there) for i in group]
    order = [*rng.permutation(host), *rng.permutation(guests)]
    here = there.copy()
    here.positions[:] = Rotation.random(rng=rng).apply(there.positions[order] * [1, 1, (-1) ** seed]) + rng.random(3)
    np.testing.assert_allclose(matched(here, there).positions, there.positions, rtol=0, atol=1e-6)


def test_atoms_of_a_slab_keep_their_order_and_its_adsorbates_are_paired() -> None:
    there = two_nitrogen("ru0001")
    first, second = (i for group in adsorbate_atoms(there) for i in group)
    here = there.copy()
    here.positions[[first, second]] = there.positions[[second, first]] + [0.1, 0.0, 0.0]
    laid = matched(here, there)
    np.testing.assert_array_equal(laid.positions[:first], there.positions[:first])
    np.testing.assert_allclose(laid.positions[[first, second]] - there.positions[[first, second]], [[0.1, 0, 0]] * 2)


def test_other_atoms_are_refused() -> None:
    with pytest.raises(InputError, match="Ru3N2 and Ru3 hold different atoms"):
        matched(two_nitrogen("m3-ru"), build_site("m3-ru"))

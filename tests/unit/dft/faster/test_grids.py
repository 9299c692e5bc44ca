"""Slopes on the part of a grid that is not empty, against the same on the whole of it."""

import numpy as np
import pytest

from nrrsim.dft.faster._kernels import grids

SHAPE = (11, 12, 13)
WEIGHTS = np.array([[0.1, -0.7, 0.2, 0.5, 0.3], [0.0, -2.0, 0.0, 2.0, 0.0], [0.4, 0.3, 0.0, -0.1, 0.9]])
REACH = 2


@pytest.fixture(params=[0, 1, 2])
def values(request):
    """Two arrays that are zero but for a few points, also at the border and with holes between."""
    rng = np.random.default_rng(request.param)
    array = np.zeros((2, *SHAPE))
    for s in range(2):
        for point in rng.integers(0, SHAPE, size=(4, 3)):
            array[s][tuple(point)] = rng.normal()
    return array


def part_of(values):
    """Ranges that hold all that two derivatives in a row reach, and where each line begins."""
    low, high = grids.occupied(values)
    for _ in range(2):
        low, high = grids.widened(low, high, SHAPE[2], REACH)
    first = (np.cumsum(high - low) - (high - low).ravel()).reshape(low.shape)
    return low, high, first, int((high - low).sum())


def derivative(values, v):
    """Along an axis of the last three, by its definition."""
    found = np.zeros_like(values)
    size = values.shape[v + 1]
    for step in range(-REACH, REACH + 1):
        for i in range(size):
            if 0 <= i + step < size:
                here, there = [slice(None)] * 4, [slice(None)] * 4
                here[v + 1], there[v + 1] = i, i + step
                found[tuple(here)] += WEIGHTS[v, step + REACH] * values[tuple(there)]
    return found


def spread(packed, part, empty=0.0):
    low, high, first, _ = part
    out = np.full((len(packed), *SHAPE), empty)
    grids.spread(packed, low, high, first, out)
    return out


def test_ranges_hold_all_that_is_not_zero_and_no_more(values):
    low, high = grids.occupied(values)
    for x, y in np.ndindex(*SHAPE[:2]):
        where = np.flatnonzero(values[:, x, y].any(axis=0))
        expected = (where[0], where[-1] + 1) if len(where) else (0, 0)
        assert (low[x, y], high[x, y]) == expected


def test_nothing_is_nowhere():
    low, high = grids.occupied(np.zeros((1, *SHAPE)))
    assert not low.any()
    assert not high.any()
    wide = grids.widened(low, high, SHAPE[2], REACH)
    assert not np.any(wide)


def test_packed_values_come_back(values):
    part = part_of(values)
    low, high, first, count = part
    packed = np.full((2, count), np.nan)
    grids.packed(values, low, high, first, packed)
    np.testing.assert_array_equal(spread(packed, part), values)
    beyond = spread(packed, part, empty=7.0)
    assert (beyond == 7.0).sum() == 2 * (np.prod(SHAPE) - count)


def test_gradients_and_their_divergence_are_those_of_the_whole_grid(values):
    part = part_of(values)
    low, high, first, count = part
    slopes = np.full((2, 3, count), np.nan)
    grids.gradients(values, WEIGHTS, low, high, first, slopes)
    whole = np.stack([derivative(values, v) for v in range(3)], axis=1)
    for v in range(3):
        np.testing.assert_allclose(spread(slopes[:, v], part), whole[:, v], rtol=0, atol=1e-14)
    out = np.full_like(values, 0.5)
    grids.subtract_divergence(slopes, WEIGHTS, low, high, first, out)
    expected = 0.5 - sum(derivative(whole[:, v], v) for v in range(3))
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-13)

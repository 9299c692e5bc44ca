"""The B5 picture: one line for each shape, what it shows and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.plot import b5_shares
from nrrsim.structures.b5_shares import SizeBin


def size(low: float, share: float) -> SizeBin:
    return SizeBin((low, low + 2.0), 3, 100.0, 60.0, 60 * share, share, share / 2, 2 * share, 0.6 * share, 0.0)


def test_each_shape_is_a_line_in_nanometres_with_its_range() -> None:
    ax = b5_shares({"a": [size(10.0, 0.1), size(12.0, 0.2)], "b": [size(10.0, 0.0)]})
    first, second = ax.get_lines()
    np.testing.assert_allclose(first.get_xydata(), [[1.1, 0.1], [1.3, 0.2]])
    np.testing.assert_allclose(second.get_xydata(), [[1.1, 0.0]])
    assert len(ax.collections) == 2
    assert ax.collections[0].get_datalim(ax.transData).ymax == pytest.approx(0.4)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(InputError, match="no particles to draw"):
        b5_shares({"a": []})

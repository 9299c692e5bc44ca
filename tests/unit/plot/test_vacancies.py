"""The figure of vacancies holds its names, however long they are."""

from __future__ import annotations

import numpy as np
import pytest

from nrrsim.campaign.vacancies import VacancySweep
from nrrsim.plot.style import figure_of, renderer_for
from nrrsim.plot.vacancies import vacancy_formation


@pytest.mark.parametrize("site", ["a", "moo3-bilayer-x0.25", "moo3-bilayer-with-a-name-of-some-length"])
def test_names_and_axis_stay_inside(site: str) -> None:
    values = np.linspace(-6.0, 6.0, 5)
    sweep = VacancySweep("log10 p(O2)/bar", values, (298.15,), {site: -values[None] / 8}, -1.0, "p(O2) = 0.1 bar")
    ax = vacancy_formation(sweep)
    figure, renderer = figure_of(ax), renderer_for(ax)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent(renderer).x1 <= figure.bbox.x1
    assert ax.get_tightbbox(renderer).x0 >= 0
    assert ax.get_position().width > 0.3

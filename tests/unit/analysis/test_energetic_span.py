"""The energetic span by hand."""

from dataclasses import dataclass

import pytest

from nrrsim.analysis.energetic_span import energetic_span


@dataclass
class State:
    label: str
    G: float


def profile(*levels):
    return [State(f"I{k}", G) for k, G in enumerate(levels)]


def test_transition_state_after_the_intermediate():
    span = energetic_span(profile(0.0, -0.5, 0.1, -1.0), [(0.4, True), (0.9, True), (0.3, True)])
    assert span.energy == pytest.approx(1.4)  # 0.9 - (-0.5)
    assert span.transition_state == ("I1", "I2")
    assert span.intermediate == "I1"
    assert not span.lower_bound


def test_transition_state_before_the_intermediate_counts_the_reaction():
    span = energetic_span(profile(0.0, 0.2, -1.5, -0.6), [(1.3, True), (0.5, True), (-0.2, True)])
    assert span.energy == pytest.approx(1.3 - (-1.5) - 0.6)  # the TDTS lies before the TDI: plus dG_r
    assert span.intermediate == "I2"
    assert span.transition_state == ("I0", "I1")


def test_an_unknown_barrier_makes_a_lower_bound():
    assert energetic_span(profile(0.0, 0.2, -0.1), [(0.2, False), (0.6, True)]).lower_bound


def test_the_zero_of_the_profile_does_not_matter():
    levels, tops = (0.0, -0.4, 0.3, -0.8), ((0.5, True), (1.0, True), (0.6, True))
    base = energetic_span(profile(*levels), tops).energy
    moved = energetic_span(profile(*(G + 3 for G in levels)), [(T + 3, k) for T, k in tops]).energy
    assert moved == pytest.approx(base, abs=1e-12)

"""The energetic span of a catalytic cycle: which transition state and which intermediate set its turnover.

dE = max over transition states i and intermediates j of T_i - I_j, plus dG_r where i comes before j in the cycle.

References
----------
S. Kozuch, S. Shaik, Acc. Chem. Res. 44 (2011) 101, doi:10.1021/ar1000956.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Level(Protocol):
    """A state of a profile."""

    @property
    def label(self) -> str:
        """Its label."""

    @property
    def G(self) -> float:
        """Its Gibbs energy over the start [eV]."""


@dataclass(frozen=True)
class EnergeticSpan:
    """The span [eV], the TOF-determining transition state (between two labels) and intermediate.

    Parameters
    ----------
    energy : float
        [eV]
    transition_state : tuple[str, str]
        Labels of the states it lies between.
    intermediate : str
    lower_bound : bool
        True when a step of the cycle has no published barrier and counts the higher of its two states.
    """

    energy: float
    transition_state: tuple[str, str]
    intermediate: str
    lower_bound: bool


def energetic_span(states: Sequence[Level], transition_levels: Sequence[tuple[float, bool]]) -> EnergeticSpan:
    """The energetic span of a cycle.

    Parameters
    ----------
    states : sequence of Level
        n + 1 states, the last one the first after a turnover.
    transition_levels : sequence of (float, bool)
        n heights over the start [eV], and whether each barrier is known.
    """
    reaction = states[-1].G - states[0].G
    best: EnergeticSpan | None = None
    bound = not all(known for _, known in transition_levels)
    for i, (level, _) in enumerate(transition_levels):
        for j, state in enumerate(states[:-1]):
            energy = level - state.G + (0.0 if i >= j else reaction)
            if best is None or energy > best.energy:
                best = EnergeticSpan(energy, (states[i].label, states[i + 1].label), state.label, bound)
    assert best is not None
    return best

"""The other answers a catalyst could give: another one to blame for the gas error, another assumed barrier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nrrsim.analysis.operating_point import operate
from nrrsim.analysis.selectivity import faradaic_efficiency
from nrrsim.core.conditions import Conditions
from nrrsim.kinetics.mechanism import Mechanism


@dataclass(frozen=True)
class Alternative:
    """One other choice and its certified answer, or the sentence why it has none.

    Parameters
    ----------
    label : str
        The choice in words.
    success : bool
    status : str
    tof : Mapping[str, float]
        By gas [1/s per site]; of no meaning without success.
    faradaic_efficiency : Mapping[str, float] or None
    """

    label: str
    success: bool
    status: str
    tof: Mapping[str, float]
    faradaic_efficiency: Mapping[str, float] | None


def alternatives(mechanism: Mechanism, conditions: Conditions, barriers: Sequence[float]) -> tuple[Alternative, ...]:
    """Answers under every other gas policy and, together with each policy, under every assumed barrier.

    Parameters
    ----------
    mechanism : Mechanism
        As in its file.
    conditions : Conditions
    barriers : sequence of float
        Barriers to assume where none is published [eV]; empty where none is needed.
    """
    others = mechanism.gas.alternatives()
    choices: list[tuple[str, Mechanism]] = [(f"gas {gas.label}", mechanism.with_gas(gas)) for gas in others]
    if barriers:
        chosen = (f"gas {mechanism.gas.label}", mechanism) if others else ("", mechanism)
        choices = [
            (
                ", ".join(part for part in (label, f"assumed Ga0 = {barrier:g} eV") if part),
                m.with_assumed_barrier(barrier),
            )
            for label, m in (chosen, *choices)
            for barrier in barriers
        ]
    return tuple(_answer(label, m, conditions) for label, m in choices)


def _answer(label: str, mechanism: Mechanism, conditions: Conditions) -> Alternative:
    solution = operate(mechanism, conditions).solution
    efficiency = faradaic_efficiency(solution, mechanism.network) if solution.success else None
    return Alternative(label, solution.success, solution.status, solution.tof, efficiency)

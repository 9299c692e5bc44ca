"""Which pathways a diagram shows, and in which columns their states stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from nrrsim.analysis.diagram import Diagram, DiagramStep, PathwayDiagram
from nrrsim.errors import InputError
from nrrsim.plot.style import COLOURS, DASHES

CANONICAL: Final = ("distal", "alternating", "enzymatic", "dissociative")
ELECTROCHEMICAL: Final = "electrochemical"
SMALLEST_HUMP = 0.02  # a transition state less than this above both its levels is drawn as a plain line [eV]


def chosen(diagram: Diagram, names: Sequence[str] | None, most: int) -> tuple[PathwayDiagram, ...]:
    """The pathways of those names; without names the first and the canonical ones, in the order of the diagram."""
    if most < 1:
        raise InputError(f"max_pathways = {most} draws nothing.", remedy="give 1 or more.")
    if names is not None:
        drawn = tuple(diagram.pathway(name) for name in dict.fromkeys(names))
    else:
        drawn = (*diagram.pathways[:1], *(p for p in diagram.pathways[1:] if p.name in CANONICAL))[:most]
    if not drawn:
        raise InputError(f"there is no pathway of {diagram.catalyst} to draw.", remedy="name one that the diagram has.")
    return drawn


@dataclass(frozen=True)
class Profile:
    """A pathway with the column of each of its states, and its look."""

    pathway: PathwayDiagram
    columns: tuple[int, ...]
    electrons: tuple[int, ...]
    colour: str
    dashes: tuple[float, tuple[float, ...]]
    best: bool

    @property
    def G(self) -> tuple[float, ...]:
        """Heights of the states over the start [eV]."""
        return tuple(s.G for s in self.pathway.states)


def profiles_of(diagram: Diagram, drawn: tuple[PathwayDiagram, ...]) -> tuple[Profile, ...]:
    """The pathways with their columns and looks."""
    electrons = [_electrons(p) for p in drawn]
    by_step = [tuple(range(len(p.states))) for p in drawn]
    columns = _columns(electrons) if diagram.kind == ELECTROCHEMICAL else by_step
    return tuple(
        Profile(p, c, e, COLOURS[k % len(COLOURS)], DASHES[k % len(DASHES)], p.name == diagram.best)
        for k, (p, c, e) in enumerate(zip(drawn, columns, electrons, strict=True))
    )


def _electrons(pathway: PathwayDiagram) -> tuple[int, ...]:
    """Electrons transferred when each state is reached."""
    counts = [0]
    for step in pathway.steps:
        counts.append(counts[-1] + step.n_electrons * step.count)
    return tuple(counts)


def _columns(electrons: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Columns by electron count, as many to a count as the pathway with most states there needs.

    The last state of a pathway stands in the last column of its count, so that ends align.
    """
    most: dict[int, int] = {}
    for counts in electrons:
        for count, members in groupby(counts):
            most[count] = max(most.get(count, 0), len(list(members)))
    first, start = {}, 0
    for count in sorted(most):
        first[count], start = start, start + most[count]
    columns = []
    for counts in electrons:
        seen: dict[int, int] = {}
        places = []
        for count in counts:
            places.append(first[count] + seen.get(count, 0))
            seen[count] = seen.get(count, 0) + 1
        places[-1] = first[counts[-1]] + most[counts[-1]] - 1
        columns.append(tuple(places))
    return columns


def peak_of(step: DiagramStep, before: float, after: float) -> float | None:
    """Height of the transition state of a step turned once, where it stands out."""
    if step.barrier is None or step.count > 1:
        return None
    top = before + step.barrier
    return top if top > max(before, after) + SMALLEST_HUMP else None


def determining(profile: Profile) -> tuple[int, float]:
    """Index of the step of the turnover-determining transition state, and its height over the start [eV]."""
    names = [s.label for s in profile.pathway.states]
    k = next(i for i in range(len(names) - 1) if (names[i], names[i + 1]) == profile.pathway.span.transition_state)
    peak = peak_of(profile.pathway.steps[k], profile.G[k], profile.G[k + 1])
    return k, max(profile.G[k], profile.G[k + 1]) if peak is None else peak


def between_columns(profile: Profile, k: int) -> float:
    """The middle of a step."""
    return (profile.columns[k] + profile.columns[k + 1]) / 2

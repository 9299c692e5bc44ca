"""Where labels go: greedy placement beside their anchors, clear of each other and, as far as possible, of the lines.

Each label tries positions above and below its anchor, near ones first. A position outside the frame or over another
box is refused; over a line, or beyond a level that is not its own, it costs as much as a long way. All lengths are in
points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PADDING = 1.5  # between boxes
GAP = 4.5  # between anchor and label
LEADER_FROM = 11.0  # a label farther off than this gets a leader line
REACH = 120.0
LINE_COST = 8.0  # per crossing point, points lie 4 apart
LEVEL_COST = 80.0
SIDE_COST = 30.0  # for a label beside its anchor, at its height


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.y1 - self.y0


@dataclass(frozen=True)
class Anchored:
    """A label to place: its anchor and its width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Place:
    """The centre of a placed label, whether no foreign level lies between, and the ends of its leader line, if any."""

    x: float
    y: float
    clear: bool
    leader: tuple[tuple[float, float], tuple[float, float]] | None


@dataclass
class Obstacles:
    """What labels keep clear of.

    Parameters
    ----------
    frame : Box
        Labels stay inside.
    boxes : list of Box
        Never overlapped.
    points : ndarray
        Along the lines, shape (n, 2); overlapped where there is no better place.
    levels : sequence of Box
        Horizontal bars; a label beyond one seems to belong to it.
    """

    frame: Box
    boxes: list[Box]
    points: Floats
    levels: Sequence[Box] = field(default_factory=tuple)


def arrange(labels: Sequence[Anchored], obstacles: Obstacles) -> list[Place | None]:
    """Places of the labels, in their order; None for a label without room.

    Parameters
    ----------
    labels : sequence of Anchored
    obstacles : Obstacles
        Left as it is.
    """
    taken = Obstacles(obstacles.frame, list(obstacles.boxes), obstacles.points, obstacles.levels)
    places: list[Place | None] = []
    for label in labels:
        place = _place(label, taken)
        places.append(place)
        if place is None:
            continue
        taken.boxes.append(_box(place.x, place.y, label))
        if place.leader is not None:
            taken.points = np.vstack([taken.points, _between(*place.leader)])
    return places


def _place(label: Anchored, taken: Obstacles) -> Place | None:
    offsets = _offsets(label)
    cost = np.abs(offsets[:, 1]) - label.height / 2 + 0.6 * np.abs(offsets[:, 0])
    cost += SIDE_COST * (offsets[:, 1] == 0.0)
    x0 = label.x + offsets[:, 0] - label.width / 2 - PADDING
    y0 = label.y + offsets[:, 1] - label.height / 2 - PADDING
    x1, y1 = x0 + label.width + 2 * PADDING, y0 + label.height + 2 * PADDING
    free = (x0 >= taken.frame.x0) & (x1 <= taken.frame.x1) & (y0 >= taken.frame.y0) & (y1 <= taken.frame.y1)
    for box in taken.boxes:
        free &= (x1 <= box.x0) | (x0 >= box.x1) | (y1 <= box.y0) | (y0 >= box.y1)
    px, py = taken.points[:, :1].T, taken.points[:, 1:].T
    crossed = (px > x0[:, None]) & (px < x1[:, None]) & (py > y0[:, None]) & (py < y1[:, None])
    cost += LINE_COST * crossed.sum(axis=1)
    beyond = np.zeros(len(offsets), dtype=bool)
    for level in taken.levels:
        beside = (level.x0 < x1) & (level.x1 > x0)
        middle = label.y + offsets[:, 1]
        between = (np.minimum(label.y, middle) + 0.5 < level.y0) & (level.y0 < np.maximum(label.y, middle) - 0.5)
        beyond |= beside & between
    cost += LEVEL_COST * beyond
    for k in np.argsort(cost, kind="stable"):
        if not free[k]:
            continue
        x, y = label.x + offsets[k, 0], label.y + offsets[k, 1]
        leader = _leader(label, float(x), float(y))
        if leader is None or not _hits(_between(*leader), taken.boxes):
            return Place(float(x), float(y), not beyond[k], leader)
    return None


def _offsets(label: Anchored) -> Floats:
    """Centres to try, relative to the anchor, shape (m, 2)."""
    rises = label.height / 2 + GAP + np.arange(0.0, REACH, 3.0)
    shifts = np.array([0.0, 0.25, -0.25, 0.5, -0.5, 0.8, -0.8]) * label.width
    over = [(dx, sign * dy) for dy in rises for sign in (1, -1) for dx in shifts]
    beside = [(sign * (label.width / 2 + GAP + extra), 0.0) for extra in (2.0, 10.0, 18.0) for sign in (1, -1)]
    return np.array(over + beside)


def _leader(label: Anchored, x: float, y: float) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """From the anchor to the nearest point of the label's edge, where that is far."""
    reach = 0.4 if abs(y - label.y) > label.height / 2 else 0.5  # of the width: not to a corner
    edge_x = min(max(label.x, x - reach * label.width), x + reach * label.width)
    edge_y = min(max(label.y, y - label.height / 2), y + label.height / 2)
    if np.hypot(edge_x - label.x, edge_y - label.y) < LEADER_FROM:
        return None
    return (label.x, label.y), (edge_x, edge_y)


def _hits(points: Floats, boxes: Sequence[Box]) -> bool:
    x, y = points.T
    return any(bool(np.any((x > b.x0) & (x < b.x1) & (y > b.y0) & (y < b.y1))) for b in boxes)


def _between(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    n = max(2, int(np.hypot(end[0] - start[0], end[1] - start[1]) / 4.0) + 1)
    return np.linspace(start, end, n)


def _box(x: float, y: float, label: Anchored) -> Box:
    w, h = label.width / 2 + PADDING, label.height / 2 + PADDING
    return Box(x - w, y - h, x + w, y + h)


def along(polyline: Floats) -> Floats:
    """Points 4 apart along a polyline, shape (n, 2)."""
    return np.vstack([_between(tuple(a), tuple(b)) for a, b in pairwise(polyline)])

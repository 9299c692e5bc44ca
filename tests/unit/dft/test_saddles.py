"""Climbing to saddles: on a published landscape, of fixed atoms, stopped midway; what Hessians learn from steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.constraints import FixAtoms
from inversion import inverted

from nrrsim.dft.bench import Point
from nrrsim.dft.saddles import climb, exact, learned
from nrrsim.dft.settings import settings
from nrrsim.errors import InputError

# K. Mueller and L. D. Brown, Theor. Chim. Acta 53 (1979) 75, doi 10.1007/BF00547608, in hundredths of its unit as eV
A = np.array([-200.0, -100.0, -170.0, 15.0])
RATES = np.array([[-1.0, 0.0, -10.0], [-1.0, 0.0, -10.0], [-6.5, 11.0, -6.5], [0.7, 0.6, 0.7]])
CENTRES = np.array([[1.0, 0.0], [0.0, 0.5], [-0.5, 1.5], [-1.0, 1.0]])
SADDLES = {(-0.822, 0.624): -0.4066, (0.212, 0.293): -0.7225}


class Landscape:
    """A bench for one atom over the surface of Mueller and Brown, with a spring along z and others at rest."""

    goes_on = False

    def __init__(self) -> None:
        self.asked = 0

    def compute(self, atoms: Atoms, *, moment: int | None = None, **_: Any) -> Point:
        self.asked += 1
        x, y, z = atoms.positions[-1]
        dx, dy = x - CENTRES[:, 0], y - CENTRES[:, 1]
        parts = 0.01 * A * np.exp(RATES[:, 0] * dx**2 + RATES[:, 1] * dx * dy + RATES[:, 2] * dy**2)
        slope = [
            float(parts @ (2 * RATES[:, 0] * dx + RATES[:, 1] * dy)),
            float(parts @ (RATES[:, 1] * dx + 2 * RATES[:, 2] * dy)),
            8.0 * z,
        ]
        forces = np.zeros((len(atoms), 3))
        forces[-1] = -np.array(slope)
        forces[:-1] = 7.0  # on atoms that are fixed
        energy = float(parts.sum() + 4 * z**2)
        return Point(atoms.positions.copy(), moment, energy, energy, forces, np.zeros(0), 0.0)


def atom_at(x: float, y: float, z: float = 0.0) -> Atoms:
    return Atoms("PtH", positions=[[4, 4, 4], [x, y, z]], constraint=FixAtoms([0]))


@pytest.mark.parametrize(("place", "direction"), [((-0.7, 0.8, 0.1), (1, -1, 0)), ((0.1, 0.35, -0.1), (1, -0.5, 0.3))])
def test_the_saddles_of_mueller_and_brown(place: tuple[float, ...], direction: tuple[float, ...]) -> None:
    land: Any = Landscape()
    over = np.array([[9.0, 0, 0], direction])  # what it says of the fixed atom does not count
    found = climb(atom_at(*place), over, land, fmax=0.001, steps=40, maxstep=0.1)
    known = min(SADDLES, key=lambda xy: np.hypot(*(np.array(xy) - found.atoms.positions[1, :2])))
    assert found.converged
    np.testing.assert_allclose(found.atoms.positions[1], [*known, 0.0], atol=1e-3)
    np.testing.assert_array_equal(found.atoms.positions[0], 4.0)
    assert found.point.energy == pytest.approx(SADDLES[known], abs=1e-4)
    assert found.details["curvature"] < 0
    assert land.asked < 40


def test_a_climb_without_steps_enough_is_not_converged() -> None:
    land: Any = Landscape()
    found = climb(atom_at(-0.7, 0.8), np.array([[0, 0, 0], [1.0, -1, 0]]), land, fmax=0.001, steps=1, maxstep=0.1)
    assert not found.converged
    assert found.details["steps"] == 1


def test_a_minimum_is_no_saddle() -> None:
    """From the bottom of a bowl it is led out, or says that nothing was found; it never calls the bottom a saddle."""
    land: Any = Landscape()
    found = climb(atom_at(-0.558, 1.442), np.array([[0, 0, 0], [1.0, -1, 0]]), land, fmax=0.01, steps=3, maxstep=0.05)
    assert not found.converged


def test_where_nothing_pulls_no_saddle_is_found() -> None:
    class Nowhere(Landscape):
        def compute(self, atoms: Atoms, *, moment: int | None = None, **_: Any) -> Point:
            return Point(atoms.positions.copy(), moment, 0.0, 0.0, np.zeros((len(atoms), 3)), np.zeros(0), 0.0)

    land: Any = Nowhere()
    found = climb(atom_at(0.0, 0.0), np.array([[0.0, 0, 0], [1, 0, 0]]), land, fmax=0.05, steps=5, maxstep=0.1)
    assert not found.converged


def test_directions_that_say_nothing_are_refused() -> None:
    land: Any = Landscape()
    for direction, match in ((np.eye(2, 3), "moves no free atom"), (np.zeros(3), "has the shape")):
        direction[1:] = 0
        with pytest.raises(InputError, match=match):
            climb(atom_at(0, 0), direction, land, fmax=0.1, steps=1, maxstep=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_hessians_keep_what_they_are_told(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(6, 6))
    true = true + true.T
    guess = np.diag(rng.uniform(1, 5, 6))
    step = rng.normal(size=6)
    unit = step / np.linalg.norm(step)
    for found in (learned(guess, step, true @ step), exact(guess, unit, true @ unit)):
        np.testing.assert_allclose(found, found.T, atol=1e-9)
        np.testing.assert_allclose(found @ step, true @ step, atol=1e-9)
    np.testing.assert_allclose(learned(true, step, true @ step), true, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_hessian_learns_a_saddle_whole(seed: int) -> None:
    """Of one downward direction among six, from many steps."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    true = (axes * [-5.0, 1.0, 2.0, 8.0, 20.0, 50.0]) @ axes.T
    found = 4.0 * np.eye(6)
    for _ in range(200):
        step = rng.normal(size=6)
        found = learned(found, step, true @ step)
    curvatures = np.linalg.eigvalsh(found)
    assert curvatures[0] < 0 < curvatures[1]
    assert curvatures == pytest.approx([-5.0, 1.0, 2.0, 8.0, 20.0, 50.0], rel=0.05)


def test_ammonia_turns_inside_out_over_a_plane(tmp_path: Path) -> None:
    """The saddle is known by symmetry: N in the plane of three H; the barrier is some 0.25 eV."""
    pytest.importorskip("tblite", reason="tblite is not installed")
    flat, barrier, modes = inverted(settings("tblite-gfn2"), tmp_path)
    assert flat < 0.02
    assert 0.1 < barrier < 0.5
    assert modes[0] < -0.03 < 0 < modes[1]

"""A Hessian that stays positive, on curves with shelves and ridges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.optimize import BFGS

from nrrsim.dft.descent import LEAST, DampedBFGS, damped


@pytest.mark.parametrize("found", [-5.0, 0.0, 0.1, 0.3, 2.0])
def test_a_step_tells_at_least_a_part_of_the_curvature_expected(found: float) -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(4, 4))
    hessian, step = root @ root.T + np.eye(4), rng.normal(size=4)
    foreseen = float(step @ hessian @ step)
    change = rng.normal(size=4)
    change += step * (found * foreseen - step @ change) / (step @ step)
    told = damped(step, change, hessian)
    assert step @ told == pytest.approx(max(found, LEAST) * foreseen)
    if found >= LEAST:
        np.testing.assert_array_equal(told, change)


class Shelves(Calculator):
    """Atoms on stiff springs to their places in x and y, on a wave in z: a curve that bends down on its way."""

    implemented_properties = ("energy", "forces")  # type: ignore[assignment]

    def calculate(self, atoms: Any = None, properties: Any = ("energy",), system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        x = self.atoms.positions
        stiff = np.array([30.0, 60.0])
        wave = 0.4 * np.sin(2.0 * x[:, 2]).sum() + 0.3 * (np.sin(3 * x[:, 0] + x[:, 2])).sum()
        energy = 0.5 * (stiff * x[:, :2] ** 2).sum() + 0.05 * (x[:, 2] ** 2).sum() + wave
        forces = np.zeros_like(x)
        along = 0.3 * np.cos(3 * x[:, 0] + x[:, 2])
        forces[:, :2] = -stiff * x[:, :2]
        forces[:, 0] -= 3 * along
        forces[:, 2] = -0.1 * x[:, 2] - 0.8 * np.cos(2.0 * x[:, 2]) - along
        self.results = {"energy": float(energy), "forces": forces}


def relaxed(kind: type[BFGS], seed: int) -> tuple[int, float]:
    """Energies until the largest force is below a criterion, 300 at most, and the lowest curvature kept."""
    rng = np.random.default_rng(seed)
    atoms = Atoms("H4", rng.uniform(-1, 1, (4, 3)) * [0.2, 0.2, 3.0])
    atoms.calc = Shelves()
    walk: Any = kind(atoms, logfile=None, maxstep=0.1, alpha=40.0)
    lowest = np.inf
    for _ in walk.irun(fmax=0.01, steps=300):
        if walk.state is not None:
            lowest = min(lowest, float(np.linalg.eigvalsh(walk.state.hessian)[0]))
    return walk.nsteps, lowest


def test_curvatures_stay_positive_over_ridges_and_the_way_is_short() -> None:
    ours = [relaxed(DampedBFGS, seed) for seed in range(12)]
    plain = [relaxed(BFGS, seed) for seed in range(12)]
    assert min(lowest for _, lowest in plain) < 0 < min(lowest for _, lowest in ours)
    assert max(steps for steps, _ in ours) < 300
    assert sum(steps for steps, _ in ours) < sum(steps for steps, _ in plain)

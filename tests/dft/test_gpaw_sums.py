"""nrrsim's sums inside GPAW against GPAW's own."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase.build import molecule

from nrrsim.dft import _kernels, gpaw_sums

pytestmark = [
    pytest.mark.dft,
    pytest.mark.skipif(find_spec("gpaw") is None, reason="GPAW is not installed (make dft)"),
]


def own(kind: Any) -> Any:
    return getattr(kind, "gpaws_own", kind)


def test_the_gpaw_of_the_constraints_is_known() -> None:
    assert gpaw_sums.install()
    assert gpaw_sums.install()  # once is enough
    assert own(import_module("gpaw.core.pwacf").PWLFC).__name__ == "PWLFC"


@pytest.mark.parametrize("spins", [1, 2])
@pytest.mark.parametrize("element", ["Mo", "O", "H"])
def test_the_gradient_correction_around_an_atom(element: str, spins: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = import_module("gpaw.xc.gga")
    functional = import_module("gpaw.xc").XC("PBE")
    setup = import_module("gpaw.setup").create_setup(element, functional)
    occupied = setup.calculate_initial_occupation_numbers(0, False, 0, 1)
    density = np.repeat(np.array(setup.initialize_density_matrix(occupied)) / spins, spins, 0)
    density = density + 0.02 * np.random.default_rng(1).normal(size=density.shape)
    found = {}
    base = own(gradients.GGARadialExpansion)
    for name, kind in {"own": base, "ours": gpaw_sums.all_directions(base)}.items():
        monkeypatch.setattr(gradients, "GGARadialExpansion", kind)
        potential = np.zeros_like(density)
        found[name] = functional.calculate_paw_correction(setup, density, potential), potential
    assert found["ours"][0] == pytest.approx(found["own"][0], rel=1e-12)
    assert found["ours"][1] == pytest.approx(found["own"][1], rel=1e-11, abs=1e-12)


def test_an_energy_and_its_forces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dipole layer, spin and a slab's periodicity included."""
    waves, gradients = import_module("gpaw.core.pwacf"), import_module("gpaw.xc.gga")
    water = molecule("H2O", vacuum=3.0)
    water.rattle(0.05, seed=2)
    water.pbc = (True, True, False)
    water.set_initial_magnetic_moments([0.5, 0.2, 0.1])
    found, used = {}, set()

    def noted(name: str) -> Any:
        kernel = getattr(_kernels, name)
        return lambda *given: used.add(name) or kernel(*given)

    for name in ("add", "integrate", "slopes"):
        monkeypatch.setattr(_kernels, name, noted(name))
    kinds = {
        "own": (own(waves.PWLFC), own(gradients.GGARadialExpansion)),
        "ours": (
            gpaw_sums.one_at_a_time(own(waves.PWLFC)),
            gpaw_sums.all_directions(own(gradients.GGARadialExpansion)),
        ),
    }
    for name, (functions, expansion) in kinds.items():
        monkeypatch.setattr(waves, "PWLFC", functions)
        monkeypatch.setattr(gradients, "GGARadialExpansion", expansion)
        atoms = water.copy()
        atoms.calc = import_module("gpaw").GPAW(
            mode={"name": "pw", "ecut": 300}, xc="PBE", poissonsolver={"dipolelayer": "xy"},
            convergence={"maximum iterations": 8}, txt=str(tmp_path / f"{name}.txt"),
        )  # fmt: skip
        found[name] = SimpleNamespace(energy=atoms.get_potential_energy(), forces=atoms.get_forces())
        assert used == (set() if name == "own" else {"add", "integrate", "slopes"})
    assert found["ours"].energy == pytest.approx(found["own"].energy, rel=0, abs=1e-8)
    assert found["ours"].forces == pytest.approx(found["own"].forces, rel=0, abs=1e-7)

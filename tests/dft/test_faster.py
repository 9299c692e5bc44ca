"""nrrsim's parts inside GPAW against GPAW's own: they differ by rounding alone."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase.build import molecule

from nrrsim.dft.faster import directions, functional, loading, plane_waves
from nrrsim.dft.faster._kernels import waves

pytestmark = [
    pytest.mark.dft,
    pytest.mark.skipif(find_spec("gpaw") is None, reason="GPAW is not installed (make dft)"),
]
KERNELS = ("add", "integrate", "slopes")


def own(kind: Any) -> Any:
    return getattr(kind, "gpaws_own", kind)


def test_the_gpaw_of_the_constraints_is_known() -> None:
    assert loading.install()
    assert loading.install()  # once is enough
    assert own(import_module("gpaw.core.pwacf").PWLFC).__name__ == "PWLFC"


def functions_of(kind: Any, pw: Any, positions: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Functions with l up to 3 on two atoms, a third without any."""
    spline = import_module("gpaw.spline").Spline
    radii = np.linspace(0.0, 1.0, 50)
    shapes = [spline.from_data(ell, 2.5, (1 - radii**2) ** 3 * (1 + ell * radii)) for ell in (0, 1, 2, 3)]
    monkeypatch.setattr(import_module("gpaw.core.pwacf"), "PWLFC", kind)
    made = pw.atom_centered_functions([shapes[:3], [], shapes[1:]], positions)
    made.layout  # noqa: B018 - makes them, while the name stands for that kind
    return made


def sums_of(functions: Any, pw: Any) -> list[Any]:
    rng = np.random.default_rng(2)
    coefficients = functions.layout.empty()
    coefficients.data[:] = rng.normal(size=coefficients.data.shape)
    array = pw.zeros()
    array.data[:] = rng.normal(size=array.data.shape) + 1j * rng.normal(size=array.data.shape)
    array.data[0] = 0.7
    integrals, slopes = functions.integrate(array), functions.derivative(array)
    functions.integrate(array, integrals, add_to=True)
    functions.add_to(array, coefficients)
    functions.add_to(array, 0.3)
    return [array.data, integrals.data.copy(), slopes.data]


def test_functions_of_moved_atoms_and_changed_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = own(import_module("gpaw.core.pwacf").PWLFC)
    used = noted_kernels(monkeypatch)
    describe = import_module("gpaw.core").PWDesc
    positions = np.array([[0.1, 0.2, 0.3], [0.5, 0.5, 0.5], [0.6, 1.2, -0.2]])
    found = {}
    for name, taken in {"own": kind, "ours": plane_waves.one_at_a_time(kind)}.items():
        used.clear()
        pw = describe(cell=[6.0, 7.0, 8.0], ecut=8.0, dtype=float)
        functions = functions_of(taken, pw, positions, monkeypatch)
        found[name] = sums_of(functions, pw)
        functions.move(positions + 0.05, functions.layout.atomdist)
        found[name] += sums_of(functions, pw)
        larger = describe(cell=[6.5, 7.0, 8.5], ecut=8.0, dtype=float)
        functions.change_cell(larger)
        found[name] += sums_of(functions, larger)
        assert used == (set() if name == "own" else set(KERNELS))
    for ours, theirs in zip(found["ours"], found["own"], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11 * np.abs(theirs).max())
    with monkeypatch.context() as patch:
        patch.setattr(plane_waves, "MOST_PHASES", 10)
        used.clear()
        sums_of(functions_of(plane_waves.one_at_a_time(kind), pw, positions, monkeypatch), pw)
        assert not used


def noted_kernels(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the kernels that are called from now on."""
    used: set[str] = set()

    def noted(name: str, kernel: Any) -> Any:
        return lambda *given: used.add(name) or kernel(*given)

    for name in KERNELS:
        monkeypatch.setattr(waves, name, noted(name, getattr(waves, name)))
    return used


def noted_base(base: Any, calls: list[str]) -> Any:
    """GPAW's expansion, which says when it is called."""

    class Noted(base):  # type: ignore[misc]
        def __call__(self, *given: Any) -> Any:
            calls.append("own")
            return super().__call__(*given)

    return Noted


@pytest.mark.parametrize("spins", [1, 2])
@pytest.mark.parametrize(
    ("element", "functional", "left"),
    [("Mo", "PBE", False), ("O", "RPBE", False), ("H", "GGA_X_PBE_SOL+GGA_C_PBE_SOL", False), ("O", "TPSS", True)],
)
def test_the_gradient_correction_around_an_atom(
    element: str, functional: str, left: bool, spins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One direction at a time is left to GPAW where its kernel wants that."""
    module = import_module("gpaw.xc.mgga" if left else "gpaw.xc.gga")
    energy = import_module("gpaw.xc").XC(functional)
    setup = import_module("gpaw.setup").create_setup(element, import_module("gpaw.xc").XC("PBE"))
    occupied = setup.calculate_initial_occupation_numbers(0, False, 0, 1)
    density = np.repeat(np.array(setup.initialize_density_matrix(occupied)) / spins, spins, 0)
    density = density + 0.02 * np.random.default_rng(1).normal(size=density.shape)
    base = own(module.GGARadialExpansion)
    calls: list[str] = []
    found = {}
    for name, kind in {"own": base, "ours": directions.all_directions(noted_base(base, calls))}.items():
        monkeypatch.setattr(module, "GGARadialExpansion", kind)
        potential = np.zeros_like(density)
        found[name] = energy.calculate_paw_correction(setup, density, potential), potential
    assert bool(calls) == left
    assert found["ours"][0] == pytest.approx(found["own"][0], rel=1e-12)
    assert found["ours"][1] == pytest.approx(found["own"][1], rel=1e-11, abs=1e-12)


def clouds(grid: Any, spins: int) -> Any:
    """Densities that end at a radius, one of them cut off by the border of the box."""
    density = grid.zeros(spins)
    centres = [(2.0, 3.0, 2.5), (3.1, 2.0, 2.4), (5.2, 5.5, 6.6)]
    for weight, centre in zip((0.4, 0.3, 0.2), centres, strict=True):
        distance = np.linalg.norm(grid.xyz() - centre, axis=-1)
        cloud = weight * np.maximum(1 - (distance / 1.6) ** 2, 0.0) ** 4
        for s in range(spins):
            density.data[s] += (1 + 0.3 * s * weight) * cloud
    return density


@pytest.mark.parametrize("spins", [1, 2])
@pytest.mark.parametrize("functional_name", ["RPBE", "GGA_X_PBE_SOL+GGA_C_PBE_SOL"])
@pytest.mark.parametrize(
    ("grid", "left"),
    [
        ({"cell": [6.0, 7.0, 8.0], "pbc": False, "zerobc": True}, False),
        ({"cell": [6.0, 7.0, 8.0], "pbc": True}, True),
        ({"cell": [6.0, 7.0, 8.0], "pbc": [True, True, False], "zerobc": [False, False, True]}, True),
        ({"cell": [[6.0, 0, 0], [0.5, 7.0, 0], [0, 0, 8.0]], "pbc": False, "zerobc": True}, True),
    ],
)
def test_a_functional_on_a_box_that_is_mostly_empty(
    grid: dict[str, Any], left: bool, functional_name: str, spins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose images touch or whose axes lean is left to GPAW."""
    described = import_module("gpaw.core").UGDesc(size=[40, 44, 48], **grid)
    base = own(import_module("gpaw.new.xc").GGAFunctional)
    density = clouds(described, spins)
    calls: list[str] = []
    found = {}
    for name, kind in {"own": base, "ours": functional.where_density_is(noted_functional(base, calls))}.items():
        made = kind(import_module("gpaw.xc").XC(functional_name), described)
        energy, potential, _ = made.calculate(density)
        found[name] = energy, potential.data
    assert bool(calls) == left
    assert found["ours"][0] == pytest.approx(found["own"][0], rel=1e-13)
    np.testing.assert_allclose(found["ours"][1], found["own"][1], rtol=0, atol=1e-13)
    with monkeypatch.context() as patch:
        patch.setattr(functional, "MOSTLY", 0.01)
        calls.clear()
        functional.where_density_is(noted_functional(base, calls))(made.xc, described).calculate(density)
        assert calls


def noted_functional(base: Any, calls: list[str]) -> Any:
    """GPAW's functional, which says when it is asked."""

    class Noted(base):  # type: ignore[misc]
        def calculate(self, *given: Any) -> Any:
            calls.append("own")
            return super().calculate(*given)

    return Noted


def test_an_energy_and_its_forces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A periodic slab with a dipole layer and spin, its SCF cut off at the same iteration."""
    centred, gradients = import_module("gpaw.core.pwacf"), import_module("gpaw.xc.gga")
    water = molecule("H2O", vacuum=3.0)
    water.rattle(0.05, seed=2)
    water.pbc = (True, True, False)
    water.set_initial_magnetic_moments([0.5, 0.2, 0.1])
    used = noted_kernels(monkeypatch)
    functions, expansion = own(centred.PWLFC), own(gradients.GGARadialExpansion)
    kinds = {
        "own": (functions, expansion),
        "ours": (plane_waves.one_at_a_time(functions), directions.all_directions(expansion)),
    }
    found = {}
    for name, (taken, corrected) in kinds.items():
        used.clear()
        monkeypatch.setattr(centred, "PWLFC", taken)
        monkeypatch.setattr(gradients, "GGARadialExpansion", corrected)
        atoms = water.copy()
        atoms.calc = import_module("gpaw").GPAW(
            mode={"name": "pw", "ecut": 300}, xc="PBE", poissonsolver={"dipolelayer": "xy"},
            convergence={"maximum iterations": 8}, txt=str(tmp_path / f"{name}.txt"),
        )  # fmt: skip
        found[name] = atoms.get_potential_energy(), atoms.get_forces()
        assert used == (set() if name == "own" else set(KERNELS))
    assert found["ours"][0] == pytest.approx(found["own"][0], rel=0, abs=1e-8)  # rounding, carried through the SCF [eV]
    assert found["ours"][1] == pytest.approx(found["own"][1], rel=0, abs=1e-7)


def test_a_molecule_with_atomic_orbitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SCF with spin in an open box, cut off at the same iteration."""
    module = import_module("gpaw.new.xc")
    base = own(module.GGAFunctional)
    calls: list[str] = []
    found = {}
    for name, kind in {"own": base, "ours": functional.where_density_is(noted_functional(base, calls))}.items():
        monkeypatch.setattr(module, "GGAFunctional", kind)
        atoms = molecule("NH2", vacuum=4.5)
        atoms.rattle(0.05, seed=2)
        atoms.calc = import_module("gpaw").GPAW(
            mode="lcao", basis="sz(dzp)", h=0.25, xc="RPBE",
            convergence={"maximum iterations": 8}, txt=str(tmp_path / f"{name}.txt"),
        )  # fmt: skip
        found[name] = atoms.get_potential_energy(), atoms.get_forces()
    assert not calls
    assert found["ours"][0] == pytest.approx(found["own"][0], rel=0, abs=1e-8)  # [eV]
    assert found["ours"][1] == pytest.approx(found["own"][1], rel=0, abs=1e-7)

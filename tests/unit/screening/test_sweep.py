"""Sweeps: the same numbers as single solutions, in any order and on any number of threads; grids and their words."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import nrrsim
from nrrsim.core.conditions import Conditions
from nrrsim.errors import InputError
from nrrsim.screening.grid import Axis, Grid, grid
from nrrsim.screening.sweep import sweep_grid

FEED = {"N2": 25.0, "H2": 75.0, "NH3": 1.0}


def test_a_product_is_its_single_solutions() -> None:
    found = nrrsim.sweep("ru-step", T=[600.0, 700.0], p={**FEED, "NH3": [0.1, 1.0, 5.0]})
    assert found.tof.dims == ("T", "p_NH3", "gas")
    assert bool(found.success.all())
    for T, p_NH3 in itertools.product((600.0, 700.0), (0.1, 5.0)):
        one = nrrsim.solve("ru-step", T=T, p={**FEED, "NH3": p_NH3})
        here = found.sel(T=T, p_NH3=p_NH3)
        for gas, tof in one.tof.items():
            assert float(here.tof.sel(gas=gas)) == pytest.approx(tof, rel=1e-9)
        for name, theta in one.coverages.items():
            assert float(here.coverages.sel(species=name)) == pytest.approx(theta, rel=1e-8)
        for step, control in one.rate_control.items():
            assert float(here.rate_control.sel(step=step)) == pytest.approx(control, rel=1e-6, abs=1e-9)
    assert float(abs(found.rate_control.sum("step") - 1).max()) < 1e-9


def test_axes_may_run_together() -> None:
    found = nrrsim.sweep("ru-step", T=[600.0, 700.0], p={**FEED, "NH3": [0.1, 5.0]}, zip=True, rate_control=False)
    assert found.tof.dims == ("condition", "gas")
    assert "rate_control" not in found
    assert found.T.dims == ("condition",)
    one = nrrsim.solve("ru-step", T=700.0, p={**FEED, "NH3": 5.0})
    assert float(found.tof.sel(gas="NH3")[1]) == pytest.approx(one.tof["NH3"], rel=1e-9)
    with pytest.raises(InputError, match="differ in length"):
        nrrsim.sweep("ru-step", T=[600.0, 700.0], p={"NH3": [1.0]}, zip=True)


def test_potentials_keep_their_scale() -> None:
    U, pH = np.array([-0.9, -0.6]), np.array([1.0, 13.0])
    she = nrrsim.sweep("tio2-mo", T=300.0, U_SHE=U, pH=pH, assume_Ga0=0.6)
    assert she.tof.dims == ("U_SHE", "pH", "gas")
    for (a, u), (b, h) in itertools.product(enumerate(U), enumerate(pH)):
        one = nrrsim.solve("tio2-mo", T=300.0, U_SHE=float(u), pH=float(h), assume_Ga0=[0.6])
        assert float(she.tof[a, b].sel(gas="NH3")) == pytest.approx(one.tof["NH3"], rel=1e-7)
    assert "0.6 eV for" in she.attrs["assumed_barrier"]


def test_an_energy_set_to_its_own_value_changes_nothing_and_another_one_does() -> None:
    """The value is in the form of the file, here the electronic energy of N*."""
    own = nrrsim.load("ru-step").mechanism.thermo["N*"].energy  # type: ignore[attr-defined]
    found = nrrsim.sweep("ru-step", p=FEED, energies={"N*": [own, own + 0.1]})
    assert found.tof.dims == ("E_N*", "gas")
    plain = nrrsim.solve("ru-step", p=FEED)
    assert float(found.tof[0].sel(gas="NH3")) == pytest.approx(plain.tof["NH3"], rel=1e-9)
    assert float(found.tof[1].sel(gas="NH3")) != pytest.approx(plain.tof["NH3"], rel=1e-3)


CORRECTED = """
format: nrrsim-catalyst/1
name: a test
source: {note: "a test, not a catalyst"}
site: {model: surface}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.74 eV, thermo: shipped}
  H*: {energy: -0.4 eV, frequencies: 1004 626 616 1/cm}
  N*: {energy: -0.6 eV, frequencies: 530 507 471 1/cm, correction: {value: 0.2 eV, reason: solvent, source: a test}}
transition_states: {N-N*: {energy: 0.3 eV, frequencies: 549 497 436 418 392 1/cm}}
steps:
  - N2(g) + 2* <-> N-N* <-> 2N*
  - H2(g) + 2* <-> 2H*
  - {equation: N* + 3H* <-> NH3(g) + 4*, rate: {A: 1e13 1/s, Ea: 1.0 eV}}
conditions: {T: 673 K, p: {N2: 24 bar, H2: 71 bar, NH3: 5 bar}}
"""


def test_a_correction_stays_where_an_energy_is_set(tmp_path: Path) -> None:
    file = tmp_path / "corrected.yaml"
    file.write_text(CORRECTED, encoding="utf-8")
    own = nrrsim.solve(file)
    found = nrrsim.sweep(file, energies={"N*": [-0.6, -0.5]}, rate_control=False)
    there = found.tof.sel(gas="NH3").values
    assert there[0] == pytest.approx(own.tof["NH3"], rel=1e-9)
    assert there[1] != pytest.approx(own.tof["NH3"], rel=1e-2)


def test_all_energies_shifted_alike_per_atom_change_nothing() -> None:
    """Reference invariance: every nitrogen heavier by c, gases and transition states too."""
    mechanism = nrrsim.load("ru-step").mechanism
    c, shifted = 0.37, {}
    for name, thermo in mechanism.thermo.items():
        states = {**mechanism.network.species, **mechanism.network.transition_states}
        shifted[name] = thermo.energy + c * states[name].composition.get("N", 0)  # type: ignore[attr-defined]
    moved, plain = nrrsim.sweep("ru-step", p=FEED, energies=shifted), nrrsim.sweep("ru-step", p=FEED)
    np.testing.assert_allclose(moved.tof, plain.tof, rtol=1e-9)


def test_threads_and_chunks_do_not_change_a_bit() -> None:
    mechanism = nrrsim.load("ru-step").mechanism
    base = Conditions(T=673.0, p=FEED)
    points = grid(
        mechanism, base, T=np.linspace(550, 800, 15), p={"NH3": np.geomspace(0.01, 9, 11)}, U_RHE=None, U_SHE=None,
        pH=None, energies=None, together=False,
    )  # fmt: skip
    one, two = (sweep_grid(mechanism, points, threads=n, chunk=32).states for n in (1, 2))
    for name, array in vars(one).items():
        np.testing.assert_array_equal(array, getattr(two, name))
    whole = sweep_grid(mechanism, points, threads=1, chunk=1000).states
    np.testing.assert_allclose(whole.tof_cg, one.tof_cg, rtol=1e-7)


def test_a_gas_at_zero_pressure_is_a_condition_like_others() -> None:
    found = nrrsim.sweep("ru-step", p={**FEED, "NH3": [0.0, 1.0], "N2": [0.0, 25.0]})
    assert bool(found.success.all())
    assert float(found.tof.sel(gas="NH3").isel(p_NH3=0).sel(p_N2=0.0)) == 0.0
    one = nrrsim.solve("ru-step", p={**FEED, "NH3": 0.0})
    assert float(found.tof.sel(gas="NH3", p_N2=25.0).isel(p_NH3=0)) == pytest.approx(one.tof["NH3"], rel=1e-9)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (1, 3, 1, 2)])
def test_a_path_visits_every_place_once_and_steps_to_neighbours(shape: tuple[int, ...]) -> None:
    axes = tuple(Axis(f"p_{k}", np.arange(float(n)), varied=True) for k, n in enumerate(shape))
    order = Grid(axes, together=False).order()
    assert sorted(order) == list(range(int(np.prod(shape))))
    steps = np.abs(np.diff(np.array(np.unravel_index(order, shape)), axis=1)).sum(0)
    assert (steps == 1).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"T": [300.0, float("nan")]}, "not finite"),
        ({"T": [300.0, -1.0]}, "is not a temperature"),
        ({"T": []}, "0 values"),
        ({"p": {"O2": [1.0]}}, "no gas is called 'O2'"),
        ({"energies": {"N5*": [0.0]}}, "no energy of 'N5"),
        ({"T": ["warm"]}, "no number"),
        ({"p": {"NH3": [1e9]}}, "no gas is ideal"),
    ],
)
def test_bad_axes_are_answered_with_a_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        nrrsim.sweep("ru-step", **options)  # type: ignore[arg-type]

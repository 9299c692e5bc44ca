"""Engines: what each is told, the boxes they get, and refusals as sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.calculators.names import names as ase_names

from nrrsim.dft.bench import Bench
from nrrsim.dft.engines import OWN, EngineError, calculator, engine_parameters, has_spin, prepared
from nrrsim.dft.settings import KINDS, Settings, settings, settings_names
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

GPAW = [name for name in settings_names() if settings(name).engine == "gpaw"]


@pytest.mark.parametrize("name", settings_names())
def test_shipped_settings_are_complete(name: str) -> None:
    shipped = settings(name)
    assert shipped.engine in {*ase_names, "tblite"}
    assert set(shipped.relax) == {"fmax", "steps", "maxstep"}
    assert set(shipped.by_kind) <= set(KINDS)
    assert shipped.version >= 1
    assert shipped.level
    for other in filter(None, (shipped.prerelax, shipped.geometry, shipped.modes)):
        assert settings(other).engine == shipped.engine
        assert settings(other).relax
    json.dumps(shipped.of("slab"))
    if "xTB" in shipped.functional or "test" in shipped.level:
        assert not shipped.trusted_for_rates
        assert shipped.caveats


def test_settings_like_others_say_what_differs() -> None:
    base, own = settings("gpaw-pw500-pbe"), settings("gpaw-pw500-pbe-u")
    assert own.of("cluster") == base.of("cluster") | {"setups": {"Mo": ":d,3.5"}, "maxiter": 250}
    assert own.by_kind["slab"] == base.by_kind["slab"] | {"kpts": {"density": 2.0}}
    assert own.relax == base.relax
    rough, spinless = settings("gpaw-pw400-pbe-rough"), settings("gpaw-pw500-pbe-spinless")
    assert spinless.relax == {**rough.relax, "fmax": 0.05, "maxstep": 0.1}
    assert (own.version, base.version) == (2, 1)  # of fewer k points before
    assert (base.functional, own.functional) == ("PBE", "PBE+U")
    few = settings("gpaw-pw500-pbe-u-gamma")
    assert few.digest == "fe757c25ca1385e4"  # what records of version 1 hold
    assert few.by_kind["slab"] == base.by_kind["slab"] | {"kpts": {"density": 1.0, "gamma": True}}
    assert not few.trusted_for_rates
    fine = settings("gpaw-pw500-pbe-u-k2-on-u")
    assert fine.by_kind["slab"]["kpts"] == {"size": [2, 2, 1], "gamma": True}
    assert "density" not in fine.by_kind["slab"]["kpts"]  # a parameter is taken over whole, or not at all


@pytest.mark.parametrize("name", GPAW)
@pytest.mark.parametrize("kind", KINDS)
def test_gpaw_is_told_no_name_of_ours_and_the_right_mixer(name: str, kind: str) -> None:
    plain, spin = (engine_parameters(settings(name), kind, spin=s) for s in (False, True))  # type: ignore[arg-type]
    assert not set(OWN) & set(plain)
    if settings(name).of(kind).get("spinless"):  # type: ignore[arg-type]
        atoms = Atoms("OH", positions=[[0, 0, 0], [0, 0, 1]], magmoms=[1, 0])
        assert not has_spin(prepared(settings(name), kind, atoms))  # type: ignore[arg-type]
        return
    assert "method" not in plain["mixer"]
    assert spin["mixer"]["method"] == "difference"
    assert spin["xc"] in ("PBE", "RPBE")
    assert ("Mo" in spin.get("setups", {})) == (settings(name).functional == "PBE+U")


def test_a_task_has_the_last_word() -> None:
    told = engine_parameters(settings("gpaw-pw500-pbe"), "slab", spin=True, parameters={"kpts": [1, 1, 1], "mixer": {}})
    assert (told["kpts"], told["mixer"]) == ([1, 1, 1], {})


def test_a_molecule_gets_a_box_of_whole_grid_points_and_keeps_it() -> None:
    lcao = settings("gpaw-lcao-dzp-rpbe")
    boxed = prepared(lcao, "molecule", molecule("NH3"))
    whole = boxed.cell.lengths() / 0.8
    np.testing.assert_allclose(whole, np.round(whole), rtol=0, atol=1e-9)
    assert not boxed.pbc.any()
    space = boxed.cell.lengths() - np.ptp(boxed.positions, axis=0)
    assert (space >= 10.0 - 1e-6).all()
    boxed.rattle(0.05, seed=2)
    np.testing.assert_array_equal(prepared(lcao, "molecule", boxed).positions, boxed.positions)
    np.testing.assert_array_equal(prepared(lcao, "molecule", boxed).cell[:], boxed.cell[:])


def test_plane_waves_get_a_periodic_box_and_slabs_keep_their_cell() -> None:
    pw = settings("gpaw-pw500-rpbe")
    assert prepared(pw, "molecule", molecule("N2")).pbc.all()
    slab = fcc111("Ru", (1, 1, 3), a=3.8, vacuum=6.0)
    slab.pbc = True
    ready = prepared(pw, "slab", slab)
    np.testing.assert_array_equal(ready.cell[:], slab.cell[:])
    assert ready.pbc.tolist() == [True, True, False]  # for the dipole correction
    assert prepared(pw, "slab", slab, parameters={"poissonsolver": {}}).pbc.all()
    assert slab.pbc.all()  # the structure given is not touched


def made_up(engine: str) -> Settings:
    return Settings(name="mine", version=1, engine=engine, functional="", level="")


def test_an_unknown_engine_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no engine is called 'gpaww'.*did you mean 'gpaw'"):
        calculator(made_up("gpaww"), "slab", bulk("Cu"), Path())


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("vasp-pbe-500", "environment"),
        ("espresso-pbe", "espresso"),
        ("orca-pbe-def2", "orca"),
        ("cp2k-pbe", "cp2k"),
    ],
)
def test_an_engine_that_is_not_configured_says_what_to_do(
    name: str, section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("ASE_VASP_COMMAND", "VASP_COMMAND", "VASP_SCRIPT", "ASE_CP2K_COMMAND"):
        monkeypatch.delenv(variable, raising=False)
    engine = settings(name).engine
    monkeypatch.setattr("ase.config.cfg.parser", _without(engine))
    atoms = prepared(settings(name), "molecule", molecule("N2"))
    bench = Bench(Task("single point", atoms, settings(name), kind="molecule"), tmp_path)
    with pytest.raises(EngineError, match=rf"{engine} is not configured.*section \[{section}\] of .*config.ini"):
        bench.compute(atoms)


def _without(engine: str) -> object:
    from ase.config import Config

    configuration = Config()
    assert not configuration.parser.has_section(engine)
    return configuration.parser

"""Engines that are programs: the inputs they get, what their texts say, and the programs themselves where they are."""

from __future__ import annotations

import importlib.util
import re
import stat
from collections.abc import Callable
from configparser import ConfigParser
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc111, molecule
from ase.config import Config
from ase.config import cfg as ase_config

from nrrsim.dft import programs
from nrrsim.dft.bench import Bench
from nrrsim.dft.engines import EngineError, UnconvergedError, prepared, versions
from nrrsim.dft.record import DftRecord
from nrrsim.dft.run import run
from nrrsim.dft.settings import Kind, Settings, settings
from nrrsim.dft.task import Task

Configure = Callable[[dict[str, dict[str, str]]], None]

VALENCE = {"H": 1.0, "Ru": 8.0}
H = 0.01  # of finite differences [Angstrom]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """A configuration of ase for one test."""
    for names in programs._VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    parser = Config().parser

    def told(sections: dict[str, dict[str, str]]) -> None:
        parser.read_dict(sections)
        monkeypatch.setattr(ase_config, "parser", parser)

    return told


def script(path: Path, *lines: str) -> str:
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def slab() -> Atoms:
    """An H atom on one side of two layers of Ru, a cell with vacuum, in an order that VASP has to sort."""
    atoms = fcc111("Ru", (1, 1, 2), a=3.8, vacuum=6.0)
    add_adsorbate(atoms, "H", 1.0, "fcc")
    atoms = atoms[[2, 0, 1]]
    atoms.center(axis=2, vacuum=6.0)
    atoms.pbc = True
    return atoms


def failing(engine: Settings, atoms: Atoms, kind: Kind, folder: Path, *, moment: int | None = None) -> EngineError:
    """The error of a program that wrote nothing of use; its input is left in the folder."""
    atoms = prepared(engine, kind, atoms)
    with pytest.raises(EngineError) as caught:
        Bench(Task("single point", atoms, engine, kind=kind), folder).compute(atoms, moment=moment)
    return caught.value


def incar(folder: Path) -> dict[str, list[str]]:
    lines = (folder / "INCAR").read_text().splitlines()
    return {line.split("=")[0].strip(): line.split("=")[1].split() for line in lines if "=" in line}


def points(folder: Path) -> tuple[str, list[str]]:
    """What a file KPOINTS says: the first letter of its kind of mesh, and the numbers."""
    lines = (folder / "vasp" / "KPOINTS").read_text().splitlines()
    return lines[2].strip().lower()[0], lines[3].split()


@pytest.fixture
def vasp(tmp_path: Path, configure: Configure) -> Path:
    """A program called vasp that computes nothing, and potentials made up."""
    for symbol in VALENCE:
        place = tmp_path / "potentials" / "potpaw_PBE" / symbol
        place.mkdir(parents=True)
        (place / "POTCAR").write_text(f"  PAW_PBE {symbol} made up\n  {VALENCE[symbol]}\n")
    command = script(tmp_path / "vasp_std", "exit 0")
    configure({"environment": {"ASE_VASP_COMMAND": command, "VASP_PP_PATH": str(tmp_path / "potentials")}})
    return tmp_path / "work"


def test_vasp_reads_a_slab_as_its_settings_say(vasp: Path) -> None:
    atoms = slab()
    failing(settings("vasp-pbe-500"), atoms, "slab", vasp)
    told = incar(vasp / "vasp")
    assert [float(told[name][0]) for name in ("ENCUT", "EDIFF", "SIGMA")] == [500, 1e-6, 0.1]
    assert [told[name] for name in ("PREC", "GGA", "ISMEAR", "ISYM", "NELM", "IDIPOL")] == [
        ["Accurate"], ["PE"], ["0"], ["0"], ["200"], ["3"],
    ]  # fmt: skip
    assert [told[name][0].strip(".").upper()[0] for name in ("LDIPOL", "LREAL", "LCHARG")] == list("TFF")
    assert told.get("ISPIN", ["1"]) == ["1"]
    assert not {"MAGMOM", "NUPDOWN", "NSW", "IBRION"} & set(told)  # ase moves the atoms, VASP does not
    assert points(vasp) == ("g", ["7", "7", "1"])  # a density of 2.5 in the plane, one along the dipole
    assert re.findall(r"PAW_PBE (\w+)", (vasp / "vasp" / "POTCAR").read_text()) == ["H", "Ru"]


def test_vasp_reads_the_moments_of_a_spin_polarised_cluster_and_holds_their_sum(vasp: Path) -> None:
    atoms = Atoms("RuHRu", positions=[[0, 0, 0], [1.2, 1.2, 0], [2.4, 0, 0]], magmoms=[2.0, 0.0, 3.0])
    failing(settings("vasp-pbe-500"), atoms, "cluster", vasp, moment=5)
    told = incar(vasp / "vasp")
    assert [float(told[name][0]) for name in ("ISPIN", "LORBIT", "NUPDOWN")] == [2, 11, 5]
    counted = [field.split("*") for field in told["MAGMOM"]]
    moments = [float(field[-1]) for field in counted for _ in range(int(field[0]) if len(field) > 1 else 1)]
    poscar = (vasp / "vasp" / "POSCAR").read_text().splitlines()
    assert poscar[5].split() == ["Ru", "H"]
    assert moments == [2.0, 3.0, 0.0]  # in the order of POSCAR
    assert float(told["SIGMA"][0]) == 0.05
    assert not {"IDIPOL", "LDIPOL"} & set(told)
    assert points(vasp) == ("g", ["1", "1", "1"])


def test_a_missing_potential_of_vasp_is_a_sentence(vasp: Path) -> None:
    error = failing(settings("vasp-pbe-500"), molecule("N2"), "molecule", vasp)
    assert re.search(r"vasp finds no pseudopotential: .*potpaw_PBE.*for N!.*Remedy: ", str(error))


def test_vasp_that_ran_out_of_steps_is_unconverged(vasp: Path) -> None:
    script(vasp.parent / "vasp_std", "echo 'aborting loop EDIFF was not reached (unconverged)' > OUTCAR")
    error = failing(settings("vasp-pbe-500"), molecule("H2"), "molecule", vasp)
    assert isinstance(error, UnconvergedError)
    assert "the SCF of vasp did not converge (EDIFF was not reached (unconverged))." in str(error)


@pytest.mark.parametrize(("moments", "moment", "multiplicity"), [(None, None, 1), ([1.0, 1.0], 2, 3)])
def test_orca_reads_method_multiplicity_and_atoms(
    moments: Any, moment: int | None, multiplicity: int, tmp_path: Path, configure: Configure
) -> None:
    configure({"orca": {"command": script(tmp_path / "orca", "echo 'ORCA finished by error termination in LEANSCF'")}})
    atoms = molecule("O2")
    atoms.set_initial_magnetic_moments(moments)
    error = failing(settings("orca-pbe-def2"), atoms, "molecule", tmp_path / "work", moment=moment)
    assert "orca stopped: ORCA finished by error termination in LEANSCF." in str(error)
    lines = (tmp_path / "work" / "orca" / "orca.inp").read_text().splitlines()
    assert set(lines[0].split()) >= {"!", "UKS", "PBE", "D3BJ", "def2-TZVP", "TightSCF", "EnGrad"}
    assert "maxiter 500" in lines[1]
    assert lines[2].split() == ["*xyz", "0", str(multiplicity)]
    assert [line.split()[0] for line in lines[3:5]] == ["O", "O"]
    np.testing.assert_allclose([[float(x) for x in line.split()[1:]] for line in lines[3:5]], atoms.positions)


def test_orca_that_ran_out_of_steps_is_unconverged(tmp_path: Path, configure: Configure) -> None:
    configure({"orca": {"command": script(tmp_path / "orca", "echo ' SCF NOT CONVERGED AFTER 500 CYCLES'")}})
    error = failing(settings("orca-pbe-def2"), molecule("H2"), "molecule", tmp_path / "work")
    assert isinstance(error, UnconvergedError)


def test_orca_refuses_a_slab(tmp_path: Path, configure: Configure) -> None:
    configure({"orca": {"command": script(tmp_path / "orca", "exit 0")}})
    error = failing(settings("orca-pbe-def2"), slab(), "slab", tmp_path / "work")
    assert "orca computes no periodic structure" in str(error)


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("vasp-pbe-500", {"environment": {"ASE_VASP_COMMAND": "mpirun nowhere/vasp_std"}}),
        ("espresso-pbe", {"espresso": {"command": "mpirun -np 2 nowhere/pw.x", "pseudo_dir": "."}}),
        ("cp2k-pbe", {"cp2k": {"cp2k_shell": "nowhere/cp2k_shell.psmp"}}),
        ("orca-pbe-def2", {"orca": {"command": "nowhere/orca"}}),
    ],
)
def test_a_program_that_is_not_there_is_a_sentence(
    name: str, section: dict[str, dict[str, str]], tmp_path: Path, configure: Configure
) -> None:
    configure(section)
    error = failing(settings(name), molecule("H2"), "molecule", tmp_path)
    assert re.search(r"the program nowhere/\S+ is not here\. Remedy: install it, and tell ase of it: ", str(error))


def espresso_there(tmp_path: Path, configure: Configure, *files: str) -> Settings:
    (tmp_path / "files").mkdir()
    for name in files:
        (tmp_path / "files" / name).write_text("")
    configure({"espresso": {"command": script(tmp_path / "pw.x"), "pseudo_dir": str(tmp_path / "files")}})
    return settings("espresso-pbe")


def test_espresso_takes_the_only_pseudopotential_of_an_element(tmp_path: Path, configure: Configure) -> None:
    engine = espresso_there(tmp_path, configure, "h_pbe_v1.4.uspp.F.UPF", "Ru_ONCV_PBE-1.0.upf", "He.UPF", "H.txt")
    failing(engine, slab(), "slab", tmp_path / "work")
    told = (tmp_path / "work" / "espresso" / "espresso.pwi").read_text()
    assert re.findall(r"^(\w+) +[\d.]+ (\S+)$", told, re.MULTILINE) == [
        ("H", "h_pbe_v1.4.uspp.F.UPF"), ("Ru", "Ru_ONCV_PBE-1.0.upf"),
    ]  # fmt: skip
    assert re.search(r"dipfield += .true.", told)
    assert re.search(r"ecutrho += 400", told)
    assert "tot_magnetization" not in told
    assert re.search(r"K_POINTS automatic\n7 7 1 +0 0 0", told)


def test_espresso_holds_a_total_moment_and_sets_fixed_atoms_free(tmp_path: Path, configure: Configure) -> None:
    from ase.constraints import FixAtoms

    atoms = molecule("O2")
    atoms.set_constraint(FixAtoms([0]))
    engine = espresso_there(tmp_path, configure, "O.UPF")
    failing(engine, atoms, "molecule", tmp_path / "work", moment=2)
    told = (tmp_path / "work" / "espresso" / "espresso.pwi").read_text()
    assert re.search(r"tot_magnetization += 2.0", told)
    assert re.search(r"nspin += 2", told)
    assert not re.search(r"dipfield|tefield", told)
    assert "K_POINTS gamma" in told  # half the cost of a mesh of one point
    assert all(len(line.split()) == 4 for line in told[told.index("ATOMIC_POSITIONS") :].splitlines()[1:3])


@pytest.mark.parametrize(("files", "found"), [((), "none"), (("H.a.UPF", "H.b.UPF"), "several, H.a.UPF, H.b.UPF,")])
def test_espresso_asks_for_a_pseudopotential_where_there_is_not_one(
    files: tuple[str, ...], found: str, tmp_path: Path, configure: Configure
) -> None:
    engine = espresso_there(tmp_path, configure, *files)
    error = failing(engine, molecule("H2"), "molecule", tmp_path / "work")
    assert f"espresso needs one pseudopotential of H and finds {found} in " in str(error)
    assert "Remedy: " in str(error)


def test_espresso_refuses_atoms_in_the_dipole_layer(tmp_path: Path, configure: Configure) -> None:
    engine = espresso_there(tmp_path, configure, "H.UPF", "Ru.UPF")
    atoms = slab()
    atoms.positions[:, 2] -= atoms.positions[:, 2].min()
    error = failing(engine, atoms, "slab", tmp_path / "work")
    assert "atoms [1] lie in the layer of espresso's dipole correction. Remedy: centre the slab" in str(error)


def test_cp2k_gets_a_basis_set_for_each_element() -> None:
    shipped = settings("cp2k-pbe")
    told = programs.with_basis_sets(shipped.of("slab"), Atoms("RuHN"))
    assert told["basis_set"] == ""
    assert re.findall(r"&KIND (\w+)\nBASIS_SET (\S+)\n", told["inp"]) == [
        ("H", "DZVP-MOLOPT-GTH"), ("N", "DZVP-MOLOPT-GTH"), ("Ru", "DZVP-MOLOPT-SR-GTH"),
    ]  # fmt: skip
    assert told["inp"].count("&FORCE_EVAL") == 1
    assert "&SMEAR" in told["inp"]


ESPRESSO_STOPPED = """
 %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
     Error in routine readpp (1):
     file ./H.UPF not found
 %%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%
     stopping ...
"""
CP2K_STOPPED = r"""
 *******************************************************************************
 *   ___                                                                       *
 *  /   \                                                                      *
 * [ABORT]                                                                     *
 *  \___/   The requested basis set <NIX> for element <H> was not found in the *
 *    |                       basis set files <BASIS_MOLOPT>                   *
 *  O/|                                                                        *
 * /| |                                                                        *
 * / \                                          aobasis/basis_set_types.F:1509 *
 *******************************************************************************
"""


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("espresso", ESPRESSO_STOPPED, "Error in routine readpp (1): file ./H.UPF not found"),
        ("cp2k", CP2K_STOPPED, "The requested basis set <NIX> for element <H> was not found in the basis set files "
         "<BASIS_MOLOPT>"),
    ],
)  # fmt: skip
def test_the_reason_of_a_program_is_read_in_its_own_words(name: str, text: str, reason: str) -> None:
    assert programs.complaint(name, text) == reason
    assert programs.is_of_pseudopotential(reason)


def test_the_width_leaves_the_energy_only_where_half_of_ts_is_its_share() -> None:
    said = "Gaussian smearing, width (Ry)=  0.0073\n     smearing contrib. (-TS)   =      -0.00200000 Ry\n"
    assert programs.half_width("espresso", said) == pytest.approx(0.001 * 13.605693, rel=1e-6)
    assert programs.half_width("espresso", said.replace("Gaussian", "Marzari-Vanderbilt")) == 0.0
    assert programs.half_width("orca", said) == 0.0


@pytest.mark.parametrize(
    "line",
    [
        "     atom:    {}    charge:    5.7000   magn:    {}    constr:    0.0000\n",
        "     atom   {} (R=0.357)  charge=  5.7000  magn=  {}\n",
    ],
)
def test_moments_of_espresso_are_read_in_both_its_forms(line: str) -> None:
    said = "".join(line.format(i + 1, m) for i, m in enumerate(["0.1000", "0.2000", "0.9000", "-0.8000"]))
    found = programs.moments("espresso", said, 2)
    assert found is not None
    np.testing.assert_array_equal(found, [0.9, -0.8])
    assert programs.moments("espresso", "", 2) is None


def there(name: str) -> Settings:
    """Cheap settings of a program that is installed and configured."""
    if name == "tblite":
        if importlib.util.find_spec("tblite") is None:
            pytest.skip("tblite is not installed")
        return settings("tblite-gfn2")
    if why := programs.unconfigured(name):
        pytest.skip(f"{why} See 'Other engines' in docs/energies.md.")
    if name == "cp2k":
        shipped = settings("cp2k-pbe")
        return replace(shipped, parameters={**shipped.parameters, "cutoff": 5000.0, "vacuum": 2.5})
    return _cheap_espresso(settings("espresso-pbe"), ase_config.parser)


def _cheap_espresso(shipped: Settings, parser: ConfigParser) -> Settings:
    folder = Path(parser.get("espresso", "pseudo_dir", fallback="."))
    files = {
        symbol: sorted(path.name for path in folder.glob(f"{symbol}[._-]*pbe-*.[uU][pP][fF]")) for symbol in ("H", "O")
    }
    if not all(files.values()):
        pytest.skip(f"no PBE pseudopotentials of H and O in {folder}")
    told = shipped.parameters["input_data"]
    system = {**told["system"], "ecutwfc": 25.0, "ecutrho": 200.0}
    given = {"input_data": {**told, "system": system}, "pseudopotentials": {s: f[0] for s, f in files.items()}}
    return replace(shipped, parameters={**shipped.parameters, **given, "vacuum": 2.5})


def single_point(engine: Settings, atoms: Atoms, folder: Path, **options: Any) -> DftRecord:
    return run(Task("single point", atoms, engine, kind="molecule", options=options), folder)


@pytest.mark.parametrize("name", ["espresso", "cp2k", "tblite"])
def test_forces_are_the_slope_of_the_energy(name: str, tmp_path: Path) -> None:
    engine = there(name)
    atoms = prepared(engine, "molecule", molecule("H2"))
    records = []
    for i, shift in enumerate((0.0, -H, H)):
        moved = atoms.copy()
        moved.positions[0, 2] += shift
        records.append(single_point(engine, moved, tmp_path / str(i)))
    assert all(record.usable for record in records), [record.reason for record in records]
    at, below, above = records
    assert at.forces is not None
    slope = (above.details["free_energy"] - below.details["free_energy"]) / (2 * H)
    assert at.forces[0][2] == pytest.approx(-slope, abs=0.02)  # an egg-box of coarse grids, some meV/Angstrom
    assert name in versions(name)


@pytest.mark.parametrize("name", ["espresso", "cp2k", "tblite"])
def test_a_molecule_relaxes(name: str, tmp_path: Path) -> None:
    record = run(Task("relax", molecule("H2"), there(name), kind="molecule"), tmp_path)
    assert record.usable, record.reason
    assert record.atoms.get_distance(0, 1) == pytest.approx(0.75, abs=0.05)  # in boxes of 5 Angstrom


@pytest.mark.parametrize("name", ["espresso", "cp2k", "tblite"])
def test_an_atom_with_a_moment_keeps_it(name: str, tmp_path: Path) -> None:
    record = single_point(there(name), Atoms("H", magmoms=[1.0]), tmp_path)
    assert record.usable, record.reason
    assert record.details["moment"] == 1
    assert record.moments == (pytest.approx((1.0,), abs=0.1) if name == "espresso" else ())


@pytest.mark.parametrize(
    ("name", "given"),
    [("espresso", {"electron_maxstep": 2}), ("cp2k", {"max_scf": 2}), ("tblite", {"max_iterations": 1})],
)
def test_an_scf_that_does_not_converge_gives_no_energy(name: str, given: dict[str, Any], tmp_path: Path) -> None:
    engine = there(name)
    if name == "espresso":
        told = engine.parameters["input_data"]
        given = {"input_data": {**told, "electrons": {**told["electrons"], **given}}}
    record = single_point(engine, molecule("H2O"), tmp_path, parameters=given)
    assert (record.status, record.energy) == ("failed", None)
    assert record.reason.startswith(f"the SCF of {name} did not converge (")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("espresso", {"pseudopotentials": {"H": "H.nowhere.UPF"}}),
        ("cp2k", {"pseudo_potential": "NOWHERE"}),
        ("cp2k", {"basis_set": "NOWHERE"}),
    ],
)
def test_a_missing_pseudopotential_is_a_sentence(name: str, given: dict[str, Any], tmp_path: Path) -> None:
    record = single_point(there(name), molecule("H2"), tmp_path, parameters=given)
    assert record.status == "failed"
    assert re.search(rf"^{name} finds no pseudopotential: .*(nowhere|NOWHERE).* Remedy: ", record.reason)

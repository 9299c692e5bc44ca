"""Programs that ase starts: how each holds a total moment, which files it needs, and what its text says.

An exit code says that a program stopped, its text says why; and some write an energy though their SCF did not converge.
What is read here is what ase leaves out: the reason, the width's share of an energy, the moments of atoms.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import kptdensity2monkhorstpack
from ase.config import cfg as ase_config
from ase.units import Hartree, Rydberg
from numpy.typing import NDArray

_SECTION = "section [{name}] of ~/.config/ase/config.ini (or of the file that ASE_CONFIG_PATH names)"
_CONFIGURED: Mapping[str, tuple[str, str, str]] = {  # section, key, and what a name of the program contains
    "vasp": ("environment", "ase_vasp_command", "vasp"),
    "espresso": ("espresso", "command", "pw"),
    "cp2k": ("cp2k", "cp2k_shell", "cp2k"),
    "orca": ("orca", "command", "orca"),
}
_VARIABLES = {"vasp": ("ASE_VASP_COMMAND", "VASP_COMMAND", "VASP_SCRIPT"), "cp2k": ("ASE_CP2K_COMMAND",)}
_EXAMPLES = {
    "vasp": "ASE_VASP_COMMAND = mpirun vasp_std, and VASP_PP_PATH = the folder that holds potpaw_PBE",
    "espresso": "command = pw.x, and pseudo_dir = the folder of the pseudopotentials",
    "cp2k": "cp2k_shell = cp2k_shell.psmp",
    "orca": "command = the whole path of orca",
}
_TEXTS = {
    "vasp": ("OUTCAR", "vasp.out"),
    "espresso": ("espresso.pwo", "espresso.err"),
    "cp2k": ("cp2k.out",),
    "orca": ("orca.out", "orca.err"),
}
_UNCONVERGED = {
    "vasp": r"EDIFF was not reached.*",
    "espresso": r"convergence NOT achieved.*",
    "cp2k": r"SCF run NOT converged",
    "orca": r"SCF NOT CONVERGED AFTER.*",
    "tblite": r"SCF not converged[^.]*",
}
_ASKED = {  # what makes a program say its version, and where it stands
    "cp2k": ("--version", r"CP2K version (\S+)"),
    "espresso": ("", r"Program PWSCF v\.(\S+)"),
}
_UNREAD = ("readpp", "basis set", "potential type", "potential was not found", "No pseudopotential")
_ART = 9  # columns of the picture beside a message of CP2K
_LAST = 3  # lines of a text that names no reason
_TIMEOUT = 20.0  # for a program to say its version [s]


def starts(name: str) -> bool:
    """Whether an engine is a program that ase starts."""
    return name in _CONFIGURED


def configure(name: str) -> str:
    """The sentence that says how ase is told of an engine."""
    section, said = _CONFIGURED.get(name, (name, "", ""))[0], _EXAMPLES.get(name)
    return f"install it, and tell ase of it: {_SECTION.format(name=section)}{f' with {said}' if said else ''}."


def unconfigured(name: str) -> str:
    """Why ase would find no such program, empty where it would."""
    if name not in _CONFIGURED:
        return ""
    said = command(name)
    if not said:
        return f"{name} is not configured."
    words = [os.path.expandvars(word) for word in shlex.split(said)]
    programs = [word for word in words if _CONFIGURED[name][2] in Path(word).name and "=" not in word]
    absent = [program for program in programs if shutil.which(program) is None and not program.startswith("-")]
    return f"the program {absent[0]} is not here." if absent else ""


def command(name: str) -> str:
    """The command that ase is configured to start, empty where there is none."""
    section, key, _ = _CONFIGURED[name]
    given = [os.environ[variable] for variable in _VARIABLES.get(name, ()) if variable in os.environ]
    if section == "environment":
        given = [*(ase_config.parser.get(section, v, fallback="") for v in _VARIABLES[name]), *given]
    else:
        given = [ase_config.parser.get(section, key, fallback=""), *given]
    return next((said for said in given if said), "")


def version(name: str) -> str:
    """What a program calls itself, empty where it does not say it without a calculation."""
    return "" if name not in _ASKED or unconfigured(name) else _version(name, command(name))


@functools.cache
def _version(name: str, started: str) -> str:
    option, pattern = _ASKED[name]
    words = [word for word in shlex.split(started) if word not in ("-s", "--shell")]
    if name == "cp2k":
        words[-1] = words[-1].replace("cp2k_shell", "cp2k")
    asked: Any = {"input": "", "capture_output": True, "text": True, "timeout": _TIMEOUT, "check": False}
    with tempfile.TemporaryDirectory() as folder:  # some leave files where they are started
        try:
            done = subprocess.run([*words, *option.split()], cwd=folder, **asked)
        except (OSError, subprocess.TimeoutExpired):
            return ""
    found = re.search(pattern, done.stdout)
    return found[1] if found else ""


def held(name: str, given: Mapping[str, Any], moment: int) -> dict[str, Any]:
    """Parameters of an engine with a total moment held fixed [Bohr magnetons]."""
    if name == "espresso":
        told = given.get("input_data", {})
        system = {**told.get("system", {}), "tot_magnetization": float(moment)}
        return {**given, "input_data": {**told, "system": system}}
    said = {"vasp": {"nupdown": moment}, "orca": {"mult": abs(moment) + 1}}
    many = {"cp2k": {"multiplicity": abs(moment) + 1}, "tblite": {"multiplicity": abs(moment) + 1}}
    return {**given, **{**said, **many}.get(name, {})}


def pseudopotentials(symbols: Iterable[str], given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Files of Quantum ESPRESSO for elements, and why some have none.

    The folder is `pseudo_dir` of ase's configuration: an element that is not given takes the one file there whose name
    begins with its symbol, and has none where several do.
    """
    folder = Path(ase_config.parser.get("espresso", "pseudo_dir", fallback="."))
    there = sorted(path.name for path in folder.glob("*") if path.suffix.lower() == ".upf")
    found = dict(given)
    for symbol in sorted(set(symbols) - set(found)):
        own = [name for name in there if re.match(rf"{symbol}[._-]", name, re.IGNORECASE)]
        if len(own) != 1:
            what = f"several, {', '.join(own)}," if own else "none"
            return found, f"espresso needs one pseudopotential of {symbol} and finds {what} in {folder}."
        found[symbol] = own[0]
    return found, ""


def meshed(name: str, given: Mapping[str, Any], atoms: Atoms) -> dict[str, Any]:
    """Parameters of Quantum ESPRESSO or VASP with k points given as a density made a mesh about Gamma.

    One point lies along a dipole correction. The mesh is made here, since ase has no densities for VASP, and shifts one
    of even numbers to bring Gamma into it, which Quantum ESPRESSO has in every mesh that is not shifted.
    """
    kpts = given.get("kpts")
    if name not in ("vasp", "espresso") or not isinstance(kpts, Mapping) or "density" not in kpts:
        return dict(given)
    told = given.get("input_data", {})
    across = told.get("system", {}).get("edir") if told.get("control", {}).get("dipfield") else None
    across = given.get("idipol") if given.get("ldipol") else across
    periodic = atoms.copy()
    if across:
        periodic.pbc[int(across) - 1] = False
    return {**given, "kpts": [int(n) for n in kptdensity2monkhorstpack(periodic, kpts["density"], None)]}


def with_basis_sets(given: Mapping[str, Any], atoms: Atoms) -> dict[str, Any]:
    """Parameters of CP2K with basis sets by element, or of "others", written into its input; ase has one for all."""
    sets = given.get("basis_set")
    if not isinstance(sets, Mapping):
        return dict(given)
    elements = sorted(set(atoms.get_chemical_symbols()))
    kinds = [f"&KIND {e}\nBASIS_SET {sets.get(e, sets['others'])}\n&END KIND\n" for e in elements]
    end = "&END FORCE_EVAL"
    body = given.get("inp") or f"&FORCE_EVAL\n{end}"
    return {**given, "basis_set": "", "inp": body.replace(end, f"&SUBSYS\n{''.join(kinds)}&END SUBSYS\n{end}")}


def forget_texts(name: str, folder: Path) -> None:
    """Remove texts of an earlier structure, so that none is taken for the next one's."""
    for text in _TEXTS.get(name, ()):
        (folder / text).unlink(missing_ok=True)


def text_of(name: str, folder: Path) -> str:
    """All that a program wrote."""
    paths = [folder / text for text in _TEXTS.get(name, ())]
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths if path.exists())


def unconverged(name: str, text: str) -> str:
    """The words with which a program says that its SCF did not converge, empty where it does not say so."""
    found = re.search(_UNCONVERGED[name], text) if name in _UNCONVERGED else None
    return _joined([found[0]]) if found else ""


def complaint(name: str, text: str) -> str:
    """The reason why a program stopped, in its own words."""
    if name == "espresso" and (found := re.search(r"%%%+\n(.*?)\n\s*%%%+", text, re.DOTALL)):
        return _joined(found[1].splitlines())
    boxes = re.split(r"^ *\*{9,} *$", text, flags=re.MULTILINE) if name == "cp2k" else []
    if aborted := [box for box in boxes if "[ABORT]" in box]:
        lines = [line.strip().strip("*")[_ART:] for line in aborted[0].splitlines()]
        return _joined(line for line in lines if not re.search(r"\.F:\d+", line))
    if name == "orca" and (errors := [line for line in text.splitlines() if re.search(r"\berror\b", line, re.I)]):
        return _joined(errors[:_LAST])
    return _joined([line for line in text.splitlines() if line.strip()][-_LAST:])


def is_of_pseudopotential(reason: str) -> bool:
    """Whether a program stopped for want of a pseudopotential or a basis set."""
    return any(word in reason for word in _UNREAD)


def half_width(name: str, text: str) -> float:
    """What leads from the free energy to zero width, half of T S [eV]; 0 where nothing is smeared, or nothing said."""
    patterns = {
        "espresso": (r"smearing contrib\. \(-TS\)\s*=\s*(\S+) Ry", Rydberg),
        "cp2k": (r"Electronic entropic energy:\s*(\S+)", Hartree),
    }
    if name not in patterns or (name == "espresso" and not re.search("(Gaussian|Fermi-Dirac) smearing", text)):
        return 0.0
    pattern, unit = patterns[name]
    found = re.findall(pattern, text)
    return -0.5 * float(found[-1]) * float(unit) if found else 0.0


def moments(name: str, text: str, count: int) -> NDArray[np.float64] | None:
    """Moments of atoms where ase reads another column [Bohr magnetons], shape (n,)."""
    if name != "espresso":
        return None
    found = re.findall(r"magn[:=]\s*(-?\d+\.\d+)", text)
    return np.array(found[-count:], dtype=float) if len(found) >= count else None


def _joined(lines: Iterable[str]) -> str:
    return " ".join(" ".join(lines).split())

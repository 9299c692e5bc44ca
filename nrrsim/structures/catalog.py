"""Named sites: one line each, from a name as "ru0001" or "m3-nb" to atoms, and which systems they stand for.

`ROWS` numbers the catalyst systems of two papers that nrrsim sets out to cover (`ROW_SOURCES`): A, electrochemical, and
B, thermal. Each has sites here, or a reason in `missing_sites` why it has none yet.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError, nearest
from nrrsim.structures.adsorbates import Adsorbate
from nrrsim.structures.alloys import dimer_alloy, single_atom_alloy
from nrrsim.structures.clusters import bond_length, m2, m3, m4, m13, octahedron
from nrrsim.structures.crystals import missing_crystals
from nrrsim.structures.placement import place
from nrrsim.structures.quantum_dots import moo3_dot
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.single_atoms import single_atom
from nrrsim.structures.sites import AdsorptionSite, adsorption_sites
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.vacancies import KINDS, bond_vectors, oxygen_kinds, remove_oxygen, substitute_sulfur

MOST_REPEATS = 400  # of a slab's cell: some ten thousand atoms

ROW_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "A": "Lu et al., Nano Research 19 (2026) 94908514, doi:10.26599/NR.2026.94908514",
        "B": "Peng et al., Chem. Sci. 15 (2024) 5897",
    }
)

Builder: TypeAlias = Callable[..., Atoms]

ROWS: Mapping[str, str] = MappingProxyType(
    {
        "A1": "MoO3-x quantum dots with S, series of vacancies",
        "A2": "dot with 50 mg ligand, 0.1 M KOH",
        "A4": "the same dot, 0.1 M Li2SO4",
        "A5": "the same dot, 0.1 M HCl",
        "A6": "the same dot, yield against potential",
        "A7": "series of dots, double-layer capacitance",
        "A8": "series of dots, optimum vacancy density",
        "A9": "the same dot, stability",
        "A10": "controls: Ar, open circuit, carbon paper, 15N2",
        "A11": "transport: flow rate, linearity in time",
        "A12": "the same dot, potential-determining step",
        "A13": "the same dot, infrared bands of the intermediates",
        "A14": "dot, radial distribution around Mo",
        "A15": "series of dots, oxidation state of Mo",
        "A17": "1T-MoS2",
        "A18": "MoO2, doped and defective MoS2, Mo2C, MXenes",
        "B1": "faces of iron",
        "B2": "Ru(0001) step, B5",
        "B3": "the generic mechanisms",
        "B4": "Ru single atom in silicalite-1",
        "B5": "Ru single atom in HZSM-5",
        "B6": "Co-N-C, Co1-N3.5",
        "B7": "Co-N4, Co-N3, Co-N2",
        "B9": "FeN4 and FeN3 in graphene",
        "B10": "Mo hydride on silica",
        "B11": "Ru1/CeO2",
        "B12": "Ru/BaCeO3",
        "B13": "Ru on N-doped C",
        "B14": "Ru/MgO",
        "B15": "Ru clusters on CeO2",
        "B16": "Ru/Sm2O3",
        "B17": "Ru3 on g-C3N4 with a nitrogen vacancy",
        "B18": "Ru19",
        "B19": "Ru cluster on S,N-doped C",
        "B20": "Ru from single atom to particle",
        "B22": "Fe3/theta-Al2O3(010)",
        "B23": "M3 of 20 metals",
        "B24": "Co2 on N-doped C",
        "B25": "Co1Ru2 on N-doped C",
        "B26": "Ru-Co clusters on N-doped C",
        "B27": "Rh1Co3/CoO(011)",
        "B28": "Ru5M/Ca2NH",
        "B29": "Fe13 and Fe12X",
        "B30-31": "Co1Ru, Fe1Ru, Ni1Ru and CoRu alloys",
        "B32": "Re1 and Re2 on Co(0001), Re(0001)",
        "B33": "M1 and M2 on Ag, Cu and Au(111)",
        "B-T1": "table of 28 catalysts",
    }
)


@dataclass(frozen=True)
class NamedSite:
    """An entry of the catalogue.

    Parameters
    ----------
    name : str
        What the user types.
    rows : tuple of str
        Keys of `ROWS` it serves.
    description : str
        One line.
    build : callable
        Returns the atoms; takes `vacuum` [Angstrom] and, where `repeats`, `supercell`.
    repeats : bool
        Whether it is a slab, which takes a supercell.
    on_active : bool
        Whether adsorbates bind to the active atoms only; else to the top layer of a slab, or anywhere on a cluster.
    """

    name: str
    rows: tuple[str, ...]
    description: str
    build: Builder
    repeats: bool = True
    on_active: bool = False


@dataclass(frozen=True)
class MissingSite:
    """A site that a row asks for and that cannot be built yet, with the reason."""

    name: str
    rows: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class CheckedSite:
    """A line of `checklist_table`.

    Parameters
    ----------
    row, system : str
        Key and text of `ROWS`.
    site : str
        The name in the catalogue, or of what is missing.
    atoms : int
        Number of atoms; 0 where missing, as are the next three.
    formula : str
        In Hill's order.
    closeness : float
        Smallest distance over the sum of covalent radii.
    adsorption_sites : int
        Distinct ones.
    seconds : float
        To build it and to find its adsorption sites [s].
    reason : str
        Why it is missing; empty where it is built.
    """

    row: str
    system: str
    site: str
    atoms: int = 0
    formula: str = ""
    closeness: float = 0.0
    adsorption_sites: int = 0
    seconds: float = 0.0
    reason: str = ""


def build_site(name: str, *, supercell: tuple[int, int] | None = None, vacuum: float | None = None) -> Atoms:
    """The atoms of a named site, with the name in `record_of(atoms).parameters["site"]`.

    Parameters
    ----------
    name : str
        One of `site_names()`, or a name of one of the `patterns()`; capitals do not matter.
    supercell : tuple of int
        Repeats of a slab in its plane; the entry's own without it.
    vacuum : float
        Empty height over a slab, or free space on each side of a cluster [Angstrom]; the entry's own without it.

    Raises
    ------
    InputError
        If the name is unknown or cannot be built yet, a cluster is to be repeated, or a number cannot be.

    Examples
    --------
    >>> str(build_site("m3-nb").symbols), len(build_site("ru0001", supercell=(3, 3)))
    ('Nb3', 36)
    """
    entry = site(name)
    given: dict[str, Any] = {} if vacuum is None else {"vacuum": vacuum}
    if supercell is not None:
        if not entry.repeats:
            raise InputError(
                f"the site '{entry.name}' is a cluster and does not repeat.",
                where="supercell",
                remedy="leave the supercell out; give a vacuum to size its box.",
            )
        if supercell[0] * supercell[1] > MOST_REPEATS:
            raise InputError(
                f"a supercell of {supercell} was asked for.", remedy=f"repeat the cell {MOST_REPEATS} times at most."
            )
        given["supercell"] = supercell
    atoms = entry.build(**given)
    record = record_of(atoms)
    return recorded(
        atoms,
        what=record.what,
        parameters={**record.parameters, "site": entry.name},
        active_atoms=record.active_atoms,
        source=record.source,
        notes=record.notes,
    )


def site(name: str) -> NamedSite:
    """The entry of a name.

    Raises
    ------
    InputError
        If the name is unknown, or known as one that cannot be built yet.
    """
    wanted = name.strip().lower()
    if wanted in _SITES:
        return _SITES[wanted]
    for pattern, entry_of_match in _PATTERNS.values():
        if match := re.fullmatch(pattern, wanted):
            return entry_of_match(*match.groups())
    if wanted in missing_sites():
        remedy = "'nrrsim build --checklist' names what can be built."
        raise InputError(f"the site '{wanted}' cannot be built yet: {missing_sites()[wanted]}.", remedy=remedy)
    raise InputError(f"no site is called '{name}'.", remedy=nearest(wanted, [*site_names(), *missing_sites()]))


def site_names() -> tuple[str, ...]:
    """Names of the catalogue; `patterns()` describes further ones."""
    return tuple(_SITES)


def patterns() -> Mapping[str, str]:
    """Forms of names for any d-block metal, each with an example."""
    return MappingProxyType({form: example for form, (example, _) in _PATTERN_TEXTS.items()})


def missing_sites() -> Mapping[str, str]:
    """Sites that rows ask for and that cannot be built yet, and why."""
    return MappingProxyType({entry.name: entry.reason for entry in _MISSING})


def sites_to_adsorb(atoms: Atoms) -> tuple[AdsorptionSite, ...]:
    """The distinct adsorption sites of a structure from `build_site`, on its active atoms where its entry says so.

    Raises
    ------
    InputError
        If the atoms are none of the catalogue, or carry an adsorbate.
    """
    record = record_of(atoms)
    if "site" not in record.parameters:
        raise InputError("these atoms are no clean site of the catalogue.", remedy="take them from build_site.")
    entry = site(str(record.parameters["site"]))
    return adsorption_sites(atoms, surface_atoms=record.active_atoms if entry.on_active else None)


def with_adsorbate(atoms: Atoms, species: str | Adsorbate, *, where: str | None = None) -> Atoms:
    """A structure from `build_site` with an adsorbate; a cluster's box grows to keep its free space.

    Parameters
    ----------
    atoms : ase.Atoms
    species : str or Adsorbate
        As in `place`.
    where : str
        Name of an adsorption site; without it, the first of `sites_to_adsorb` where it fits.

    Raises
    ------
    InputError
        If there is no such adsorption site, or the adsorbate fits nowhere.
    """
    sites = {found.name: found for found in sites_to_adsorb(atoms)}
    if where is not None and where not in sites:
        listed = ", ".join(f"'{name}'" for name in sites)
        raise InputError(
            f"there is no adsorption site '{where}'.", where="adsorption sites", remedy=f"there are are {listed}."
        )
    refusal = InputError("the structure has no adsorption site.", remedy="build another site.")
    for name in sites if where is None else [where]:
        try:
            covered = place(atoms, sites[name], species)
        except InputError as error:
            refusal = error
            continue
        if not atoms.pbc.any():
            covered.center(vacuum=float(atoms.positions[:, 2].min()))
        return covered
    raise refusal


def closest_pair(atoms: Atoms) -> tuple[int, int, float, float]:
    """The two atoms nearest to each other in sums of covalent radii: indices, distance [Angstrom] and that ratio.

    Periodic images count.

    Raises
    ------
    InputError
        If there are no two atoms within four sums of covalent radii.
    """
    radii = covalent_radii[atoms.numbers]
    for reach in (1.0, 2.0, 4.0):
        first, second, lengths = neighbor_list("ijd", atoms, reach * radii)
        if len(lengths):
            ratios = lengths / (radii[first] + radii[second])
            k = int(np.argmin(ratios))
            return int(first[k]), int(second[k]), float(lengths[k]), float(ratios[k])
    raise InputError(f"no two atoms of {atoms.symbols} are near each other.", remedy="check the positions.")


def checklist_table() -> tuple[CheckedSite, ...]:
    """Each row with each of its sites, built here and now, or the reason why it cannot be."""
    built: dict[str, CheckedSite] = {}
    table = []
    for row, system in ROWS.items():
        for entry in (e for e in _SITES.values() if row in e.rows):
            if entry.name not in built:
                built[entry.name] = _checked(entry)
            table.append(replace(built[entry.name], row=row, system=system))
        table += [CheckedSite(row, system, m.name, reason=m.reason) for m in _MISSING if row in m.rows]
    return tuple(table)


def _checked(entry: NamedSite) -> CheckedSite:
    start = time.perf_counter()
    atoms = build_site(entry.name)
    count = len(sites_to_adsorb(atoms))
    seconds = time.perf_counter() - start
    formula, closeness = atoms.get_chemical_formula(), closest_pair(atoms)[3]
    return CheckedSite("", "", entry.name, len(atoms), formula, closeness, count, seconds)


# Builders that join two steps of others.


def _reduced_moo3(
    kind: str, *, sulfur: bool = False, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0
) -> Atoms:
    """The MoO3 bilayer without its uppermost oxygen of a kind, with sulfur for a terminal oxygen beside it or not."""
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    removed = _uppermost(slab, kind)
    if sulfur:
        gap = slab.get_distances(removed, range(len(slab)), mic=True)
        others = [i for i, found in oxygen_kinds(slab).items() if found == "asymmetric" and i != removed]
        bonded = [i for i in others if _share_metal(slab, i, removed)]
        slab = substitute_sulfur(slab, [min(bonded, key=lambda i: (-round(slab.positions[i, 2], 3), gap[i]))])
    return _with_vacancy(slab, removed)


def _with_sulfur(*, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    slab = moo3_bilayer(supercell=supercell, vacuum=vacuum, fixed_sheets=1)
    return substitute_sulfur(slab, [_uppermost(slab, "terminal")])


def _share_metal(slab: Atoms, first: int, second: int) -> bool:
    """Whether two oxygens are bonded to the same image of a metal atom."""
    vectors = bond_vectors(slab, [first, second])
    ends = [slab.positions[i] + vectors[i] for i in (first, second)]
    scaled = (ends[0][:, None] - ends[1]) @ np.linalg.inv(slab.cell[:])
    return bool((np.linalg.norm((scaled - np.rint(scaled)) @ slab.cell[:], axis=-1) < 1e-3).any())


def _uppermost(slab: Atoms, kind: str) -> int:
    """The oxygen of a kind that stands highest; the first of several."""
    heights = {i: round(float(slab.positions[i, 2]), 3) for i, found in oxygen_kinds(slab).items() if found == kind}
    return max(heights, key=lambda i: (heights[i], -i))


def _with_vacancy(slab: Atoms, oxygen: int) -> Atoms:
    """The slab without an oxygen, whose place the record keeps."""
    place = [round(float(x), 6) for x in slab.positions[oxygen]]
    reduced = remove_oxygen(slab, [oxygen])
    record = record_of(reduced)
    return recorded(
        reduced,
        what=record.what,
        parameters={**record.parameters, "vacancy_positions": [place]},
        active_atoms=record.active_atoms,
        source=record.source,
        notes=record.notes,
    )


# The catalogue: slabs.

_METAL: dict[str, Any] = {"supercell": (2, 2), "layers": 4, "fixed_layers": 2}
_QUANTUM_DOT = ("A1", "A2", "A4", "A5", "A6", "A7", "A8", "A9", "A12", "A13")
_VACANCY_NAMES = dict(zip(KINDS.values(), ("vt", "va", "vs"), strict=True))


def _slab(name: str, rows: tuple[str, ...], description: str, host: str, face: Sequence[int], **size: Any) -> NamedSite:
    return NamedSite(name, rows, description, partial(surface_slab, host, face, **size))


_SLABS = (
    NamedSite("moo3-bilayer", ("A1", "A8"), "MoO3 bilayer without defects", partial(moo3_bilayer, fixed_sheets=1)),
    *(
        NamedSite(
            f"moo3-bilayer-{short}",
            ("A1", "A8", "A12") if kind == "terminal" else ("A1", "A8"),
            f"MoO3 bilayer, {kind} oxygen vacancy",
            partial(_reduced_moo3, kind),
            on_active=True,
        )
        for kind, short in _VACANCY_NAMES.items()
    ),
    NamedSite("moo3-bilayer-s", ("A1",), "MoO3 bilayer, S for a terminal oxygen", _with_sulfur),
    NamedSite(
        "moo3-bilayer-vt-s",
        _QUANTUM_DOT,
        "MoO3 bilayer, Mo beside a terminal oxygen vacancy and S for an asymmetric oxygen",
        partial(_reduced_moo3, "terminal", sulfur=True),
        on_active=True,
    ),
    _slab("mos2", ("A18",), "2H-MoS2 basal plane", "MoS2", (0, 0, 0, 1), supercell=(3, 3), layers=1),
    _slab("moo2-100", ("A18",), "MoO2(100)", "MoO2", (1, 0, 0), supercell=(2, 2), layers=1),
    _slab("mo2c-100", ("A18",), "orthorhombic Mo2C(100)", "Mo2C", (1, 0, 0), layers=2),
    _slab("mo2n-001", (), "tetragonal Mo2N(001)", "Mo2N", (0, 0, 1), supercell=(2, 2), layers=1),
    _slab("fe111", ("B1",), "Fe(111), C7", "Fe", (1, 1, 1), supercell=(2, 2), layers=6, fixed_layers=3),
    _slab("fe211", ("B1",), "Fe(211)", "Fe", (2, 1, 1), supercell=(1, 2), layers=5, fixed_layers=2),
    _slab("fe100", ("B1",), "Fe(100)", "Fe", (1, 0, 0), **_METAL),
    _slab("fe210", ("B1",), "Fe(210)", "Fe", (2, 1, 0), supercell=(2, 1), fixed_layers=2),
    _slab("fe110", ("B1",), "Fe(110)", "Fe", (1, 1, 0), **_METAL),
    _slab("ru0001", ("B2", "B3", "B20"), "Ru(0001) terrace", "Ru", (0, 0, 0, 1), **_METAL),
    _slab("co0001", ("B24", "B32"), "Co(0001)", "Co", (0, 0, 0, 1), **_METAL),
    _slab("ag111", ("B33",), "Ag(111)", "Ag", (1, 1, 1), **_METAL),
    _slab("cu111", ("B33",), "Cu(111)", "Cu", (1, 1, 1), **_METAL),
    _slab("au111", ("B33",), "Au(111)", "Au", (1, 1, 1), **_METAL),
    _slab("ceo2-111", ("B11", "B15"), "CeO2(111), support", "CeO2", (1, 1, 1), supercell=(2, 2), layers=3),
    _slab("mgo-100", ("B14",), "MgO(100), support", "MgO", (1, 0, 0), supercell=(3, 3), layers=2),
    _slab("al2o3-0001", ("B22",), "alpha-Al2O3(0001), support", "Al2O3", (0, 0, 0, 1), layers=1),
    _slab("coo-011", ("B27",), "CoO(011), support", "CoO", (0, 1, 1), supercell=(2, 3), layers=2),
    _slab("ca2nh-100", ("B28",), "Ca2NH(100), support", "Ca2NH", (1, 0, 0), layers=1),
)  # fmt: skip

# Free clusters. The places of X in Fe12X are those of row B29.

_TRIANGLES = (
    "Sc",
    "Ti",
    "V",
    "Y",
    "Zr",
    "Nb",
    "Cr",
    "Mn",
    "Fe",
    "Co",
    "Mo",
    "Tc",
    "Ru",
    "Rh",
    "Ni",
    "Cu",
    "Zn",
    "Pd",
    "Ag",
    "Cd",
)
_FE12_CENTRE = ("V", "Cr", "Co", "Mo")
_FE12_SHELL = ("Mn", "Ni", "Cu", "Zn", "Nb", "Ru", "Rh")
_RU5 = ("Fe", "Co", "Rh", "Os", "Ir", "Sc", "Ti", "Y", "Zr", "Nb", "La", "Hf", "Ta")
_M3_ROWS = {"Ru": ("B3", "B17", "B20", "B23"), "Fe": ("B22", "B23")}


def _metal_symbol(text: str) -> str:
    """The symbol of a d-block metal in lower case; an unknown one is refused with a sentence."""
    symbol = text.capitalize()
    bond_length(symbol)
    return symbol


def _sized(size: str, metal: str) -> NamedSite:
    builders: Mapping[str, Builder] = {"2": m2, "3": m3, "4": m4, "6": octahedron, "13": m13}
    symbol = _metal_symbol(metal)
    rows = {"m3": _M3_ROWS.get(symbol, ("B23",) if symbol in _TRIANGLES else ())}.get(f"m{size}", ())
    return _free(f"m{size}-{metal}", rows, f"free {symbol}{size}", partial(builders[size], symbol))


def _thirteen(host: str, other: str, place: str | None) -> NamedSite:
    metal, guest = _metal_symbol(host), _metal_symbol(other)
    if place is None and metal == "Fe" and guest in (*_FE12_CENTRE, *_FE12_SHELL):
        place = "centre" if guest in _FE12_CENTRE else "shell"
        name = f"{host}12{other}"
    else:
        name = f"{host}12{other}-{place}"
    if place is None:
        raise InputError(
            f"where {guest} stands in {metal}12{guest} is not known.",
            remedy=f"write {host}12{other}-centre or {host}12{other}-shell.",
        )
    where: dict[str, Any] = {"centre": guest} if place == "centre" else {"shell_substitute": guest}
    built = partial(m13, metal, **where)
    rows = ("B29",) if metal == "Fe" and "-" not in name else ()
    return _free(name, rows, f"icosahedron {metal}12{guest}, {guest} in the {place}", built)


def _six(host: str, other: str) -> NamedSite:
    metal, guest = _metal_symbol(host), _metal_symbol(other)
    built = partial(octahedron, metal, substitute=guest)
    rows = ("B28",) if metal == "Ru" and guest in _RU5 else ()
    return _free(f"{host}5{other}", rows, f"octahedron {metal}5{guest}", built)


def _free(name: str, rows: tuple[str, ...], description: str, build: Builder) -> NamedSite:
    return NamedSite(name, rows, description, build, repeats=False)


_HOSTS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"Ag": (1, 1, 1), "Cu": (1, 1, 1), "Au": (1, 1, 1), "Ru": (0, 0, 0, 1), "Co": (0, 0, 0, 1), "Fe": (1, 1, 0)}
)


def _alloy(metal: str, count: str, host: str) -> NamedSite:
    guest, base = _metal_symbol(metal), _metal_symbol(host)
    face = _HOSTS[base]
    build = single_atom_alloy if count == "1" else dimer_alloy
    text = f"{guest}{count} in the surface of {base}({''.join(map(str, face))})"
    built = partial(build, base, face, guest, fixed_layers=2)
    return NamedSite(f"{metal}{count}-{host}", (), text, built, on_active=True)


def _on_carbon(metal: str, pocket: str) -> NamedSite:
    symbol, around = _metal_symbol(metal), pocket.upper()
    build: Builder = single_atom
    built = partial(build, symbol, around)
    return NamedSite(f"{metal}-{pocket}", (), f"{symbol}-{around} in graphene", built, on_active=True)


_PATTERN_TEXTS: Mapping[str, tuple[str, tuple[str, Callable[..., NamedSite]]]] = MappingProxyType(
    {
        "m2-, m3-, m4-, m6- or m13-<metal>": (
            "m3-nb",
            (r"m(2|3|4|6|13)-([a-z]{1,2})", _sized),
        ),
        "<host>12<metal>-centre or -shell": (
            "fe12w-shell",
            (r"([a-z]{1,2})12([a-z]{1,2})(?:-(centre|shell))?", _thirteen),
        ),
        "<metal>1- or <metal>2-ag, -cu, -au, -ru, -co or -fe": (
            "mo2-au",
            (r"([a-z]{1,2})(1|2)-(ag|cu|au|ru|co|fe)", _alloy),
        ),
        "<metal>-n2, -n3 or -n4": ("ru-n4", (r"([a-z]{1,2})-(n[234])", _on_carbon)),
        "<host>5<metal>": ("ru5mo", (r"([a-z]{1,2})5([a-z]{1,2})", _six)),
    }
)
_PATTERNS = {form: found for form, (_, found) in _PATTERN_TEXTS.items()}

_CLUSTERS = (
    replace(
        _free(
            "moo3-dot",
            ("A1", "A7", "A14", "A15"),
            "MoO3-x dot of 1.4 nm, x = 0.25, with S",
            partial(moo3_dot, 14.0, x=0.25, sulfur=0.05),
        ),
        on_active=True,
    ),
    *(_sized("3", metal.lower()) for metal in _TRIANGLES),
    *(replace(_sized("2", metal), rows=rows) for metal, rows in (("ru", ("B20",)), ("co", ("B24",)))),
    replace(_sized("6", "ru"), rows=("B20", "B28")),
    replace(_sized("13", "ru"), rows=("B20",)),
    replace(_sized("13", "fe"), rows=("B29",)),
    *(_thirteen("fe", metal.lower(), None) for metal in (*_FE12_CENTRE, *_FE12_SHELL)),
    *(_six("ru", metal.lower()) for metal in _RU5),
    _free("co1ru2", ("B25",), "free triangle Co1Ru2", partial(m3, ("Co", "Ru", "Ru"))),
    _free("rh1co3", ("B27",), "free tetrahedron Rh1Co3", partial(m4, ("Rh", "Co", "Co", "Co"))),
)

_ALLOYS = (
    *(replace(_alloy(metal, "1", "ru"), rows=("B30-31",)) for metal in ("co", "fe", "ni")),
    *(replace(_alloy("re", count, "co"), rows=("B32",)) for count in "12"),
    *(replace(_alloy(metal, "1", host), rows=("B33",)) for host in ("ag", "cu") for metal in ("nb", "mo")),
    replace(_alloy("mo", "2", "ag"), rows=("B33",)),
    *(replace(_alloy(metal, "2", "au"), rows=("B33",)) for metal in ("mo", "ru", "re")),
)

_CARBON = (
    replace(_on_carbon("co", "n4"), rows=("B6", "B7", "B24")),
    replace(_on_carbon("co", "n3"), rows=("B6", "B7")),
    replace(_on_carbon("co", "n2"), rows=("B7",)),
    *(replace(_on_carbon("fe", pocket), rows=("B9",)) for pocket in ("n4", "n3")),
    replace(_on_carbon("ru", "n4"), rows=("B20",)),
)

_SITES: Mapping[str, NamedSite] = MappingProxyType(
    {entry.name: entry for entry in (*_SLABS, *_ALLOYS, *_CARBON, *_CLUSTERS)}
)

# What the rows ask for beyond it.


def _crystal(name: str) -> str:
    return f"the crystal {name} is not shipped: {missing_crystals()[name]}"


_NO_CARBON = "clusters on carbon sheets have no builder yet"
_NO_SUPPORTED = "no builder puts clusters or single atoms on a support yet"
_S_DEFECTS = "vacancies and dopants are built on oxides only so far"

_MISSING = (
    MissingSite("moo3-dot-3nm", ("A1",), "moo3_dot(30.0) builds it, but its adsorption sites take minutes to find"),
    MissingSite("controls", ("A10",), "control experiments have no catalytic site"),
    MissingSite("transport", ("A11",), "an observation on transport, not on a site; moo3-bilayer-vt-s is the site"),
    MissingSite("mos2-1t", ("A17", "A18"), _crystal("1T-MoS2")),
    MissingSite("mos2-vs", ("A18",), _S_DEFECTS),
    MissingSite("mos2-b", ("A18",), _S_DEFECTS),
    MissingSite("mo2c-moo2", ("A18",), "interfaces of two crystals have no builder"),
    MissingSite("mxene", ("A18",), "no published coordinates of an Mo2C MXene were at hand, bare or under MoO3-x"),
    MissingSite("ru0001-step", ("B2",), "steps have no builder yet"),
    MissingSite("ru-silicalite", ("B4",), _crystal("MFI")),
    MissingSite("ru-zsm5", ("B5",), _crystal("MFI")),
    MissingSite("co2-n-c", ("B24",), _NO_CARBON),
    MissingSite("mo-silica", ("B10",), "no published cluster model of the silica surface was at hand"),
    MissingSite("ru1-ceo2", ("B11",), _NO_SUPPORTED),
    MissingSite("ru-baceo3", ("B12",), _crystal("BaCeO3")),
    MissingSite("ru-n-c", ("B13", "B19"), _NO_CARBON),
    MissingSite("ru-mgo", ("B14",), _NO_SUPPORTED),
    MissingSite("ru-ceo2", ("B15",), _NO_SUPPORTED),
    MissingSite("ru-sm2o3", ("B16",), _crystal("Sm2O3")),
    MissingSite("ru3-c3n4", ("B17",), _crystal("g-C3N4")),
    MissingSite("ru19", ("B18",), "clusters of 19 atoms have no builder yet"),
    MissingSite("fe3-theta-al2o3", ("B22",), _crystal("theta-Al2O3")),
    MissingSite("co1ru2-n-c", ("B25", "B26"), _NO_CARBON),
    MissingSite("rh1co3-coo", ("B27",), _NO_SUPPORTED),
    MissingSite("ru5m-ca2nh", ("B28",), _NO_SUPPORTED),
    MissingSite("re0001", ("B32",), "the crystal Re is not shipped"),
    MissingSite("coru-particle", ("B30-31",), "alloy particles have no builder yet"),
    MissingSite("table", ("B-T1",), "a table of rates; its catalysts are those of the rows above"),
)  # fmt: skip

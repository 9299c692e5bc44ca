"""`nrrsim build`."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms

    from nrrsim.structures.catalog.checklist import CheckedSite
    from nrrsim.structures.sites import AdsorptionSite


def build(
    site: Annotated[
        str | None, typer.Argument(metavar="SITE", help="A name of --list, such as moo3-bilayer-vt, ru0001 or m3-nb.")
    ] = None,
    adsorbate: Annotated[
        str | None, typer.Option("--adsorbate", help="Place this species, e.g. NNH.", metavar="SPECIES")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--form", help="How it binds, e.g. side-on; its usual form without it.", metavar="NAME"),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--site", help="Adsorption site, e.g. top; the first where it fits without it.", metavar="NAME"),
    ] = None,
    supercell: Annotated[
        tuple[int, int] | None, typer.Option("--supercell", help="Repeats of a slab in its plane.", metavar="N M")
    ] = None,
    vacuum: Annotated[
        float | None,
        typer.Option(
            "--vacuum",
            help="Empty height over a slab, or free space on each side of a cluster [Angstrom].",
            metavar="ANGSTROM",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Write the structure (.cif, .xyz, .vasp, .json, .db, ...) and a picture beside it.",
            metavar="FILE",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", help="Write the picture here: .png (with a .pdf beside it), .pdf or .svg.", metavar="FILE"
        ),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the sites, and those still missing.")] = False,
    checklist: Annotated[
        bool, typer.Option("--checklist", help="Build all sites of every system; say what is missing and why.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Print what a site is made of, write it and draw it."""
    if show_list or checklist:
        if site is not None or (show_list and checklist):
            raise InputError("--list and --checklist stand alone.", remedy="leave out the site and the other one.")
        (_print_list if show_list else _print_checklist)(json=json)
        return
    if site is None:
        raise InputError("no site is named.", remedy="name one, such as 'ru0001'; 'nrrsim build --list' shows them.")
    built = _built(site, adsorbate, form, where, supercell=supercell, vacuum=vacuum)
    written = _written(built, file, picture)
    if written:
        typer.echo("wrote " + ", ".join(str(w) for w in written), err=True)
    if json:
        output.print_json(_payload(built, written))
        return
    _print(built)


@dataclass(frozen=True, eq=False)
class _Built:
    """A site as asked for: the clean one's adsorption sites, and the atoms with the adsorbate."""

    name: str
    atoms: Atoms
    sites: tuple[AdsorptionSite, ...]
    seconds: float

    @property
    def label(self) -> str:
        """Name for a database, with the adsorbate."""
        names = [entry["name"] for entry in self.adsorbates]
        return "-".join([self.name, *names])

    @property
    def adsorbates(self) -> list[dict[str, Any]]:
        """What the record says of adsorbates."""
        from nrrsim.structures.record import record_of

        return list(record_of(self.atoms).parameters.get("adsorbates", []))


def _built(
    name: str,
    adsorbate: str | None,
    form: str | None,
    where: str | None,
    *,
    supercell: tuple[int, int] | None,
    vacuum: float | None,
) -> _Built:
    from nrrsim.structures import adsorbates
    from nrrsim.structures.catalog import lookup

    if adsorbate is None and (form or where):
        option = "--form" if form else "--site"
        remedy = "name the species, for example --adsorbate N2."
        raise InputError("there is no adsorbate to place.", where=option, remedy=remedy)
    guest = None if adsorbate is None else adsorbates.adsorbate(adsorbate, form=form)
    start = time.perf_counter()
    clean = lookup.build_site(name, supercell=supercell, vacuum=vacuum)
    sites = lookup.sites_to_adsorb(clean)
    atoms = clean if guest is None else lookup.with_adsorbate(clean, guest, where=where)
    return _Built(lookup.site(name).name, atoms, sites, time.perf_counter() - start)


def _written(built: _Built, file: Path | None, picture: Path | None) -> list[Path]:
    """The structure and its picture, as far as asked for."""
    output.require_picture(picture)
    written = []
    if file is not None:
        from nrrsim.structures.files import write_structure

        written.append(write_structure(built.atoms, file, name=built.label))
        database = file.suffix.lower() == ".db"  # holds many structures: a picture each
        beside = file.with_name(f"{file.stem}-{built.label}.png") if database else file.with_suffix(".png")
        picture = picture or beside
    if picture is not None:
        from nrrsim.plot import save_figure, structure_views

        written += save_figure(structure_views(built.atoms), picture)
    return written


def _payload(built: _Built, written: list[Path]) -> dict[str, Any]:
    from nrrsim.structures.closeness import closest_pair
    from nrrsim.structures.record import record_of

    record = record_of(built.atoms)
    first, second, length, ratio = closest_pair(built.atoms)
    return {
        "site": built.name,
        "what": record.what,
        "formula": str(built.atoms.get_chemical_formula()),
        "atoms": len(built.atoms),
        "cell_A": built.atoms.cell.tolist(),
        "periodic": [bool(p) for p in built.atoms.pbc],
        "active_atoms": [{"index": i, "element": str(built.atoms.symbols[i])} for i in record.active_atoms],
        "fixed_atoms": _fixed(built.atoms),
        "smallest_distance": {"atoms": [first, second], "A": length, "over_covalent_radii": ratio},
        "adsorbate_distance": _to_adsorbates(built.atoms),
        "adsorption_sites": [
            {"name": site.name, "kind": site.kind, "multiplicity": site.multiplicity, "atoms": list(site.neighbours)}
            for site in built.sites
        ],
        "adsorbates": built.adsorbates,
        "source": record.source,
        "notes": list(record.notes),
        "seconds": built.seconds,
        "written": [str(path) for path in written],
    }


def _to_adsorbates(atoms: Atoms) -> dict[str, Any] | None:
    """The shortest distance from an adsorbate to the rest, in sums of covalent radii; None without one."""
    from nrrsim.structures.closeness import closest_between
    from nrrsim.structures.sites import adsorbate_atoms

    guests = [i for group in adsorbate_atoms(atoms) for i in group]
    if not guests:
        return None
    first, second, length, ratio = closest_between(atoms, guests)
    return {"atoms": [first, second], "A": length, "over_covalent_radii": ratio}


def _fixed(atoms: Atoms) -> list[int]:
    return sorted({int(i) for held in atoms.constraints for i in held.get_indices()})


def _print(built: _Built) -> None:
    found = _payload(built, [])
    atoms = built.atoms
    a, b, c, alpha, beta, gamma = atoms.cell.cellpar()
    what = "cell" if atoms.pbc.any() else "box"
    pair = found["smallest_distance"]
    ends = "-".join(str(atoms.symbols[i]) for i in pair["atoms"])
    typer.echo(f"{built.name}: {found['what']}")
    typer.echo(f"formula: {found['formula']}, {len(atoms)} atoms, {len(found['fixed_atoms'])} of them fixed")
    typer.echo(f"{what}: {a:.3f} x {b:.3f} x {c:.3f} Angstrom, angles {alpha:.1f}, {beta:.1f}, {gamma:.1f}")
    active = ", ".join(f"{entry['element']} {entry['index']}" for entry in found["active_atoms"])
    typer.echo(f"active atoms: {active or 'none'}")
    typer.echo(f"smallest distance: {pair['A']:.3f} Angstrom ({ends}), {pair['over_covalent_radii']:.2f} of the radii")
    if nearest := found["adsorbate_distance"]:
        ends = "-".join(str(atoms.symbols[i]) for i in nearest["atoms"])
        share = f"{nearest['over_covalent_radii']:.2f} of the radii"
        typer.echo(f"nearest to the adsorbate: {nearest['A']:.3f} Angstrom ({ends}), {share}")
    for entry in built.adsorbates:
        height = f"{entry['height']:.2f} Angstrom above it"
        typer.echo(f"adsorbate: {entry['name']} ({entry['form']}) on {entry['site']}, {height}")
    rows = [
        (s["name"], str(s["multiplicity"]), ", ".join(f"{atoms.symbols[i]} {i}" for i in s["atoms"]))
        for s in found["adsorption_sites"]
    ]
    bare = " of the clean structure" if built.adsorbates else ""
    typer.echo(f"distinct adsorption sites{bare}: {len(rows)}")
    output.print_table("", ("site", "in the cell", "atoms around one"), rows, right=(1,))
    typer.echo(f"source: {found['source']}")
    output.print_sentences("notes", found["notes"])


def _print_list(*, json: bool) -> None:
    from nrrsim.structures.catalog.lookup import PATTERNS, groups
    from nrrsim.structures.catalog.systems import missing_sites, systems_of
    from nrrsim.structures.crystals import missing_crystals

    if json:
        output.print_json(
            {
                "sites": [
                    {"name": e.name, "group": group, "systems": list(systems_of(e.name)), "description": e.description}
                    for group, entries in groups().items()
                    for e in entries
                ],
                "patterns": {pattern.form: pattern.example for pattern in PATTERNS},
                "missing": dict(missing_sites()),
                "missing_crystals": dict(missing_crystals()),
            }
        )
        return
    for group, entries in groups().items():
        rows = [(e.name, e.description, ", ".join(systems_of(e.name)) or "-") for e in entries]
        output.print_table(group, ("site", "what it is", "systems"), rows)
    output.print_table(
        "Further names, for any d-block metal", ("form", "example"), [(p.form, p.example) for p in PATTERNS]
    )
    output.print_table("Not there", ("site", "reason"), list(missing_sites().items()))
    output.print_table("Crystals not shipped", ("crystal", "reason"), list(missing_crystals().items()))


def _print_checklist(*, json: bool) -> None:
    from nrrsim.structures.catalog.checklist import checklist_table
    from nrrsim.structures.catalog.systems import paper_of
    from nrrsim.structures.closeness import CLOSEST

    table = checklist_table()
    if json:
        output.print_json([asdict(line) for line in table])
        return
    typer.echo("Systems of two papers: " + "; ".join(f"{letter} {paper}" for letter, paper in paper_of().items()))
    columns = ("row", "system", "site", "builder call", "atoms", "formula", "closest [A] (over radii)", "sites", "s")
    built = [line for line in table if not line.reason]
    output.print_table("Built", columns, [_cells(line) for line in built], right=(4, 7, 8), least=(1,))
    close = dict.fromkeys(line.closest for line in built if line.closeness < CLOSEST)
    if close:
        typer.echo(f"nearer than {CLOSEST} of the radii, bonds of the published crystal: {', '.join(close)} Angstrom\n")
    missing = [line for line in table if line.reason]
    output.print_table("Missing", ("row", "site", "reason"), [(m.row, m.site, m.reason) for m in missing])
    rows, done = {line.row for line in table}, {line.row for line in built}
    sites = len({line.site for line in built})
    typer.echo(f"{sites} sites built for {len(done)} of {len(rows)} rows; {len(rows - done)} rows have a reason only.")


def _cells(line: CheckedSite) -> tuple[str, ...]:
    numbers = (
        str(line.atoms),
        line.formula,
        f"{line.closest} ({line.closeness:.2f})",
        str(line.adsorption_sites),
        f"{line.seconds:.2f}",
    )
    return (line.row, line.system, line.site, line.builder, *numbers)

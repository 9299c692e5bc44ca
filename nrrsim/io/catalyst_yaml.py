"""From a catalyst file to a `Catalyst`: every error names file, line, what was found and what would be right."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nrrsim import yaml
from nrrsim.core.conditions import Conditions
from nrrsim.core.species import Phase, Species, parse_formula, parse_species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError, nearest
from nrrsim.io import schema
from nrrsim.io.rates import rate_law
from nrrsim.io.states import Form, form_of, gas_policy, state_thermo
from nrrsim.kinetics.bep import BepTransitionState
from nrrsim.kinetics.mechanism import Catalyst, Closure, Interaction, Lump, Mechanism, SiteModel, Source, implied_law
from nrrsim.kinetics.rate_constants import check_closure
from nrrsim.kinetics.rate_laws import RateLaw, has_own_equilibrium
from nrrsim.network.network import Network
from nrrsim.network.parse import parse_equation
from nrrsim.thermo.protocol import Thermo


def read_catalyst(path: Path, *, member: str | None = None, catalyst_id: str | None = None) -> Catalyst:
    """Read a catalyst file.

    Parameters
    ----------
    path : Path
    member : str, optional
        Which of the catalysts of a file with `members`.
    catalyst_id : str, optional
        Its id; the file's name, or the member's, without one.

    Raises
    ------
    InputError
        With file and line, for anything the format does not allow.
    """
    node = yaml.read(path)
    if not isinstance(node, yaml.Mapping):
        raise InputError(
            "the file is not a mapping.", where=f"{path}:{node.line}", remedy=f"begin with 'format: {schema.FORMAT}'."
        )
    node = select_member(node, member, str(path))
    return _Reader(node, str(path)).catalyst(catalyst_id or member or path.stem)


def members_of(node: yaml.Mapping) -> tuple[str, ...]:
    """Ids of the catalysts a file with `members` holds; empty for a plain file."""
    members = node.items.get("members")
    return tuple(members.items) if isinstance(members, yaml.Mapping) else ()


def select_member(node: yaml.Mapping, member: str | None, where: str) -> yaml.Mapping:
    """The mapping of one member laid over what all members share."""
    names = members_of(node)
    if not names and member is None:
        return node
    if member is None:
        raise InputError(
            f"the file holds {len(names)} catalysts.",
            where=where,
            remedy=f"name one, for example '{where}#{names[0]}'.",
        )
    if member not in names:
        raise InputError(
            f"the file has no member '{member}'; {nearest(member, names)}", where=where, remedy="name one of them."
        )
    shared = {key: item for key, item in node.items.items() if key != "members"}
    members = node.items["members"]
    assert isinstance(members, yaml.Mapping)
    own = members.items[member]
    if not isinstance(own, yaml.Mapping):
        raise InputError(
            f"the member '{member}' is not a mapping.", where=f"{where}:{own.line}", remedy="give what is its own."
        )
    return yaml.merge(yaml.Mapping(shared, node.key_lines, node.line), own)


class _Reader:
    """One file being read: the validated entries with their places."""

    def __init__(self, node: yaml.Mapping, where: str) -> None:
        self._node, self._where = node, where
        self._file = self._validated()

    def catalyst(self, catalyst_id: str) -> Catalyst:
        file = self._file
        with self._place("conditions"):
            conditions = Conditions(**file.conditions.model_dump())
        mechanism = self._mechanism(conditions)
        with self._place("closure"):
            check_closure(mechanism, conditions)
        notes = [
            *file.notes,
            *([f"energy zeros agree by the file's word: {file.zeros_agree}"] if file.zeros_agree else []),
        ]
        self._check_named("caveats", tuple(file.caveats), mechanism)
        return Catalyst(
            id=catalyst_id,
            name=file.name,
            mechanism=mechanism,
            source=Source(**file.source.model_dump(exclude={"level"}), level=file.source.level),
            conditions=conditions,
            caveats=file.caveats,
            lump=self._lump(mechanism),
            notes=tuple(notes),
        )

    def _validated(self) -> schema.CatalystFile:
        try:
            return schema.CatalystFile.model_validate(yaml.plain(self._node))
        except ValidationError as error:
            raise self._schema_error(error) from error

    def _mechanism(self, conditions: Conditions) -> Mechanism:
        file = self._file
        species, steps = self._species_and_steps()
        self._check_forms()
        with self._place("gas"):
            gas = gas_policy(file)
            gas_thermo = gas.thermo()
        thermo = {**gas_thermo, **self._state_thermo(species)}
        transition_states = self._transition_states(species)
        network = self._network(species, steps, transition_states)
        thermo.update(self._transition_state_thermo(transition_states, thermo, species))
        rates = self._rates(network)
        self._check_missing(network, thermo, rates)
        with self._place("steps"):
            return Mechanism(
                network=network,
                thermo=thermo,
                rates=rates,
                site_model=SiteModel(file.site.model),
                site_densities={
                    name: entry.density if entry.density is not None else entry.ratio
                    for name, entry in file.site.types.items()
                },
                gas=gas,
                closure=self._closure(network),
                interactions=tuple(Interaction(i.species, i.by, i.energy) for i in file.interactions),
                assumed_barriers=file.assume.Ga0 if file.assume else (),
            )

    def _species_and_steps(self) -> tuple[dict[str, Species], list[ElementaryStep]]:
        file = self._file
        species = {name: self._declared_species(name, entry) for name, entry in file.species.items()}
        steps = []
        for index, entry in enumerate(file.steps):
            equation, step_id = (entry, None) if isinstance(entry, str) else (entry.equation, entry.id)
            with self._place("steps", index):
                step = parse_equation(equation, declared=species, id=step_id, line=self._line("steps", index))
                for name in (*step.reactants, *step.products):
                    if name not in species:
                        species[name] = self._free_name(name)
            steps.append(step)
        return species, steps

    def _free_name(self, name: str) -> Species:
        """A species named in a step only: a free site, H+, e-, or a state whose energy no step needs (checked later)."""
        species = parse_species(name)
        if species.phase is Phase.GAS:
            raise InputError(
                f"the gas '{name}' is not declared.", remedy=f"add '{name}: {{thermo: shipped}}' under species."
            )
        return species

    def _declared_species(self, name: str, entry: schema.StateEntry) -> Species:
        with self._place("species", name):
            if entry.composition is None:
                return parse_species(name)
            for element in entry.composition:
                parse_formula(element)
            if name.endswith("(g)"):
                return Species(name, entry.composition, Phase.GAS, {})
            site = name.rpartition("*")[2] if "*" in name else ""
            return Species(name, entry.composition, Phase.ADSORBATE, {site or "*": 1})

    def _network(
        self, species: dict[str, Species], steps: list[ElementaryStep], transition_states: dict[str, Species]
    ) -> Network:
        for index, step in enumerate(steps):
            with self._place("steps", index):
                Network(species, (step,), transition_states)
        with self._place("steps"):
            return Network(species, tuple(steps), transition_states)

    def _check_forms(self) -> None:
        file = self._file
        forms: dict[Form, str] = {}
        for section, entries in (("species", file.species), ("transition_states", file.transition_states)):
            for name, entry in entries.items():
                with self._place(section, name):
                    form = form_of(name, entry)
                if form.zero:
                    forms.setdefault(form, name)
        zeros = {form.zero: name for form, name in forms.items()}
        if len(zeros) > 1 and not file.zeros_agree:
            listed = ", ".join(f"{zero} ({name})" for zero, name in zeros.items())
            raise InputError(
                f"the file mixes forms of energy: {listed}.",
                where=f"{self._where}:{self._line('species')}",
                remedy="use one form, or say why their zeros agree ('zeros_agree: ...').",
            )

    def _state_thermo(self, species: dict[str, Species]) -> dict[str, Thermo]:
        thermo: dict[str, Thermo] = {}
        for name, entry in self._file.species.items():
            with self._place("species", name):
                state = state_thermo(name, entry, species[name], self._file.low_modes, transition_state=False)
                if state is not None:
                    thermo[name] = state
        return thermo

    def _transition_states(self, species: dict[str, Species]) -> dict[str, Species]:
        states = {}
        for name, entry in self._file.transition_states.items():
            with self._place("transition_states", name):
                composition = entry.composition or parse_formula(name.partition("*")[0])
                states[name] = Species(name, composition, Phase.ADSORBATE, {"*": 1})
        return states

    def _transition_state_thermo(
        self, states: dict[str, Species], thermo: dict[str, Thermo], species: dict[str, Species]
    ) -> dict[str, Thermo]:
        result: dict[str, Thermo] = {}
        for name, entry in self._file.transition_states.items():
            with self._place("transition_states", name):
                if entry.bep is not None:
                    result[name] = self._bep(entry.bep, thermo, species)
                    continue
                state = state_thermo(name, entry, states[name], self._file.low_modes, transition_state=True)
                if state is not None:
                    result[name] = state
        return result

    def _bep(self, entry: schema.BepEntry, thermo: dict[str, Thermo], species: dict[str, Species]) -> Thermo:
        step = parse_equation(entry.of, declared=species)
        for name in step.stoichiometry:
            if name not in species:
                raise InputError(
                    f"the BEP relation names the unknown species '{name}'; {nearest(name, species)}",
                    remedy="mend the name.",
                )
            if name not in thermo and species[name].phase is not Phase.SITE:
                raise MissingEnergyError(
                    f"the BEP relation needs the energy of {name}.",
                    remedy=f"add it: '{name}: {{energy: ... eV, ...}}'.",
                )
        return BepTransitionState(
            entry.slope, entry.intercept, step, {name: thermo[name] for name in step.stoichiometry if name in thermo}
        )

    def _rates(self, network: Network) -> dict[str, RateLaw]:
        rates = {}
        for index, (entry, step) in enumerate(zip(self._file.steps, network.steps, strict=True)):
            with self._place("steps", index):
                law = rate_law(entry, step, network) or implied_law(step, network)
            if law is not None:
                rates[step.id] = law
        return rates

    def _check_missing(self, network: Network, thermo: dict[str, Thermo], rates: dict[str, RateLaw]) -> None:
        """A species whose energy a step needs has one, or the file says that it is missing."""
        for index, step in enumerate(network.steps):
            if has_own_equilibrium(rates.get(step.id)):
                continue
            for name in (*step.reactants, *step.products, *([step.transition_state] if step.transition_state else [])):
                entry = self._file.species.get(name) or self._file.transition_states.get(name)
                phase = network.species[name].phase if name in network.species else Phase.ADSORBATE
                if name in thermo or phase not in (Phase.GAS, Phase.ADSORBATE) or (entry is not None and entry.missing):
                    continue
                raise MissingEnergyError(
                    f"the step '{step.equation}' needs the energy of {name}, which the file does not give.",
                    where=f"{self._where}:{self._line('steps', index)}",
                    remedy=f"add '{name}: {{energy: ... eV, frequencies: ... 1/cm}}' under species, or '{name}: {{missing: why}}'.",
                )

    def _closure(self, network: Network) -> Closure:
        closure = self._file.closure
        if closure is None:
            return Closure()
        if closure == "as-published":
            return Closure(as_published=True)
        with self._place("closure"):
            assert isinstance(closure, schema.ClosureEntry)
            return Closure(step=_step_named(closure.step, network).id)

    def _lump(self, mechanism: Mechanism) -> Lump | None:
        lump = self._file.lump
        if lump is None:
            return None
        with self._place("lump"):
            first, last = (
                tuple(_step_named(name, mechanism.network).id for name in group) for group in (lump.first, lump.last)
            )
            return Lump(first, last, lump.note)

    def _check_named(self, section: str, names: tuple[str, ...], mechanism: Mechanism) -> None:
        known = {
            *mechanism.network.species,
            *mechanism.network.transition_states,
            *(s.id for s in mechanism.network.steps),
        }
        for name in names:
            with self._place(section, name):
                if name not in known:
                    raise InputError(
                        f"'{name}' is no species, transition state or step; {nearest(name, known)}",
                        remedy="mend the name.",
                    )

    def _line(self, *path: str | int) -> int:
        return yaml.line_of(self._node, path)

    @contextlib.contextmanager
    def _place(self, *path: str | int) -> Iterator[None]:
        """Give errors raised inside the file and the line of `path`."""
        try:
            yield
        except InputError as error:
            place = f"{self._where}:{self._line(*path)}"
            if error.where.startswith(self._where):
                raise
            inner = f" ({error.where})" if error.where and error.where not in path else ""
            raise type(error)(error.what, where=place + inner, remedy=error.remedy) from error

    def _schema_error(self, error: ValidationError) -> InputError:
        first = _most_telling(error)
        path = tuple(part for part in first["loc"] if not (isinstance(part, str) and _is_union_label(part)))
        where = f"{self._where}:{self._line(*path)}"
        entry = ".".join(str(part) for part in path)
        inner = first.get("ctx", {}).get("error")
        if isinstance(inner, InputError):
            return InputError(f"{entry}: {inner.what}", where=where, remedy=inner.remedy)
        key = str(path[-1]) if path else ""
        match first["type"]:
            case "extra_forbidden":
                return InputError(
                    f"the key '{key}' is unknown here; {nearest(key, _keys_at(path[:-1]))}",
                    where=where,
                    remedy="mend or remove it.",
                )
            case "missing":
                return InputError(f"the key '{entry}' is missing.", where=where, remedy=f"add '{key}: ...'.")
        return InputError(
            f"{entry}: {first['msg']} (found '{first['input']}').",
            where=where,
            remedy="see the catalyst file format in docs/formats.md.",
        )


def _step_named(name: str, network: Network) -> ElementaryStep:
    """The step of an id, or of an equation in any spelling."""
    ids = {step.id for step in network.steps}
    if name in ids or "<->" not in name:
        return network.step(name)
    return network.step(parse_equation(name, declared=network.species).id)


def _is_union_label(part: str) -> bool:
    """Whether pydantic put this part into a path to name the branch of a union."""
    return part in ("str", "StepEntry", "ClosureEntry", "float", "int") or part.startswith("literal[")


def _most_telling(error: ValidationError) -> Any:
    """The error to show: of the branches of a union the one that got furthest."""
    errors = error.errors()
    deepest = max(errors, key=lambda e: (e["type"] != "string_type" and not e["type"].startswith("literal"), 0))
    return deepest if len(errors) > 1 else errors[0]


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys the format knows at a path."""
    model: Any = schema.CatalystFile
    for part in path:
        if isinstance(part, int):
            continue
        if isinstance(model, type) and issubclass(model, schema._Entry):
            annotation = model.model_fields[part].annotation if part in model.model_fields else None
            model = _model_in(annotation)
    fields = getattr(model, "model_fields", {})
    return list(fields) or list(schema.CatalystFile.model_fields)


def _model_in(annotation: Any) -> Any:
    """The entry model that an annotation such as `dict[str, StateEntry]` carries."""
    if isinstance(annotation, type) and issubclass(annotation, schema._Entry):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None

"""From a catalyst file to a `Catalyst`: every error names file, line, what was found and what would be right."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from nrrsim import yaml
from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELEMENTS, PROTON, Phase, Species, gas_formula, parse_formula, parse_species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError, nearest
from nrrsim.io import schema
from nrrsim.io.rates import check_sticking, rate_law
from nrrsim.io.sentences import empty_values, explain, spelt
from nrrsim.io.sites import site_densities
from nrrsim.io.states import Form, form_of, gas_policy, state_thermo
from nrrsim.kinetics.bep import BepTransitionState
from nrrsim.kinetics.closure import check_closure
from nrrsim.kinetics.energies import ConditionArrays
from nrrsim.kinetics.expansion import check_expandable, check_expandable_step, check_own_state, expanded
from nrrsim.kinetics.gas import GasPolicy
from nrrsim.kinetics.mechanism import (
    Catalyst,
    Closure,
    Interaction,
    Lump,
    Mechanism,
    SiteModel,
    Source,
    check_chain_step,
    implied_law,
)
from nrrsim.kinetics.rate_laws import RateLaw, has_own_equilibrium
from nrrsim.network.balance import check_balance, check_transition_state
from nrrsim.network.network import Network
from nrrsim.network.parse import parse_equation
from nrrsim.network.whole_sites import WholeSite
from nrrsim.thermo.modes import AS_IS, LowModePolicy
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
    return catalyst_of(yaml.read(path), path, member=member, catalyst_id=catalyst_id)


def catalyst_of(node: yaml.Node, path: Path, *, member: str | None = None, catalyst_id: str | None = None) -> Catalyst:
    """The catalyst of a file that has been read (see `read_catalyst`); errors name `path`."""
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
            where=f"{where}:{node.key_lines['members']}",
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
        mechanism = self._whole_site(self._mechanism())
        self._check_pressures(mechanism.network)
        with self._place("conditions", "T"):
            for name, thermo in mechanism.thermo.items():
                _check_temperature(name, thermo, conditions.T)
        with self._place("closure" if file.closure else "steps"):
            self._check_closing_step(mechanism)
            potential = conditions if conditions.U is not None else dataclasses.replace(conditions, U_RHE=0.0)
            check_closure(
                mechanism, ConditionArrays.of([potential])
            )  # a cycle's mismatch does not depend on the potential
        notes = [
            *file.notes,
            *([f"energy zeros agree by the file's word: {file.zeros_agree}"] if file.zeros_agree else []),
            *(mechanism.expansion.sentences if mechanism.expansion is not None else []),
            *_default_symmetry(file),
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
        for path in empty_values(self._node):
            raise InputError(
                f"'{spelt(path)}' has no value.",
                where=f"{self._where}:{self._line(*path)}",
                remedy="write its value, or remove the key.",
            )
        try:
            return schema.CatalystFile.model_validate(yaml.plain(self._node))
        except ValidationError as error:
            raise explain(error, self._node, self._where) from error

    def _mechanism(self) -> Mechanism:
        file = self._file
        species, steps = self._species_and_steps()
        self._check_forms()
        gas = self._gas()
        thermo = {**gas.thermo(), **self._state_thermo(species)}
        transition_states = self._transition_states()
        network = self._network(species, steps, transition_states)
        if not file.expand:
            self._check_isolated(network, gas)
        thermo.update(self._transition_state_thermo(transition_states, thermo, species))
        with self._place("site", "types"):
            densities, relative = site_densities(file.site, network)
        rates = self._rates(network, relative)
        self._check_missing(network, thermo, rates)
        with self._place("steps"):
            mechanism = Mechanism(
                network=network,
                thermo=thermo,
                rates=rates,
                site_model=self._site_model(),
                site_densities=densities,
                gas=gas,
                closure=self._closure(network),
                assumed_barriers=file.assume.Ga0 if file.assume else (),
            )
        return self._with_interactions(mechanism)

    def _site_model(self) -> SiteModel:
        """That of the steps as written: single adsorbates that are to be expanded are no whole sites yet."""
        return SiteModel.SURFACE if self._file.expand else SiteModel(self._file.site.model)

    def _whole_site(self, elementary: Mechanism) -> Mechanism:
        """The chain of whole-site states where the file asks for it, else the mechanism as it is."""
        expand = self._file.expand
        if expand is None:
            return elementary
        with self._place("expand"):
            if self._file.site.model != "isolated":
                raise InputError(
                    f"'expand' stands in a file with 'model: {self._file.site.model}'.",
                    remedy="write 'site: {model: isolated}', or remove 'expand'.",
                )
            site = WholeSite(elementary.network, expand.capacity)
        for index, step in enumerate(elementary.network.steps):
            with self._place("steps", index):
                check_expandable_step(step, elementary.rates.get(step.id), elementary.network)
        with self._place("interactions" if self._file.interactions else "closure" if self._file.closure else "expand"):
            check_expandable(elementary)
        named = [name for name in self._file.species if self._is_whole_site(name)]
        own = {name: self._own_state(name, site, elementary) for name in named}
        with self._place("expand"):
            return expanded(elementary, expand.capacity, own)

    def _own_state(self, name: str, site: WholeSite, elementary: Mechanism) -> Thermo | None:
        """Thermochemistry that the file gives a state of several adsorbates; None where it says that it is missing."""
        entry = self._file.species[name]
        with self._place("species", name):
            check_own_state(site, elementary, name)
            species = site.species(name, site.occupation(name))
            if entry.composition is not None and dict(species.composition) != dict(sorted(entry.composition.items())):
                raise InputError(
                    f"the composition of '{name}' is not that of its name.", remedy="remove the composition."
                )
            thermo = state_thermo(name, entry, species, self._low_modes(), transition_state=False)
            if thermo is None and entry.missing is None:
                raise MissingEnergyError(
                    f"the state '{name}' is named but has no energy of its own.",
                    remedy="give it one, or remove the line: its energy is then the sum over its adsorbates.",
                )
            return thermo

    def _is_whole_site(self, name: str) -> bool:
        """Whether an entry under species is a state of several adsorbates: in files with `expand`, what has no star."""
        return self._file.expand is not None and "*" not in name and not name.endswith(("(g)", "+", "-"))

    def _gas(self) -> GasPolicy:
        """The gas policy, each of its gases known to have thermochemistry under it."""
        with self._place("gas"):
            gas = gas_policy(self._file)
        for name in gas.energies:
            with self._place("species", name):
                gas.thermo_of(name)
        return gas

    def _check_isolated(self, network: Network, gas: GasPolicy) -> None:
        """The law of isolated sites, step by step so that an error has its line."""
        for index, step in enumerate(network.steps):
            with self._place("steps", index):
                alone = Network(network.species, (step,), network.transition_states)
                Mechanism(alone, {}, {}, SiteModel(self._file.site.model), {}, gas)

    def _with_interactions(self, mechanism: Mechanism) -> Mechanism:
        given = tuple(Interaction(i.species, i.by, i.energy) for i in self._file.interactions)
        for index, one in enumerate(given):
            pair = [i for i in given if {i.species, i.by} == {one.species, one.by}]
            with self._place("interactions", index):
                if sum((i.species, i.by) == (one.species, one.by) for i in pair) > 1:
                    raise InputError(
                        f"the interaction of {one.species} by {one.by} is given twice.", remedy="keep one of them."
                    )
                dataclasses.replace(mechanism, interactions=tuple(pair))
        with self._place("interactions"):
            return dataclasses.replace(mechanism, interactions=given)

    def _check_pressures(self, network: Network) -> None:
        gases = [gas_formula(name) for name in network.gases]
        for gas in self._file.conditions.p:
            with self._place("conditions", "p", gas):
                if gas_formula(gas) not in gases:
                    raise InputError(
                        f"a pressure of '{gas}' is given, but the file has no such gas; {nearest(gas, gases)}",
                        remedy="name one of its gases.",
                    )

    def _check_closing_step(self, mechanism: Mechanism) -> None:
        closing = mechanism.closure.step
        if closing is None:
            return
        network = mechanism.network
        column = [step.id for step in network.steps].index(closing)
        if not any(cycle[column] for cycle in network.cycles()):
            raise InputError(
                f"the closure step '{closing}' is in no cycle.", remedy="name a step of the cycle that does not close."
            )

    def _species_and_steps(self) -> tuple[dict[str, Species], list[ElementaryStep]]:
        file = self._file
        species = {
            name: self._declared_species(name, entry)
            for name, entry in file.species.items()
            if not self._is_whole_site(name)
        }
        steps: list[ElementaryStep] = []
        lines: dict[str, int] = {}
        unnamed: dict[object, ElementaryStep] = {}
        for index, entry in enumerate(file.steps):
            equation, step_id = (entry, None) if isinstance(entry, str) else (entry.equation, entry.id)
            with self._place("steps", index):
                step = parse_equation(equation, declared=species, id=step_id, line=self._line("steps", index))
                for name in (*step.reactants, *step.products):
                    if name not in species:
                        species[name] = self._free_name(name, file.species)
                if step.id in lines:
                    raise InputError(
                        f"two steps are called '{step.id}' (the first in line {lines[step.id]}).",
                        remedy="give each of them an id of its own ('id: ...').",
                    )
                same = (frozenset((_terms(step.reactants), _terms(step.products))), step.transition_state)
                twin = unnamed.setdefault(same, step) if step_id is None else step
                if twin is not step:
                    raise InputError(
                        f"'{step.equation}' is the step '{twin.equation}' of line {twin.line} once more: steps run "
                        "both ways, and it would count twice.",
                        remedy="leave one out, or give both an id of their own ('id: ...') if they are two ways.",
                    )
            lines[step.id] = step.line
            steps.append(step)
        return species, steps

    def _free_name(self, name: str, declared: Collection[str]) -> Species:
        """A species named in a step only: a free site, H+, e-, or a state whose energy is checked later."""
        try:
            species = parse_species(name)
        except InputError as error:
            raise InputError(f"{error.what} {_capitalised(nearest(name, declared))}", remedy=error.remedy) from error
        if species.phase is Phase.GAS:
            raise InputError(
                f"the gas '{name}' is not declared.", remedy=f"add '{name}: {{thermo: shipped}}' under species."
            )
        return species

    def _declared_species(self, name: str, entry: schema.StateEntry) -> Species:
        with self._place("species", name):
            if entry.composition is None:
                return self._labelled(name, entry)
            for element in entry.composition:
                if element not in ELEMENTS:
                    raise InputError(
                        f"'{element}' in the composition of {name} is no element.",
                        remedy="write counts by element, for example '{N: 2, H: 1}'.",
                    )
            _check_label(name, entry.composition)
            if name.endswith("(g)"):
                return Species(name, entry.composition, Phase.GAS, {})
            site = name.rpartition("*")[2] if "*" in name else ""
            return Species(name, entry.composition, Phase.ADSORBATE, {site or "*": 1})

    def _labelled(self, name: str, entry: schema.StateEntry) -> Species:
        species = parse_species(name)
        if species.phase not in (Phase.GAS, Phase.ADSORBATE) and form_of(name, entry) is not Form.NONE:
            raise InputError(
                f"'{name}' has an energy of its own.",
                remedy="remove it: free sites are the zero of energy, H+ and e- follow from H2(g) and the potential.",
            )
        return species

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
            if name not in species:
                continue
            with self._place("species", name):
                state = state_thermo(name, entry, species[name], self._low_modes(), transition_state=False)
                if state is not None:
                    thermo[name] = state
        return thermo

    def _low_modes(self) -> LowModePolicy:
        entry = self._file.low_modes
        with self._place("low_modes"):
            return AS_IS if entry is None else LowModePolicy(entry.policy, entry.cutoff)

    def _transition_states(self) -> dict[str, Species]:
        states = {}
        for name, entry in self._file.transition_states.items():
            with self._place("transition_states", name):
                if name in self._file.species:
                    raise InputError(
                        f"'{name}' is a species as well as a transition state.",
                        remedy="give the transition state another name, for example 'N-N*'.",
                    )
                composition = entry.composition
                if composition is None:
                    composition = dict(parse_species(name).composition if "*" in name else parse_formula(name))
                states[name] = Species(name, composition, Phase.ADSORBATE, {"*": 1})
        return states

    def _transition_state_thermo(
        self, states: dict[str, Species], thermo: dict[str, Thermo], species: dict[str, Species]
    ) -> dict[str, Thermo]:
        result: dict[str, Thermo] = {}
        for name, entry in self._file.transition_states.items():
            with self._place("transition_states", name):
                if entry.bep is not None:
                    result[name] = self._bep(name, entry, states[name], thermo, species)
                    continue
                state = state_thermo(name, entry, states[name], self._low_modes(), transition_state=True)
                if state is not None:
                    result[name] = state
        return result

    def _bep(
        self,
        name: str,
        state: schema.StateEntry,
        transition_state: Species,
        thermo: dict[str, Thermo],
        species: dict[str, Species],
    ) -> Thermo:
        entry = state.bep
        assert entry is not None
        if state.correction is not None:
            raise InputError(f"{name} has both bep and correction.", remedy="put the correction into the intercept.")
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
        check_balance(step, species)
        check_transition_state(step, transition_state, species)
        states = {n: thermo[n] for n in step.stoichiometry if n in thermo} | self._own_gases(step)
        side = next((s for s in (step.reactants, step.products) if not any(n.endswith("(g)") for n in s)), None)
        if side is None:
            raise InputError(
                f"'{entry.of}' has a gas on both sides: no side gives the transition state an entropy.",
                remedy="relate to a step between adsorbates.",
            )
        return BepTransitionState(entry.slope, entry.intercept, step, states, side)

    def _own_gases(self, step: ElementaryStep) -> dict[str, Thermo]:
        """The method's own gases, whoever is blamed for their error: adsorbates stay where the method put them."""
        own = GasPolicy(
            "own", None, {n: e for n, e in gas_policy(self._file).energies.items() if n in step.stoichiometry}
        )
        return own.thermo()

    def _rates(self, network: Network, relative: Collection[str]) -> dict[str, RateLaw]:
        rates = {}
        for index, (entry, step) in enumerate(zip(self._file.steps, network.steps, strict=True)):
            with self._place("steps", index):
                law = rate_law(entry, step, network) or implied_law(step, network)
                check_sticking(step, law, relative, network)
                if self._site_model() is SiteModel.ISOLATED:
                    check_chain_step(step, law)
            if law is not None:
                rates[step.id] = law
        return rates

    def _check_missing(self, network: Network, thermo: dict[str, Thermo], rates: dict[str, RateLaw]) -> None:
        """A species whose energy a step needs has one, or the file says that it is missing."""
        for index, step in enumerate(network.steps):
            if has_own_equilibrium(rates.get(step.id)):
                continue
            self._check_hydrogen(index, step, thermo)
            for name in (*step.reactants, *step.products, *([step.transition_state] if step.transition_state else [])):
                entry = self._file.species.get(name) or self._file.transition_states.get(name)
                phase = network.species[name].phase if name in network.species else Phase.ADSORBATE
                if name in thermo or phase not in (Phase.GAS, Phase.ADSORBATE) or (entry is not None and entry.missing):
                    continue
                raise MissingEnergyError(
                    f"the step '{step.equation}' needs the energy of {name}, which the file does not give.",
                    where=f"{self._where}:{self._line('steps', index)}",
                    remedy=f"add '{name}: {{energy: ... eV, frequencies: ... 1/cm}}' under species, "
                    f"or '{name}: {{missing: why}}'.",
                )

    def _check_hydrogen(self, index: int, step: ElementaryStep, thermo: dict[str, Thermo]) -> None:
        """The computational hydrogen electrode takes the energy of H+ + e- from H2(g)."""
        if PROTON.name in step.stoichiometry and "H2(g)" not in thermo:
            raise MissingEnergyError(
                f"the step '{step.equation}' needs the energy of H2(g) for that of H+ + e-.",
                where=f"{self._where}:{self._line('steps', index)}",
                remedy="add 'H2(g): {energy: 0 eV, thermo: shipped}' under species.",
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
        network = _as_written(mechanism).network
        with self._place("lump"):
            first, last = (tuple(_step_named(name, network).id for name in group) for group in (lump.first, lump.last))
            return Lump(first, last, lump.note)

    def _check_named(self, section: str, names: tuple[str, ...], mechanism: Mechanism) -> None:
        known = {
            *mechanism.network.species,
            *mechanism.network.transition_states,
            *(s.id for s in mechanism.network.steps),
            *_as_written(mechanism).network.species,
            *_as_written(mechanism).network.transition_states,
            *(s.id for s in _as_written(mechanism).network.steps),
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


def _as_written(mechanism: Mechanism) -> Mechanism:
    return mechanism if mechanism.expansion is None else mechanism.expansion.elementary


def _check_temperature(name: str, thermo: Thermo, T: float) -> None:
    """Refuse a default temperature at which a state has no Gibbs energy."""
    try:
        thermo.gibbs(np.array([T]))
    except InputError as error:
        raise error.at(name) from error


def _check_label(name: str, composition: Mapping[str, int]) -> None:
    """A name that is a formula says the same as its composition."""
    try:
        read = parse_species(name).composition
    except InputError:  # a free name
        return
    if dict(read) != dict(composition):
        raise InputError(
            f"the composition of '{name}' is not that of its name.",
            remedy="remove the composition, or change the name.",
        )


def _capitalised(phrase: str) -> str:
    return phrase[0].upper() + phrase[1:]


def _default_symmetry(file: schema.CatalystFile) -> list[str]:
    """A sentence where barriers at a potential are given without the symmetry factor that moves them."""
    rates = [(entry.equation, entry.rate) for entry in file.steps if not isinstance(entry, str)]
    named = [f"'{equation}'" for equation, rate in rates if rate and rate.barrier is not None and rate.beta is None]
    if not named:
        return []
    return [f"the barrier of {', '.join(named)} moves with half of the potential: beta is 0.5 by default."]


def _terms(side: Mapping[str, int]) -> frozenset[tuple[str, int]]:
    return frozenset(side.items())


def _step_named(name: str, network: Network) -> ElementaryStep:
    """The step of an id, or of an equation in any spelling."""
    ids = {step.id for step in network.steps}
    if name in ids or "<->" not in name:
        return network.step(name)
    return network.step(parse_equation(name, declared=network.species).id)

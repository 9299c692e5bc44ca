"""A campaign: the references first, then all states side by side, then the barriers between them.

Last come structures of states that others came upon, and that may be lower.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable

from nrrsim.campaign.computed import Computed, collected, lender, replayed
from nrrsim.campaign.plan import Plan
from nrrsim.dft.chain import Chain
from nrrsim.dft.store import Store
from nrrsim.dft.work import Progress, compute

LOWER = 2  # rounds of them: the clean site, then the states that have their electrons elsewhere than the lowest one


def run_campaign(
    plan: Plan,
    store: Store,
    *,
    folder: str | os.PathLike[str],
    workers: int = 1,
    retry: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Computed:
    """Compute what the store does not hold yet of a plan.

    Stopped at any moment, the same call goes on where it was. States that fail are named in `Computed.missing`; without
    the clean site there is nothing to place adsorbates on, and only the references are computed.

    Parameters
    ----------
    plan : Plan
    store : Store
        Where records are found and kept.
    folder : path
        Where tasks keep their files while they run.
    workers : int
        Processes.
    retry : bool
        Whether tasks whose record failed are computed once more: an engine may have been installed since.
    progress : callable
        Told of each change, as by `nrrsim.dft.work.compute`.

    Raises
    ------
    InputError
        If the store or the folder cannot be used.
    """
    retried: set[str] = set()

    def do(chains: Collection[Chain]) -> None:
        if retry:
            _forget_failures((chain for chain in chains if chain.label not in retried), store)
            retried.update(chain.label for chain in chains)
        if chains:
            compute(tuple(chains), store, workers=workers, folder=folder, progress=progress)

    references = plan.references()
    do(references)
    clean = references[0].found(replayed(references[0], store)).first
    if clean is not None:
        chains, _ = plan.chains(clean, lender(plan, store))  # what fits nowhere is named by `collected`
        do(chains.values())
    found = collected(plan, store)
    if found.searches:
        do(found.searches.values())
        found = collected(plan, store)
    for _ in range(LOWER):
        unheard = retry and any(chain.label not in retried for chain in found.lower.values())
        if not (unheard or found.lower.keys() & found.waiting):
            break
        do(found.lower.values())
        found = collected(plan, store)
    return found


def _forget_failures(chains: Iterable[Chain], store: Store) -> None:
    for chain in chains:
        for record in replayed(chain, store):
            if record.status == "failed":
                store.remove(record.key)

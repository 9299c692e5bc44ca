"""A campaign: the references first, then all states side by side."""

from __future__ import annotations

import os
from collections.abc import Callable

from nrrsim.campaign.plan import Computed, Plan, collected
from nrrsim.campaign.states import CLEAN
from nrrsim.dft.store import Store
from nrrsim.dft.work import Progress, compute
from nrrsim.errors import InputError


def run_campaign(
    plan: Plan,
    store: Store,
    *,
    folder: str | os.PathLike[str],
    workers: int = 1,
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
    progress : callable
        Told of each change, as by `nrrsim.dft.work.compute`.

    Raises
    ------
    InputError
        If the store or the folder cannot be used.
    """
    compute(plan.references(), store, workers=workers, folder=folder, progress=progress)
    clean = collected(plan, store).relaxed.get(CLEAN)
    if clean is not None:
        chains = []
        for state in plan.adsorbed:
            try:
                chains.append(plan.chain(state, clean))
            except InputError:  # it fits nowhere: `collected` says so
                continue
        compute(chains, store, workers=workers, folder=folder, progress=progress)
    return collected(plan, store)

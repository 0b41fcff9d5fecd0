"""`discover_lorentz`: from jets to the algebra that acts on their four-momenta."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from physym.data import Jets
from physym.discovery.base import AbstractMethod, Discovery, LevelName
from physym.discovery.run import DEFAULT_METHOD, discover
from physym.discovery.units import in_jets
from physym.progress import Progress, silent


def discover_lorentz(
    jets: Jets,
    *,
    method: AbstractMethod = DEFAULT_METHOD,
    level: LevelName | Literal["all"] = "support",
    constituents: int = 2,
    seed: int = 0,
    device: str = "auto",
    progress: Progress = silent,
) -> Discovery:
    """Find the Lie algebra that acts on the four-momenta of the leading constituents.

    Arguments:
        jets: four-momenta (E, px, py, pz) in GeV, with labels where the conditional level is asked for.
        method: how to search; ``Spectral()`` needs milliseconds.
        level: the statement to test. ``"support"``: E² = p² is preserved (labels unused); ``"conditional"``: the
            probability of the label given the momenta is; ``"measure"``: the distribution of the momenta is; or ``"all"``.
        constituents: how many leading constituents of each jet are used.
        seed: reproduces the run.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        progress: called after each level.

    Returns:
        A ``Discovery``: ``.algebra`` with errors, ``.exact``, ``.identification``, ``.metric`` and the levels tested.

    Raises:
        DiscoveryFailed: the momenta span fewer than four dimensions.
        InvalidData: ``constituents`` is less than 1.

    References:
        J. Yang et al., ICML 2023 (arXiv 2302.00236), section 5.4, for the task of top tagging.

    Example:
        >>> from physym.data import load
        >>> result = discover_lorentz(load("pythia_toptag"))
        >>> result.identification.name, result.algebra.dimension
        ('so(1,3) ⊕ R', 7)
    """
    found = discover(jets.samples(constituents=constituents), method, level=level, seed=seed, device=device, progress=progress)
    provenance = found.provenance | {"masses": jets.mass_convention.sentence, "constituents": f"{constituents} leading per jet"}
    if jets.mass_convention.kind == "mixed" and found.support is not None and found.support.algebra is not None:
        provenance["warning"] = (
            "the constituents have several masses, so no single mass shell carries them: a dilation in the result holds for E ≫ m only, "
            f"here with a relative spread of {found.support.noise:.1g} per coordinate"
        )
    return replace(
        found,
        support=in_jets(found.support),
        conditional=in_jets(found.conditional),
        measure=in_jets(found.measure),
        provenance=provenance,
    )

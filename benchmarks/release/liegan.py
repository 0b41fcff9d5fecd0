"""The released generators of `LieGAN`: settings, and what is measured of the generators of each seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import physym
from benchmarks.liegan import CONE, SEED, blocks_of_turns, metric_cosines
from physym import Discovery, Jets, LieAlgebra, LieGAN, Trajectories, discover, discover_lorentz
from physym.algebra import principal_cosines
from physym.discovery import AbstractMethod
from physym.discovery.adversarial import Optimisation


@dataclass(frozen=True, eq=False)
class Release:
    """How one released model is made and measured.

    Arguments:
        name: of the model and of its folder.
        dataset: name of the shipped data.
        split: of the data; None: all of it.
        level: the statement that is tested.
        method: the frozen settings.
        find: runs a method on the data.
        truth: the algebra known from the physics, with which the result is compared.
        truth_name: its name.
        figures: figures of the generators ``(S, k, n, n)`` of all seeds, each of shape ``(S,)``, by name.
        seed: of the method; each of its runs has its own.
    """

    name: str
    dataset: str
    split: str | None
    level: str
    method: LieGAN
    find: Callable[[Release, AbstractMethod], Discovery]
    truth: LieAlgebra
    truth_name: str
    figures: Callable[[np.ndarray], dict[str, np.ndarray]]
    seed: int = SEED

    @property
    def data(self) -> str:
        """The data in words."""
        return f"{self.dataset} [{self.split}]" if self.split else self.dataset


def find_rotation(release: Release, method: AbstractMethod) -> Discovery:
    """One generator with a 2×2 block for each body and quantity."""
    orbits = physym.load(release.dataset, split=release.split)
    if not isinstance(orbits, Trajectories):
        raise TypeError(f"{release.dataset} holds {type(orbits).__name__}, not Trajectories")
    return discover(orbits.samples(), method, level="conditional", seed=release.seed)


def find_lorentz(release: Release, method: AbstractMethod) -> Discovery:
    """Seven generators from the two leading constituents of each jet."""
    jets = physym.load(release.dataset, split=release.split)
    if not isinstance(jets, Jets):
        raise TypeError(f"{release.dataset} holds {type(jets).__name__}, not Jets")
    return discover_lorentz(jets, method=method, level="support", constituents=2, seed=release.seed)


def smallest_cosines(generators: np.ndarray, truth: LieAlgebra) -> np.ndarray:
    """Smallest principal cosine of each seed's span to a known algebra of the same dimension, shape ``(S,)``."""
    return np.array([principal_cosines(LieAlgebra(basis), truth).min() for basis in generators])


def rotation_figures(generators: np.ndarray) -> dict[str, np.ndarray]:
    """Of the two bodies."""
    return {"cosine to so(2)": smallest_cosines(generators, blocks_of_turns(4))}


def lorentz_figures(generators: np.ndarray) -> dict[str, np.ndarray]:
    """Of the jets."""
    return {
        "smallest principal cosine to so(1,3) ⊕ R": smallest_cosines(generators, CONE),
        "cosine of the invariant metric to diag(1, −1, −1, −1)": metric_cosines(generators),
    }


RELEASES = {
    release.name: release
    for release in (
        Release(
            "liegan_two_body",
            "two_body",
            "train",
            "conditional",
            LieGAN(generators=1, seeds=5, optimisation=Optimisation(steps=2500)),
            find_rotation,
            blocks_of_turns(4),
            "so(2)",
            rotation_figures,
        ),
        Release(
            "liegan_toptag",
            "pythia_toptag",
            None,
            "support",
            LieGAN(generators=7, seeds=5, optimisation=Optimisation(steps=800, rate=3e-2)),
            find_lorentz,
            CONE,
            "so(1,3) ⊕ R",
            lorentz_figures,
        ),
    )
}

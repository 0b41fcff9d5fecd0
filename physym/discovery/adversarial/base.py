"""The nouns of the game, and the protocols of its parts: rows, actions, features, laws of coefficients, critics, penalties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from physym._typing import Float, Int

Parameters = dict[str, Tensor]
FeatureMap = Callable[[Tensor, Tensor], Tensor]  # moved columns (S, B, D) and targets (S, B, t) to features (S, B, F)


@dataclass(frozen=True, eq=False)
class Rows:
    """What the players see.

    Arguments:
        moving: x, followed by y where the group moves y, shape ``(N, D)``, float64.
        inputs: number of columns of x.
        target: real targets that the group leaves as they are, shape ``(N, t)``; t may be 0.
        label: number of the class, shape ``(N,)``; zeros where there are no classes.
        classes: number of classes; 1 where there are none.
        copies: number of vectors in x; 0 where x is no number of vectors.
        held: rows that no player is trained on, shape ``(H,)``.
        kept: the other rows.
        grid: height and width where the rows are pictures; empty otherwise.

    Example:
        >>> import numpy as np
        >>> from physym import Rep, Samples
        >>> from physym.discovery.spectral.search import search_of
        >>> samples = Samples(np.ones((100, 4)), rep_x=Rep("2V", n=2), y=np.arange(100) % 2)
        >>> from physym.discovery.adversarial.rows import rows_of
        >>> rows = rows_of(samples, search_of(samples, None), seed=0)
        >>> rows.moving.shape, rows.classes, rows.copies, len(rows.held)
        (torch.Size([100, 4]), 2, 2, 15)
    """

    moving: Float[Tensor, "N D"]
    inputs: int
    target: Float[Tensor, "N t"]
    label: Int[Tensor, "N"]
    classes: int
    copies: int
    held: Int[Tensor, "H"]
    kept: Int[Tensor, "M"]
    grid: tuple[int, ...] = ()

    def to(self, device: str) -> Rows:
        """The rows on another device."""
        moved = [value.to(device) for value in (self.moving, self.target, self.label, self.held, self.kept)]
        return Rows(moved[0], self.inputs, moved[1], moved[2], self.classes, self.copies, moved[3], moved[4], self.grid)


@runtime_checkable
class Action(Protocol):
    """What a training run needs to know of a group that moves rows.

    Example:
        >>> from physym.discovery.adversarial.actions import VectorAction
        >>> isinstance(VectorAction((), 0), Action)
        True
    """

    @property
    def size(self) -> int:
        """Number of searched matrices s."""
        ...

    def move(self, elements: Float[Tensor, "S B s"], rows: Float[Tensor, "S B d"]) -> Float[Tensor, "S B d"]:
        """Rows moved by ``exp(Σ_k a_k B_k)``, with a gradient to the coefficients a."""
        ...

    def to(self, device: str) -> Action:
        """The action on another device."""
        ...


@runtime_checkable
class Features(Protocol):
    """A choice of what the critic sees, fitted once to the rows.

    Example:
        >>> from physym.discovery.adversarial.features import Coordinates
        >>> isinstance(Coordinates(), Features)
        True
    """

    def fit(self, rows: Rows, *, seed: int) -> FeatureMap:
        """The map for these rows."""
        ...


@runtime_checkable
class CoefficientLaw(Protocol):
    """How z is made of noise that does not depend on the parameters, so that a gradient reaches them.

    Example:
        >>> from physym.discovery.adversarial.coefficients import Normal
        >>> isinstance(Normal(), CoefficientLaw)
        True
    """

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Noise of that shape, float64."""
        ...

    def parameters(self, seeds: int, channels: int) -> Parameters:
        """What is learned; empty for a fixed law."""
        ...

    def coefficients(self, noise: Tensor, parameters: Parameters) -> Tensor:
        """z of the shape of the noise ``(S, B, k)``."""
        ...

    def describe(self, parameters: Parameters) -> str:
        """The law in words, with what was learned."""
        ...


@runtime_checkable
class Critic(Protocol):
    """A kind of critic: a frozen choice of layers that builds a network for a number of features and classes.

    Example:
        >>> from physym.discovery.adversarial.critics import Dense
        >>> isinstance(Dense(), Critic)
        True
    """

    def build(self, features: int, classes: int, generators: Sequence[torch.Generator]) -> nn.Module:
        """A network ``(S, B, F), (S, B) -> (S, B)`` with weights drawn from one generator per seed."""
        ...


@runtime_checkable
class Fitting(Protocol):
    """A critic that reads some rows only, such as pictures, and says so before the game.

    Example:
        >>> from physym.discovery.adversarial.critics import Convolutional, Dense
        >>> isinstance(Convolutional((8, 8)), Fitting), isinstance(Dense(), Fitting)
        (True, False)
    """

    def require(self, rows: Rows) -> None:
        """Refuse rows that the critic cannot read."""
        ...


@dataclass(frozen=True, eq=False)
class Move:
    """What one step of the generator did.

    Arguments:
        generators: L, shape ``(S, k, m, m)``.
        before, after: the rows and the moved rows, shape ``(S, B, D)``.
        grid: height and width where the rows are pictures; empty otherwise.

    Example:
        >>> Move(torch.zeros(1, 1, 2, 2), torch.ones(1, 3, 2), torch.ones(1, 3, 2)).grid
        ()
    """

    generators: Float[Tensor, "S k m m"]
    before: Float[Tensor, "S B D"]
    after: Float[Tensor, "S B D"]
    grid: tuple[int, ...] = ()


@runtime_checkable
class Penalty(Protocol):
    """A term of the loss, for each seed.

    Example:
        >>> from physym.discovery.adversarial.penalties import CosineSimilarity
        >>> isinstance(CosineSimilarity(1.0), Penalty)
        True
    """

    def __call__(self, move: Move) -> Float[Tensor, "S"]:
        """The term, weight included."""
        ...

"""How both players take their steps: Adam with gradients clipped seed by seed, and a rate that falls along a cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.adam import adam

from physym._settings import whole
from physym.errors import InvalidData


@dataclass(frozen=True)
class Optimisation:
    """Settings of the optimiser. One generator step and one critic step are taken on each batch.

    Arguments:
        steps: number of steps; where ``epochs`` is positive that many passes over the rows instead.
        epochs: passes over the rows, or 0.
        batch: rows in a batch, of each seed.
        rate: learning rate of the generator. Generators of fixed length turn by about this angle per step (rad).
        critic_rate: learning rate of the critic.
        betas, critic_betas: decay rates of Adam's moments.
        clip: largest norm of a gradient, for each seed and player; 0: no limit.
        cosine: both rates fall to zero along half a cosine; False: they stay.
        average: share of the old value in the running average of the generator that is kept; 0: the last value is kept.
        paired: the critic compares moved rows with the same rows unmoved, as the paper does; False: with other rows.
        keep_last: the last generators are kept, as the paper does; False: earlier ones where held-out rows clearly prefer them.

    Raises:
        InvalidData: a setting lies outside its range.

    References:
        D. Kingma, J. Ba, ICLR 2015 (arXiv 1412.6980); Y. Yazıcı et al., ICLR 2019 (arXiv 1806.04498) for the average.

    Example:
        >>> Optimisation(epochs=2, batch=64).total(100)
        4
    """

    steps: int = 2000
    epochs: int = 0
    batch: int = 256
    rate: float = 2e-2
    critic_rate: float = 4e-3
    betas: tuple[float, float] = (0.5, 0.99)
    critic_betas: tuple[float, float] = (0.5, 0.99)
    clip: float = 5.0
    cosine: bool = True
    average: float = 0.99
    paired: bool = False
    keep_last: bool = False

    def __post_init__(self) -> None:
        if not whole(self.steps) or not whole(self.epochs, 0) or not whole(self.batch, 2):
            raise InvalidData(
                f"steps={self.steps!r}, epochs={self.epochs!r}, batch={self.batch!r}; expected whole numbers: at least 1 step, 0 epochs "
                "and 2 rows in a batch."
            )
        if not (0 < self.rate < 10 and 0 < self.critic_rate < 10):
            raise InvalidData(f"rate={self.rate}, critic_rate={self.critic_rate}; expected positive learning rates below 10.")
        if not self.clip >= 0 or not 0 <= self.average < 1:
            raise InvalidData(f"clip={self.clip}, average={self.average}; expected clip ≥ 0 and average in [0, 1).")
        if not all(_are_decay_rates(betas) for betas in (self.betas, self.critic_betas)):
            raise InvalidData(f"betas={self.betas}, critic_betas={self.critic_betas}; expected pairs of decay rates in [0, 1).")

    def total(self, rows: int) -> int:
        """Number of steps for so many rows."""
        return self.epochs * self.steps_per_epoch(rows) if self.epochs else self.steps

    def steps_per_epoch(self, rows: int) -> int:
        """Batches in one pass over so many rows."""
        return max(1, -(-rows // self.batch))

    def factor(self, step: int, total: int) -> float:
        """By how much the rates have fallen at a step."""
        return 0.5 * (1 + math.cos(math.pi * step / total)) if self.cosine else 1.0


class Updates:
    """Adam for one player, over parameters whose leading axis is the seed.

    Arguments:
        parameters: tensors by name, each of shape ``(S, …)``.
        rate, betas: of Adam.
        clip: largest norm of the gradient of a seed; 0: no limit.

    Example:
        >>> weight = torch.ones(2, 3, requires_grad=True)
        >>> Updates({"w": weight}, 0.1, (0.9, 0.99), 1.0).take([torch.ones(2, 3)], 1.0)
        >>> weight[0, 0].item() < 0.95
        True
    """

    def __init__(self, parameters: dict[str, Tensor], rate: float, betas: tuple[float, float], clip: float) -> None:
        self.parameters, self.rate, self.betas, self.clip = parameters, rate, betas, clip
        self.means = [torch.zeros_like(value) for value in parameters.values()]
        self.squares = [torch.zeros_like(value) for value in parameters.values()]
        self.counts = [torch.zeros((), dtype=torch.float32, device=value.device) for value in parameters.values()]

    @torch.no_grad()
    def take(self, gradients: list[Tensor], factor: float) -> None:
        """One step along these gradients, with the rate times ``factor``."""
        shares = _shares(gradients, self.clip)
        if shares is not None:
            gradients = [gradient * _spread(shares, gradient) for gradient in gradients]
        adam(
            list(self.parameters.values()),
            gradients,
            self.means,
            self.squares,
            [],
            self.counts,
            fused=True,
            amsgrad=False,
            beta1=self.betas[0],
            beta2=self.betas[1],
            lr=self.rate * factor,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """Parameters and moments by name."""
        found = {name: value.detach() for name, value in self.parameters.items()}
        for kind, moments in self._moments:
            found |= {f"{name}/{kind}": moment for name, moment in zip(self.parameters, moments, strict=True)}
        return found

    @torch.no_grad()
    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from a state."""
        for name, value in self.parameters.items():
            value.copy_(state[name])
        for kind, moments in self._moments:
            for name, moment in zip(self.parameters, moments, strict=True):
                moment.copy_(state[f"{name}/{kind}"])

    @property
    def _moments(self) -> tuple[tuple[str, list[Tensor]], ...]:
        return (("mean", self.means), ("square", self.squares), ("count", self.counts))


def _are_decay_rates(betas: object) -> bool:
    return isinstance(betas, (tuple, list)) and len(betas) == 2 and all(0 <= beta < 1 for beta in betas)


def _shares(gradients: list[Tensor], clip: float) -> Tensor | None:
    """By how much the gradient of each seed is shortened; None where nothing is clipped."""
    if not clip:
        return None
    square = torch.stack([gradient.square().flatten(1).sum(1).double() for gradient in gradients]).sum(0)
    return (clip / square.sqrt().clamp_min(1e-30)).clamp_max(1.0)


def _spread(shares: Tensor, like: Tensor) -> Tensor:
    return shares.reshape(-1, *[1] * (like.ndim - 1)).to(like.dtype)

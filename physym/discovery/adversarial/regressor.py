"""A regressor of y on x whose residual tells the critic at once whether a moved pair still fits together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from physym._settings import are_widths, whole
from physym._typing import Float
from physym.errors import InvalidData

BATCH = 512


@dataclass(frozen=True)
class Regressor:
    """How the regressor is trained: a perceptron with ReLU units, Adam, a cosine decay of the rate.

    Arguments:
        hidden: widths of the hidden layers.
        steps: number of steps with batches of 512.
        rate: learning rate.

    Example:
        >>> Regressor(hidden=(64, 64)).steps
        2000
    """

    hidden: tuple[int, ...] = (128, 128)
    steps: int = 2000
    rate: float = 4e-3

    def __post_init__(self) -> None:
        if not are_widths(self.hidden) or not whole(self.steps) or not 0 < self.rate < 1:
            raise InvalidData(f"{self!r}: expected layers of at least 1 unit, at least 1 step and a rate between 0 and 1.")


@dataclass(frozen=True, eq=False)
class FittedRegressor:
    """A trained regressor.

    Arguments:
        weights, biases: of its layers.
        centre, spread: of its inputs, shape ``(d,)``.
        offset: means of y, shape ``(t,)``.
        scale: standard deviations of y, shape ``(t,)``.
        rms: root-mean-square residual of each target over the rows it was trained on, shape ``(t,)``.

    Example:
        >>> x = torch.randn(400, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        >>> fit = fit_regressor(x, x**2, Regressor(hidden=(32,), steps=500, rate=0.02), seed=0)
        >>> bool(fit.rms[0] < 0.2 * x.square().std())
        True
    """

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    centre: Float[Tensor, "d"]
    spread: Float[Tensor, "d"]
    offset: Float[Tensor, "t"]
    scale: Float[Tensor, "t"]
    rms: Float[Tensor, "t"]

    def __call__(self, x: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch t"]:
        """Prediction of y; the layers work in float32, the result has the precision of x."""
        return self.offset + self.scale * _forward(((x - self.centre) / self.spread).float(), self.weights, self.biases).to(x.dtype)


def fit_regressor(x: Float[Tensor, "N d"], y: Float[Tensor, "N t"], regressor: Regressor, *, seed: int) -> FittedRegressor:
    """Fit y by least squares.

    Arguments:
        x: inputs, shape ``(N, d)``.
        y: targets, shape ``(N, t)``.
        regressor: how.
        seed: of the weights and the batches.

    Returns:
        The regressor.

    Example:
        >>> x = torch.linspace(-1, 1, 100, dtype=torch.float64)[:, None]
        >>> fit_regressor(x, 3 * x, Regressor((8,), 200), seed=0)(x).shape
        torch.Size([100, 1])
    """
    generator = torch.Generator().manual_seed(seed)
    centre, spread, offset, scale = x.mean(0), _positive(x.std(0)), y.mean(0), _positive(y.std(0))
    inputs, shown = ((x - centre) / spread).float(), ((y - offset) / scale).float()
    widths = (x.shape[1], *regressor.hidden, y.shape[1])
    weights = [torch.randn(a, b, generator=generator).to(x.device) * (2 / a) ** 0.5 for a, b in pairwise(widths)]
    biases = [torch.zeros(b, device=x.device) for b in widths[1:]]
    parameters = [p.requires_grad_() for p in (*weights, *biases)]
    optimiser = torch.optim.Adam(parameters, lr=regressor.rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, regressor.steps)
    for _ in range(regressor.steps):
        batch = torch.randint(len(x), (BATCH,), generator=generator).to(x.device)
        optimiser.zero_grad()
        loss = (_forward(inputs[batch], weights, biases) - shown[batch]).square().mean()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    frozen = [p.detach().requires_grad_(False) for p in parameters]
    count = len(weights)
    fitted = FittedRegressor(tuple(frozen[:count]), tuple(frozen[count:]), centre, spread, offset, scale, scale)
    with torch.no_grad():
        rms = (fitted(x) - y).square().mean(0).sqrt()
    return FittedRegressor(fitted.weights, fitted.biases, centre, spread, offset, scale, torch.maximum(rms, 1e-6 * scale))


def _forward(h: Tensor, weights: tuple[Tensor, ...] | list[Tensor], biases: tuple[Tensor, ...] | list[Tensor]) -> Tensor:
    shape = h.shape[:-1]
    h = h.reshape(-1, h.shape[-1])
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        h = torch.addmm(bias, h, weight)
        if i + 1 < len(weights):
            h = torch.relu(h)
    return h.reshape(*shape, -1)


def _positive(spread: Tensor) -> Tensor:
    return torch.where(spread > 0, spread, torch.ones_like(spread))

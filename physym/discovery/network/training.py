"""A small network fitted to targets or labels, from a seed and without the global one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from physym._typing import Float
from physym.errors import InvalidData

HELD_OUT = 0.15  # of the rows decide when to stop
PATIENCE = 60
BATCH = 128


@dataclass(frozen=True)
class Training:
    """How a network is trained: AdamW on one cycle of the learning rate, stopped early on held-out rows.

    Arguments:
        hidden: widths of the hidden layers.
        epochs: largest number of passes over the rows.
        rate: highest learning rate.
        decay: weight decay.

    Raises:
        InvalidData: a setting lies outside its range.

    Example:
        >>> Training(hidden=(16,)).epochs
        300
    """

    hidden: tuple[int, ...] = (32, 32)
    epochs: int = 300
    rate: float = 0.02
    decay: float = 1e-4

    def __post_init__(self) -> None:
        if not self.hidden or min(self.hidden) < 1:
            raise InvalidData(f"hidden is {self.hidden}; give at least one layer width, for instance (32, 32).")
        if self.epochs < 1:
            raise InvalidData(f"epochs is {self.epochs}; at least 1 is needed.")


class Perceptron(nn.Module):
    """A fully connected network with smooth activations that scales its own inputs and outputs, in float64.

    Arguments:
        centre, spread: of the inputs, shape ``(d,)``.
        hidden: widths of the hidden layers.
        generator: source of the initial weights.

    Example:
        >>> Perceptron(torch.zeros(2), torch.ones(2), (4,), torch.Generator().manual_seed(0))(torch.zeros(3, 2)).shape
        torch.Size([3])
    """

    centre: torch.Tensor
    spread: torch.Tensor
    offset: torch.Tensor
    scale: torch.Tensor

    def __init__(self, centre: torch.Tensor, spread: torch.Tensor, hidden: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        for name, value in (("centre", centre), ("spread", spread), ("offset", torch.zeros(())), ("scale", torch.ones(()))):
            self.register_buffer(name, value.double())
        widths = (len(centre), *hidden, 1)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            # made without memory first, so that its own initialisation does not draw from the global seed
            linear = nn.Linear(before, after, dtype=torch.float64, device="meta").to_empty(device="cpu")
            with torch.no_grad():
                linear.weight.copy_(torch.randn(after, before, generator=generator, dtype=torch.float64) / before**0.5)
                linear.bias.zero_()
            layers += [linear, nn.SiLU()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Rows ``(N, d)`` to the regression function or the logit, ``(N,)``."""
        inside: torch.Tensor = self.layers((x.double() - self.centre) / self.spread)
        return self.offset + self.scale * inside[:, 0]


def train_network(
    x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N"], *, logit: bool, seed: int, training: Training | None = None, device: str = "cpu"
) -> Perceptron:
    """Fit a network to targets by least squares, or to 0/1 labels by their likelihood.

    Arguments:
        x: rows, shape ``(N, d)``.
        y: targets, shape ``(N,)``; 0 or 1 when ``logit``.
        logit: the network is the logit of the label.
        seed: of the weights, the batches and the held-out rows; the global seed is not touched.
        training: how it is trained; None: the defaults.
        device: where it is trained.

    Returns:
        The network with the smallest held-out loss, on the CPU.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> network = train_network(x, x[:, 0], logit=False, seed=0, training=Training(hidden=(8,), epochs=60))
        >>> float(((network(torch.from_numpy(x)).detach().numpy() - x[:, 0]) ** 2).mean()) < 0.1
        True
    """
    training = training or Training()
    generator = torch.Generator().manual_seed(seed)
    rows, target = torch.from_numpy(x.copy()), torch.from_numpy(y.copy())
    spread = rows.std(0)
    network = Perceptron(rows.mean(0), torch.where(spread > 0, spread, 1.0), training.hidden, generator)
    offset, scale = (torch.zeros(()), torch.ones(())) if logit else (target.mean(), target.std())
    order = torch.randperm(len(rows), generator=generator)
    held = max(1, int(HELD_OUT * len(rows)))
    shown = ((target - offset) / scale).to(device)
    _fit(network.to(device), (rows.to(device), shown), (order[:held], order[held:]), logit, training, generator)
    network.offset.copy_(offset)
    network.scale.copy_(scale)
    return network.cpu().eval()


def _fit(
    network: Perceptron,
    data: tuple[torch.Tensor, torch.Tensor],
    split: tuple[torch.Tensor, torch.Tensor],
    logit: bool,
    training: Training,
    generator: torch.Generator,
) -> None:
    """Train in place and leave the weights of the smallest held-out loss."""
    (x, y), (held, kept) = data, split
    loss: nn.Module = nn.BCEWithLogitsLoss() if logit else nn.MSELoss()
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.rate, weight_decay=training.decay)
    steps = training.epochs * -(-len(kept) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, training.rate, total_steps=steps + 1, pct_start=0.1)
    best, state, since = float("inf"), {k: v.clone() for k, v in network.state_dict().items()}, 0
    for _ in range(training.epochs):
        order = kept[torch.randperm(len(kept), generator=generator)]
        for i in range(0, len(order), BATCH):
            batch = order[i : i + BATCH]
            optimiser.zero_grad()
            loss(network(x[batch]), y[batch]).backward()
            optimiser.step()
            schedule.step()
        with torch.no_grad():
            now = float(loss(network(x[held]), y[held]))
        since = 0 if now < best else since + 1
        if now < best:
            best, state = now, {k: v.clone() for k, v in network.state_dict().items()}
        if since > PATIENCE:
            break
    network.load_state_dict(state)

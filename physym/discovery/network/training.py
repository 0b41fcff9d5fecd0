"""A small network fitted to targets or labels, from a seed and without the global one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR

from physym._settings import are_widths, whole
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
        if not are_widths(self.hidden):
            raise InvalidData(f"hidden is {self.hidden!r}; give at least one layer width, for instance (32, 32).")
        if not whole(self.epochs):
            raise InvalidData(f"epochs is {self.epochs!r}; a whole number is needed, at least 1.")


class Perceptron(nn.Module):
    """A fully connected network with smooth activations that scales its own inputs and outputs, in float64.

    Arguments:
        centre, spread: of the inputs, shape ``(d,)``.
        hidden: widths of the hidden layers.
        generator: source of the initial weights.
        outputs: number of outputs; a single one comes without an axis of its own.

    Example:
        >>> Perceptron(torch.zeros(2), torch.ones(2), (4,), torch.Generator().manual_seed(0))(torch.zeros(3, 2)).shape
        torch.Size([3])
    """

    centre: torch.Tensor
    spread: torch.Tensor
    offset: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self, centre: torch.Tensor, spread: torch.Tensor, hidden: tuple[int, ...], generator: torch.Generator, *, outputs: int = 1
    ) -> None:
        super().__init__()
        shape = () if outputs == 1 else (outputs,)
        for name, value in (("centre", centre), ("spread", spread), ("offset", torch.zeros(shape)), ("scale", torch.ones(shape))):
            self.register_buffer(name, value.double())
        widths = (len(centre), *hidden, outputs)
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
        """Rows ``(..., d)`` to the regression function or the logit, ``(...)``, or ``(..., outputs)`` where there are several."""
        inside: torch.Tensor = self.layers((x.double() - self.centre) / self.spread)
        return self.offset + self.scale * (inside if self.offset.ndim else inside[..., 0])

    def embedding(self, x: torch.Tensor) -> torch.Tensor:
        """Rows ``(..., d)`` to the activations of the last hidden layer, ``(..., h)``."""
        inside: torch.Tensor = self.layers[:-1]((x.double() - self.centre) / self.spread)
        return inside


def train_network(
    x: Float[np.ndarray, "N d"],
    y: Float[np.ndarray, "N *q"],
    *,
    logit: bool,
    seed: int,
    training: Training | None = None,
    device: str = "cpu",
) -> Perceptron:
    """Fit a network to targets by least squares, or to 0/1 labels by their likelihood.

    Arguments:
        x: rows, shape ``(N, d)``.
        y: targets, shape ``(N,)`` or ``(N, q)``; 0 or 1 when ``logit``.
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
    training, generator = training or Training(), torch.Generator().manual_seed(seed)
    rows, target = torch.from_numpy(x.copy()), torch.from_numpy(y.copy())
    target = target[:, 0] if target.shape[1:] == (1,) else target
    network = perceptron(rows, training.hidden, generator, outputs=target.shape[1] if target.ndim > 1 else 1)
    offset, scale = (torch.zeros(()), torch.ones(())) if logit else (target.mean(0), target.std(0))
    scale = torch.where(scale > 0, scale, 1.0)
    shown, rows = ((target - offset) / scale).to(device), rows.to(device)
    error: nn.Module = nn.BCEWithLogitsLoss() if logit else nn.MSELoss()
    fit(network.to(device), lambda part: error(network(rows[part]), shown[part]), len(rows), training, generator)
    network.offset.copy_(offset)
    network.scale.copy_(scale)
    return network.cpu().eval()


def perceptron(rows: torch.Tensor, hidden: tuple[int, ...], generator: torch.Generator, *, outputs: int = 1) -> Perceptron:
    """A network that measures rows from their mean in units of their spread.

    Arguments:
        rows: shape ``(N, d)``.
        hidden: widths of the hidden layers.
        generator: source of the initial weights.
        outputs: number of outputs.

    Returns:
        The untrained network.

    Example:
        >>> perceptron(torch.zeros(5, 2), (4,), torch.Generator(), outputs=3)(torch.zeros(5, 2)).shape
        torch.Size([5, 3])
    """
    spread = rows.std(0)
    return Perceptron(rows.mean(0), torch.where(spread > 0, spread, 1.0), hidden, generator, outputs=outputs)


def fit(
    network: nn.Module, loss: Callable[[torch.Tensor], torch.Tensor], rows: int, training: Training, generator: torch.Generator
) -> float:
    """Train in place, stop early on held-out rows, and leave the weights of the smallest held-out loss.

    Arguments:
        network: the weights.
        loss: the loss on the rows of the given numbers, a scalar.
        rows: number of rows.
        training: how it is trained.
        generator: source of the batches and the held-out rows.

    Returns:
        The smallest held-out loss.

    Example:
        >>> generator, x = torch.Generator().manual_seed(0), torch.linspace(-1, 1, 100, dtype=torch.float64)[:, None]
        >>> network = perceptron(x, (8,), generator)
        >>> fit(network, lambda part: ((network(x[part]) - x[part, 0]) ** 2).mean(), 100, Training(epochs=80), generator) < 1e-2
        True
    """
    held, kept = torch.randperm(rows, generator=generator).tensor_split([max(1, int(HELD_OUT * rows))])
    optimiser = torch.optim.AdamW(network.parameters(), lr=training.rate, weight_decay=training.decay)
    schedule = OneCycleLR(optimiser, training.rate, total_steps=training.epochs * -(-len(kept) // BATCH) + 1, pct_start=0.1)
    best, state, since = float("inf"), _copied(network), 0
    for _ in range(training.epochs):
        for batch in torch.split(kept[torch.randperm(len(kept), generator=generator)], BATCH):
            optimiser.zero_grad()
            loss(batch).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        with torch.no_grad():
            now = float(loss(held))
        since += 1
        if now < best:
            best, state, since = now, _copied(network), 0
        if since > PATIENCE:
            break
    network.load_state_dict(state)
    return best


def _copied(network: nn.Module) -> dict[str, torch.Tensor]:
    """The weights as they are now."""
    return {name: value.clone() for name, value in network.state_dict().items()}

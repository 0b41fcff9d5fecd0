"""Which rows and which coefficients a step uses: a function of seed and step alone, so that a resumed run draws the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from physym._typing import Float, Int

CHUNK = 64  # steps whose noise is drawn at once
STREAMS = {"moved": 1, "real": 2, "noise": 3, "start": 4, "critic": 5, "check": 6}


@runtime_checkable
class Noisy(Protocol):
    """What is drawn for a step: a law of coefficients.

    Example:
        >>> from physym.discovery.adversarial.coefficients import Normal
        >>> isinstance(Normal(), Noisy)
        True
    """

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Noise of that shape."""
        ...


def stream(seed: int, name: str, number: int = 0) -> torch.Generator:
    """The generator of one purpose of one seed.

    Arguments:
        seed: of the run.
        name: the purpose, a key of ``STREAMS``.
        number: of the epoch or chunk.

    Returns:
        A generator on the CPU.

    Example:
        >>> first, again = (torch.rand(1, generator=stream(3, "noise", 7)) for _ in range(2))
        >>> bool(first == again)
        True
    """
    words = torch.tensor([seed, STREAMS[name], number], dtype=torch.int64)
    mixed = int((words * torch.tensor([6364136223846793005, 1442695040888963407, 3935559000370003845])).sum()) & (2**63 - 1)
    return torch.Generator().manual_seed(mixed)


@dataclass(frozen=True, eq=False)
class Draw:
    """What one step uses.

    Arguments:
        moved: rows that are moved, shape ``(S, B)``.
        real: rows that stay, shape ``(S, B)``.
        noise: behind the coefficients, shape ``(S, B, k)``.

    Example:
        >>> Draw(torch.zeros(1, 2), torch.zeros(1, 2), torch.zeros(1, 2, 3)).noise.shape
        torch.Size([1, 2, 3])
    """

    moved: Int[Tensor, "S B"]
    real: Int[Tensor, "S B"]
    noise: Float[Tensor, "S B k"]


@dataclass(eq=False)
class Draws:
    """The draws of a run, step by step: each epoch goes once through all rows in a new order.

    Arguments:
        seeds: of the runs side by side.
        rows: the rows to draw from, shape ``(M,)``.
        batch: rows in a batch.
        channels: number of coefficients.
        law: of the coefficients.
        paired: moved and real rows are the same.

    Example:
        >>> from physym.discovery.adversarial.coefficients import Normal
        >>> draws = Draws((0, 1), torch.arange(10), 4, 2, Normal())
        >>> one, again = draws.at(5), Draws((0, 1), torch.arange(10), 4, 2, Normal()).at(5)
        >>> one.moved.shape, bool((one.noise == again.noise).all())
        (torch.Size([2, 4]), True)
    """

    seeds: tuple[int, ...]
    rows: Int[Tensor, "M"]
    batch: int
    channels: int
    law: Noisy
    paired: bool = False
    _orders: dict[str, tuple[int, Tensor]] = field(default_factory=dict)
    _noise: tuple[int, Tensor] | None = None

    def at(self, step: int) -> Draw:
        """The draw of a step."""
        per_epoch = max(1, -(-len(self.rows) // self.batch))
        epoch, place = divmod(step, per_epoch)
        moved = self._batch("moved", epoch, place)
        real = moved if self.paired else self._batch("real", epoch, place)
        chunk, within = divmod(step, CHUNK)
        if self._noise is None or self._noise[0] != chunk:
            shape = (CHUNK, self.batch, self.channels)
            drawn = [self.law.noise(shape, stream(seed, "noise", chunk)) for seed in self.seeds]
            self._noise = (chunk, torch.stack(drawn, 1).to(self.rows.device))
        return Draw(moved, real, self._noise[1][within])

    def _batch(self, name: str, epoch: int, place: int) -> Tensor:
        """Rows of the batch; the last one of an epoch is filled up from its beginning."""
        known = self._orders.get(name)
        if known is None or known[0] != epoch:
            orders = torch.stack([torch.randperm(len(self.rows), generator=stream(seed, name, epoch)) for seed in self.seeds])
            known = (epoch, self.rows[orders.to(self.rows.device)])
            self._orders[name] = known
        start, stop = place * self.batch, (place + 1) * self.batch
        if stop <= len(self.rows):
            return known[1][:, start:stop]
        places = torch.arange(start, stop, device=self.rows.device) % len(self.rows)
        return known[1][:, places]

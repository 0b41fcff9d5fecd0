"""Networks averaged over random elements, trained together with the extent of these: the loss of Augerino, many seeds side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from physym._typing import Float, Int
from physym.discovery.adversarial.critics import Layers
from physym.discovery.adversarial.draws import CHUNK, Draws, stream
from physym.discovery.adversarial.exponential import BeyondFloat64
from physym.discovery.adversarial.extents import LearnableUniform
from physym.discovery.adversarial.optimisation import Optimisation, Updates
from physym.errors import DiscoveryFailed

if TYPE_CHECKING:
    from physym.discovery.adversarial.base import Action, Rows
    from physym.progress import Progress

CHECKS = 20
COPIES = 16  # random elements over which the network is averaged on held-out rows


@dataclass(frozen=True, eq=False)
class Question:
    """What is fitted, and along what.

    Arguments:
        rows: the data.
        action: how elements move rows.
        generators: given ones in the searched basis, shape ``(k, s)``; None: learned ones.
        channels: number of generators k.
        length: of a learned generator in the searched basis.
        law: of the coefficients, with their learned extent.
        weight: λ of the regulariser ``−λ ‖w‖``.
        longest: largest width.

    Example:
        >>> Question.__dataclass_fields__["weight"].default
        0.01
    """

    rows: Rows
    action: Action
    generators: Float[Tensor, "k s"] | None
    channels: int
    length: float
    law: LearnableUniform
    weight: float = 0.01
    longest: float = math.pi

    @property
    def together(self) -> bool:
        """Whether y moves with x."""
        return self.rows.moving.shape[1] > self.rows.inputs

    @property
    def outputs(self) -> int:
        """Number of outputs of the network."""
        rows = self.rows
        return rows.classes if rows.classes > 1 else rows.moving.shape[1] - rows.inputs if self.together else rows.target.shape[1]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a training left behind.

    Arguments:
        generators: in the searched basis, shape ``(S, k, s)``.
        widths: learned extents, shape ``(S, k)``.
        paths: generators at each check, shape ``(C, S, k, s)``.
        losses: mean loss of the data and regulariser between checks, shape ``(C, 2, S)``.
        explained: share of y (or of the labels) that the averaged network gets right on held-out rows, shape ``(S,)``.
        law: the extents in words.
        steps: number of steps.
        seconds: wall-clock time.

    Example:
        >>> Fitted.__dataclass_fields__["steps"].type
        'int'
    """

    generators: Float[Tensor, "S k s"]
    widths: Float[Tensor, "S k"]
    paths: Float[Tensor, "C S k s"]
    losses: Float[Tensor, "C 2 S"]
    explained: Float[Tensor, "S"]
    law: str
    steps: int
    seconds: float


@dataclass(eq=False)
class Augmented:
    """The network of each seed, the extents, and the optimisers of both.

    Arguments:
        question: what is fitted.
        hidden: widths of the hidden layers.
        optimisation: ``rate`` is that of extents and learned generators, ``critic_rate`` that of the network.
        seeds: one run each.

    References:
        G. Benton et al., NeurIPS 2020 (arXiv 2010.11882), eqs. 5–7.

    Example:
        >>> Augmented.__dataclass_fields__["hidden"].type
        'tuple[int, ...]'
    """

    question: Question
    hidden: tuple[int, ...]
    optimisation: Optimisation
    seeds: tuple[int, ...]
    extent: Updates = field(init=False)
    fitted: Updates = field(init=False)

    def __post_init__(self) -> None:
        asked, rows, how = self.question, self.question.rows, self.optimisation
        device, count = rows.moving.device, len(self.seeds)
        learned = asked.law.parameters(count, asked.channels)
        if asked.generators is None:
            drawn = [
                torch.randn(asked.channels, asked.action.size, generator=stream(seed, "start"), dtype=torch.float64) for seed in self.seeds
            ]
            learned["coefficients"] = torch.stack(drawn)
        parameters = {name: value.to(device).requires_grad_() for name, value in learned.items()}
        self.extent = Updates(parameters, how.rate, how.betas, how.clip)
        widths = (rows.inputs, *self.hidden, asked.outputs)
        self.network = Layers(widths, [stream(seed, "critic") for seed in self.seeds]).to(device)
        self.fitted = Updates(dict(self.network.named_parameters()), how.critic_rate, how.critic_betas, how.clip)
        self.draws = Draws(self.seeds, rows.kept, min(how.batch, len(rows.kept)), asked.channels, asked.law, paired=True)
        goal = rows.moving[:, rows.inputs :] if asked.together else rows.target
        x = rows.moving[rows.kept, : rows.inputs]
        self._centre, self._scale = (0.0 * x.mean(0), _size(x)) if asked.together else (x.mean(0), _size(x - x.mean(0)))
        goal = goal[rows.kept]
        self._offset = 0.0 * goal.mean(0) if asked.together else goal.mean(0)
        self._unit = _size(goal - self._offset)

    @property
    def generators(self) -> Float[Tensor, "S k s"]:
        """The given generators, or the learned ones, orthonormal up to their length."""
        given = self.question.generators
        if given is not None:
            return given.expand(len(self.seeds), -1, -1)
        frame: Tensor = torch.linalg.qr(self.extent.parameters["coefficients"].transpose(1, 2))[0].transpose(1, 2)
        return self.question.length * frame

    @property
    def widths(self) -> Float[Tensor, "S k"]:
        """The extents."""
        return self.question.law.widths(self.extent.parameters)

    def outputs(self, rows: Float[Tensor, "S B D"], noise: Float[Tensor, "S B k"]) -> Float[Tensor, "S B o"]:
        """Logits, ``f(gx)``, or ``g f(g⁻¹x)`` where y moves, one random element per row."""
        asked, inputs = self.question, self.question.rows.inputs
        elements = asked.law.coefficients(noise, self.extent.parameters) @ self.generators
        moved = asked.action.move(-elements if asked.together else elements, rows)[..., :inputs]
        seen: Tensor = self.network(((moved - self._centre) / self._scale).float()).to(rows.dtype)
        if asked.rows.classes > 1:
            return seen
        guess = self._offset + self._unit * seen
        return asked.action.move(elements, torch.cat([moved, guess], -1))[..., inputs:] if asked.together else guess

    def error(self, found: Float[Tensor, "S B o"], index: Int[Tensor, "S B"]) -> Float[Tensor, "S"]:
        """Cross-entropy, or the squared error in units of the spread of y, of each seed."""
        rows, inputs = self.question.rows, self.question.rows.inputs
        if rows.classes > 1:
            return cross_entropy(found.transpose(1, 2), rows.label[index], reduction="none").mean(1)
        goal = rows.moving[index][..., inputs:] if self.question.together else rows.target[index]
        return ((found - goal) / self._unit).square().mean((1, 2))

    def step(self, number: int, total: int) -> Float[Tensor, "2 S"]:
        """One step of both; the loss of the data and the regulariser, for each seed."""
        draw = self.draws.at(number)
        data = self.error(self.outputs(self.question.rows.moving[draw.moved], draw.noise), draw.moved)
        rewarded = -self.question.weight * self.widths.norm(dim=1)
        parameters = [*self.extent.parameters.values(), *self.fitted.parameters.values()]
        gradients = list(torch.autograd.grad((data + rewarded).sum(), parameters))
        factor, first = self.optimisation.factor(number, total), len(self.extent.parameters)
        self.extent.take(gradients[:first], factor)
        self.fitted.take(gradients[first:], factor)
        with torch.no_grad():
            self.question.law.limit(self.extent.parameters, self.question.longest)
        return torch.stack([data.detach(), rewarded.detach()])

    @torch.no_grad()
    def explained(self) -> Float[Tensor, "S"]:
        """Share of the held-out y, or of the labels, that the average over random elements gets right."""
        held = self.question.rows.held.expand(len(self.seeds), -1)
        rows = self.question.rows.moving[held]
        shape = (COPIES, held.shape[1], self.question.channels)
        noise = torch.stack([self.question.law.noise(shape, stream(seed, "check")) for seed in self.seeds], 1).to(rows.device)
        mean = torch.stack([self.outputs(rows, one) for one in noise]).mean(0)
        if self.question.rows.classes > 1:
            return (mean.argmax(-1) == self.question.rows.label[held]).double().mean(1)
        return 1 - self.error(mean, held)


def fit_augmented(model: Augmented, *, progress: Progress, name: str) -> Fitted:
    """Train to the end.

    Arguments:
        model: networks and extents at their start.
        progress: called at each check.
        name: of the work.

    Returns:
        Extents and generators of every seed.

    Raises:
        DiscoveryFailed: a loss is NaN or infinite; the sentence holds the step and the cure.

    Example:
        >>> fit_augmented.__name__
        'fit_augmented'
    """
    start = perf_counter()
    total = model.optimisation.total(len(model.question.rows.kept))
    check = max(1, total // CHECKS)
    recent: list[Tensor] = []
    paths: list[Tensor] = []
    losses: list[Tensor] = []
    for number in range(total):
        try:
            recent.append(model.step(number, total))
        except BeyondFloat64 as error:
            raise _diverged(name, number + 1, f" ({error})") from error
        due = (number + 1) % check == 0 or number + 1 == total
        if due or len(recent) == CHUNK:
            _require_numbers(recent, number + 1, name)
        if due:
            losses.append(torch.stack(recent).mean(0))
            paths.append(model.generators.detach().clone())
            progress(name, number + 1, total)
        if due or len(recent) == CHUNK:
            recent.clear()
    law = model.question.law.describe(model.extent.parameters)
    return Fitted(
        model.generators.detach(),
        model.widths.detach(),
        torch.stack(paths),
        torch.stack(losses),
        model.explained(),
        law,
        total,
        perf_counter() - start,
    )


def _require_numbers(recent: list[Tensor], step: int, name: str) -> None:
    good = torch.isfinite(torch.stack(recent)).all(-1).all(-1)
    if not bool(good.all()):
        raise _diverged(name, step - len(recent) + int((~good).nonzero()[0]) + 1, "")


def _diverged(name: str, step: int, why: str) -> DiscoveryFailed:
    return DiscoveryFailed(
        f"{name}: the loss is NaN or infinite at step {step:,}{why}. Lower rate and critic_rate (Optimisation), start from a smaller "
        "width, or bring the columns of x to similar sizes."
    )


def _size(columns: Float[Tensor, "N c"]) -> Float[Tensor, "c"]:
    size = columns.square().mean(0).sqrt()
    return torch.where(size > 0, size, torch.ones_like(size))

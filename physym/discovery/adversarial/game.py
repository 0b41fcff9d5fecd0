"""The game: a generator of group elements moves rows, a critic tells moved rows from real ones; many seeds side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from physym._typing import Float
from physym.discovery.adversarial.base import Action, CoefficientLaw, Critic, FeatureMap, Fitting, Move, Penalty, Rows
from physym.discovery.adversarial.draws import Draw, Draws, stream
from physym.discovery.adversarial.optimisation import Optimisation, Updates
from physym.errors import ShapeError

Constraint = Literal["orthonormal", "unit", "free"]
Precision = Literal["bfloat16", "float32", "float64"]
SMALLEST_WEIGHT = 1e-12  # of a moved row in the critic's gradient, so that the generator's can be recovered from it


@dataclass(frozen=True, eq=False)
class Rules:
    """What is played for.

    Arguments:
        rows: the data.
        action: how elements move rows.
        matrices: the searched matrices in the coordinates of the action, shape ``(s, m, m)``.
        features: what the critic sees.
        law: of the coefficients.
        channels: number of generators k.
        constraint: ``"orthonormal"`` generators of length √m, ``"unit"`` ones of that length at any angle, or ``"free"`` ones.
        one_channel: each element moves along one generator only, in turn.
        incremental: generators are trained one after the other, each orthogonal to those before.
        warm_up: share of the steps over which the spread of the coefficients grows, from ``first_spread`` of it.
        first_spread: relative spread at the first step.
        penalties: further terms of the generator's loss.

    Example:
        >>> Rules.__dataclass_fields__["constraint"].default
        'orthonormal'
    """

    rows: Rows
    action: Action
    matrices: Float[Tensor, "s m m"]
    features: FeatureMap
    law: CoefficientLaw
    channels: int = 1
    constraint: Constraint = "orthonormal"
    one_channel: bool = True
    incremental: bool = False
    warm_up: float = 0.5
    first_spread: float = 0.1
    penalties: tuple[Penalty, ...] = ()

    @property
    def length(self) -> float:
        """√m: a unit coefficient then turns every plane of an even-dimensional space by one radian."""
        return math.sqrt(self.matrices.shape[-1])


@dataclass(frozen=True, eq=False)
class Losses:
    """Losses of one step, for each seed, shape ``(S,)``.

    Example:
        >>> Losses(torch.zeros(2), torch.ones(2)).critic.tolist()
        [1.0, 1.0]
    """

    generator: Float[Tensor, "S"]
    critic: Float[Tensor, "S"]


@dataclass(eq=False)
class Game:
    """Both players and their optimisers.

    Arguments:
        rules: what is played for.
        optimisation: how steps are taken.
        critic: the kind of critic.
        seeds: one run each.
        start: coefficients of the generators to start from, shape ``(S, k, s)``; None: random ones.
        compiled: compile the critic with ``torch.compile``.
        precision: of the critic's layers; geometry is always in float64.

    Example:
        >>> Game.__dataclass_fields__["compiled"].default
        False
    """

    rules: Rules
    optimisation: Optimisation
    critic: Critic
    seeds: tuple[int, ...]
    start: Float[Tensor, "S k s"] | None = None
    compiled: bool = False
    precision: Precision = "float32"
    generator: Updates = field(init=False)
    judge: Updates = field(init=False)
    average: Float[Tensor, "S k s"] = field(init=False)
    first: Float[Tensor, "S k s"] = field(init=False)

    def __post_init__(self) -> None:
        rules, device = self.rules, self.rules.rows.moving.device
        if isinstance(self.critic, Fitting):
            self.critic.require(rules.rows)
        first = self.start if self.start is not None else _random_start(self.seeds, rules)
        coefficients = self.projected(first.to(device)).requires_grad_()
        learned = {name: value.to(device).requires_grad_() for name, value in rules.law.parameters(len(self.seeds), rules.channels).items()}
        how = self.optimisation
        self.generator = Updates({"coefficients": coefficients, **learned}, how.rate, how.betas, how.clip)
        with torch.no_grad():
            self._real = rules.features(rules.rows.moving, rules.rows.target).to(self._dtype)
        network = self.critic.build(self._real.shape[-1], rules.rows.classes, [stream(seed, "critic") for seed in self.seeds]).to(
            device, self._dtype
        )
        self.network: nn.Module = network
        self._judged = torch.compile(network) if self.compiled else network
        self.judge = Updates(dict(network.named_parameters()), how.critic_rate, how.critic_betas, how.clip)
        self.draws = Draws(self.seeds, rules.rows.kept, min(how.batch, len(rules.rows.kept)), rules.channels, rules.law, how.paired)
        self.average = coefficients.detach().clone()
        self.first = coefficients.detach().clone()

    @property
    def _dtype(self) -> torch.dtype:
        """In which the critic's weights are kept."""
        return torch.float64 if self.precision == "float64" else torch.float32

    @property
    def coefficients(self) -> Float[Tensor, "S k s"]:
        """The generators in the searched basis."""
        return self.generator.parameters["coefficients"]

    @property
    def learned(self) -> dict[str, Tensor]:
        """What the law of the coefficients has learned."""
        return {name: value for name, value in self.generator.parameters.items() if name != "coefficients"}

    def play(self, step: int, total: int) -> Losses:
        """One step of the generator and one of the critic, from one pass of the critic.

        The critic's loss and the generator's weigh the same derivative of the logit differently, row by row, so that one
        backward pass serves both: the gradient with respect to a moved row is rescaled by the ratio of the two weights.
        """
        draw, rules = self.draws.at(step), self.rules
        before = rules.rows.moving[draw.moved]
        after = rules.action.move(self.elements(draw.noise, step, total), before)
        fake = rules.features(after, rules.rows.target[draw.moved])
        leaf = fake.detach().to(self._dtype).requires_grad_()
        logits = self.logits(torch.cat([self._real[draw.real], leaf], 1), draw)
        batch = draw.moved.shape[1]
        chance = torch.sigmoid(logits.detach())  # that a row is real
        weight = chance[:, batch:].clamp_min(SMALLEST_WEIGHT)
        upstream = torch.cat([chance[:, :batch] - 1, weight], 1) / (2 * batch)
        seen, *judged = torch.autograd.grad(logits, [leaf, *self.judge.parameters.values()], upstream)
        ratio = 2 * (chance[:, batch:] - 1) / weight
        factor = self.optimisation.factor(step, total)
        extra = self._descend(fake, seen * ratio[..., None], before, after, factor)
        self.judge.take(judged, factor)
        self._tidy(step, total)
        return self._losses(logits.detach(), batch, extra)

    @staticmethod
    def _losses(logits: Tensor, batch: int, extra: Tensor) -> Losses:
        """``softplus(−D)`` is ``softplus(D) − D``."""
        price = softplus(logits)
        moved = price[:, batch:].mean(1)
        return Losses(moved - logits[:, batch:].mean(1) + extra, ((price - logits)[:, :batch].mean(1) + moved) / 2)

    def logits(self, features: Float[Tensor, "S B F"], draw: Draw) -> Float[Tensor, "S B"]:
        """The critic on real rows followed by moved ones."""
        label = torch.cat([self.rules.rows.label[draw.real], self.rules.rows.label[draw.moved]], 1)
        with torch.autocast(features.device.type, dtype=torch.bfloat16, enabled=self.precision == "bfloat16"):
            found: Tensor = self._judged(features, label)
        return found if self.precision == "float64" else found.float()

    def elements(self, noise: Float[Tensor, "S B k"], step: int, total: int) -> Float[Tensor, "S B s"]:
        """``Σ_c z_c L_c`` in the searched basis."""
        rules = self.rules
        z = rules.law.coefficients(noise, self.learned)
        if rules.warm_up:
            z = z * rules.first_spread ** max(0.0, 1 - step / (rules.warm_up * total))
        if rules.incremental:
            z = z * torch.nn.functional.one_hot(torch.tensor(self.newest(step, total), device=z.device), rules.channels)
        elif rules.one_channel and rules.channels > 1:
            turn = torch.arange(noise.shape[1], device=noise.device) % rules.channels
            z = z * torch.nn.functional.one_hot(turn, rules.channels)
        return z @ self.coefficients

    def newest(self, step: int, total: int) -> int:
        """Number of the generator that is trained at a step of an incremental run."""
        return min(self.rules.channels - 1, step * self.rules.channels // total)

    def projected(self, coefficients: Float[Tensor, "S k s"]) -> Float[Tensor, "S k s"]:
        """The nearest coefficients that the constraint allows."""
        rules = self.rules
        if rules.constraint == "free":
            return coefficients
        if rules.constraint == "unit":
            return rules.length * torch.nn.functional.normalize(coefficients, dim=-1)
        q, r = torch.linalg.qr(coefficients.transpose(1, 2))
        signs = torch.where(torch.diagonal(r, dim1=1, dim2=2) < 0, -1.0, 1.0).to(q.dtype)
        rows: Tensor = (q * signs[:, None]).transpose(1, 2)
        return rules.length * rows

    def _descend(self, fake: Tensor, seen: Tensor, before: Tensor, after: Tensor, factor: float) -> Tensor:
        """The generator's step; the penalties of each seed are returned."""
        parameters = list(self.generator.parameters.values())
        outputs, upstream = [fake], [seen.to(fake.dtype)]
        extra = torch.zeros(len(self.seeds), dtype=fake.dtype, device=fake.device)
        if self.rules.penalties:
            matrices = torch.tensordot(self.coefficients, self.rules.matrices, 1)
            move = Move(matrices, before, after, self.rules.rows.grid)
            extra = torch.stack([self._term(penalty, move) for penalty in self.rules.penalties]).sum(0)
            if extra.requires_grad:  # a constant has no gradient
                outputs, upstream = [*outputs, extra], [*upstream, torch.ones_like(extra)]
        gradients = torch.autograd.grad(outputs, parameters, upstream)
        self.generator.take(list(gradients), factor)
        return extra.detach()

    def _term(self, penalty: Penalty, move: Move) -> Tensor:
        """What a penalty says, of the right shape."""
        found = penalty(move)
        if not isinstance(found, Tensor) or found.shape != (len(self.seeds),):
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise ShapeError(f"penalty {penalty!r} gives {shape}; expected a tensor of shape ({len(self.seeds)},), a term for each seed.")
        return found.to(move.after.dtype)

    @torch.no_grad()
    def _tidy(self, step: int, total: int) -> None:
        """Generators back on the constraint, and the running average; those that are done keep the value of the average."""
        if self.rules.incremental:
            done = self.newest(step, total)
            self.coefficients[:, :done] = self.average[:, :done]
        if self.rules.constraint != "free":
            self.coefficients.copy_(self.projected(self.coefficients))
        keep = self.optimisation.average
        self.average = keep * self.average + (1 - keep) * self.coefficients.detach() if keep else self.coefficients.detach().clone()

    @torch.no_grad()
    def held_out_logits(self, coefficients: Float[Tensor, "S k s"]) -> tuple[Float[Tensor, "S H"], Float[Tensor, "S J"]]:
        """Logits of held-out real rows and of other held-out rows moved by the full spread of elements, each half of them."""
        rules, seeds, held = self.rules, len(self.seeds), self.rules.rows.held
        real, moved = held[::2], held[1::2]
        drawn = [rules.law.noise((len(moved), rules.channels), stream(seed, "check")) for seed in self.seeds]
        z = rules.law.coefficients(torch.stack(drawn).to(held.device), self.learned)
        if rules.one_channel and rules.channels > 1:
            z = z * torch.nn.functional.one_hot(torch.arange(len(moved), device=held.device) % rules.channels, rules.channels)
        after = rules.action.move(z @ coefficients, rules.rows.moving[moved].expand(seeds, -1, -1))
        fake = rules.features(after, rules.rows.target[moved].expand(seeds, -1, -1)).to(self._dtype)
        label = rules.rows.label
        return (
            self.network(self._real[real].expand(seeds, -1, -1), label[real].expand(seeds, -1)),
            self.network(fake, label[moved].expand(seeds, -1)),
        )

    def state(self) -> dict[str, Tensor]:
        """Everything that a resumed run needs, by name."""
        found = {f"generator.{name}": value for name, value in self.generator.state().items()}
        found |= {f"critic.{name}": value for name, value in self.judge.state().items()}
        return found | {"average": self.average, "first": self.first}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from a state."""
        device = self.average.device
        for player, prefix in ((self.generator, "generator."), (self.judge, "critic.")):
            player.restore({key.removeprefix(prefix): value.to(device) for key, value in state.items() if key.startswith(prefix)})
        self.average, self.first = state["average"].to(device), state["first"].to(device)


def _random_start(seeds: tuple[int, ...], rules: Rules) -> Tensor:
    size = rules.action.size
    return torch.stack([torch.randn(rules.channels, size, generator=stream(seed, "start"), dtype=torch.float64) for seed in seeds])

"""How a game is played to the end: seeds, critic, steps, starts and where the state is kept."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from physym._settings import whole
from physym.checkpoint import Saving
from physym.discovery.adversarial.base import Critic
from physym.discovery.adversarial.game import Game, Precision, Rules
from physym.discovery.adversarial.optimisation import Optimisation
from physym.errors import InvalidData


@dataclass(frozen=True)
class Trials:
    """Short runs from several starts, of which the one with the smallest held-out statistic goes on.

    Arguments:
        starts: per seed; 1: no trial is made.
        share: of the steps of the run.
        batch: rows in a batch, or fewer where the run's own batches are smaller.
        settle: learning rate of the generator in the run that follows, relative to that of the trials: it need not travel far.

    Example:
        >>> Trials().starts
        3
    """

    starts: int = 3
    share: float = 0.5
    batch: int = 256
    settle: float = 0.25

    def __post_init__(self) -> None:
        if not whole(self.starts) or not 0 < self.share <= 1 or not whole(self.batch, 2) or not 0 < self.settle <= 1:
            raise InvalidData(f"{self!r}: expected at least 1 start, shares in (0, 1] and at least 2 rows in a batch, all of them whole.")


@dataclass(frozen=True, eq=False)
class Plan:
    """How a game is played to the end.

    Arguments:
        seeds: one run each.
        critic: the kind of critic.
        optimisation: how steps are taken.
        trials: starts of each seed.
        saving: where the state is kept.
        compiled, precision: see ``Game``.

    Example:
        >>> Plan.__dataclass_fields__["precision"].default
        'float32'
    """

    seeds: tuple[int, ...]
    critic: Critic
    optimisation: Optimisation
    trials: Trials
    saving: Saving
    compiled: bool = False
    precision: Precision = "float32"

    def game(
        self, rules: Rules, *, start: Tensor | None = None, seeds: tuple[int, ...] | None = None, how: Optimisation | None = None
    ) -> Game:
        """A game by these settings."""
        return Game(rules, how or self.optimisation, self.critic, seeds or self.seeds, start, self.compiled, self.precision)

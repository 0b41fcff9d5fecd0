"""Whether held-out moved rows can be told from held-out real ones: the figure that stops a run, instead of its losses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from physym._typing import Float
from physym.discovery.adversarial.draws import stream

if TYPE_CHECKING:
    from physym.discovery.adversarial.game import Game

EXCESS = 4.0  # standard deviations of the statistic above that of a run that is right, beyond which moved rows are told from real ones


@torch.no_grad()
def held_out_logits(game: Game, coefficients: Float[Tensor, "S k s"]) -> tuple[Float[Tensor, "S H"], Float[Tensor, "S J"]]:
    """Logits of held-out real rows and of other held-out rows moved by the full spread of elements.

    Arguments:
        game: both players.
        coefficients: generators, shape ``(S, k, s)``.

    Returns:
        Of the real rows and of the moved ones, each half of the held-out rows.

    Example:
        >>> held_out_logits.__name__
        'held_out_logits'
    """
    rules, seeds = game.rules, game.seeds
    held = rules.rows.held
    real, moved = held[::2], held[1::2]
    device = held.device
    drawn = [rules.law.noise((len(moved), rules.channels), stream(seed, "check")) for seed in seeds]
    z = rules.law.coefficients(torch.stack(drawn).to(device), game.learned)
    if rules.one_channel and rules.channels > 1:
        z = z * torch.nn.functional.one_hot(torch.arange(len(moved), device=device) % rules.channels, rules.channels)
    rows = rules.rows.moving[moved].expand(len(seeds), -1, -1)
    after = rules.action.move(z @ coefficients, rows)
    fake = rules.features(after, rules.rows.target[moved].expand(len(seeds), -1, -1)).to(next(game.network.parameters()).dtype)
    true = (
        rules.features(rules.rows.moving[real], rules.rows.target[real])
        .to(next(game.network.parameters()).dtype)
        .expand(len(seeds), -1, -1)
    )
    label = rules.rows.label
    return (
        game.network(true, label[real].expand(len(seeds), -1)),
        game.network(fake, label[moved].expand(len(seeds), -1)),
    )


def rank_statistic(real: Float[Tensor, "S H"], moved: Float[Tensor, "S J"]) -> Float[Tensor, "S"]:
    """Mann–Whitney's U in units of its standard deviation under the hypothesis that both samples are alike.

    Arguments:
        real: logits of real rows, shape ``(S, H)``.
        moved: logits of moved rows, shape ``(S, J)``.

    Returns:
        z, shape ``(S,)``: about N(0, 1) where nothing tells them apart, large where the critic does.

    References:
        H. Mann, D. Whitney, Ann. Math. Stat. 18 (1947) 50; D. Lopez-Paz, M. Oquab, ICLR 2017 (arXiv 1610.06545) for classifiers
        as two-sample tests.

    Example:
        >>> rank_statistic(torch.arange(10.0)[None] + 100, torch.arange(10.0)[None]).item() > 3
        True
    """
    h, j = real.shape[1], moved.shape[1]
    joint = torch.cat([real, moved], 1).double()
    # mid-ranks, so that equal logits of a saturated critic count as ties
    ordered = joint.sort(1).values.contiguous()
    below = torch.searchsorted(ordered, joint.contiguous())
    upto = torch.searchsorted(ordered, joint.contiguous(), right=True)
    ranks = (below + upto + 1).double() / 2
    u = ranks[:, :h].sum(1) - h * (h + 1) / 2
    return (u - h * j / 2) / math.sqrt(h * j * (h + j + 1) / 12)

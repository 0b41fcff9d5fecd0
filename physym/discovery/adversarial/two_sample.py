"""Whether held-out moved rows can be told from held-out real ones: the figure that stops a run, instead of its losses."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from physym._typing import Float

EXCESS = 4.0  # standard deviations of the statistic above that of a run that is right, beyond which moved rows are told from real ones


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

"""A run in two stages: several short starts for each seed, then the best of them to the end. No seed is lost to a poor start."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from physym._typing import Float
from physym.discovery.adversarial.game import Game, Rules
from physym.discovery.adversarial.loop import Played, ctrl_c, played
from physym.discovery.adversarial.plan import Plan
from physym.progress import Progress


def train(
    rules: Rules,
    plan: Plan,
    *,
    start: Float[Tensor, "S k s"] | None,
    progress: Progress,
    name: str,
    asked: threading.Event | None = None,
) -> tuple[Played, Game]:
    """Play the trials and then the run itself.

    Arguments:
        rules: what is played for.
        plan: how.
        start: generators to start from; None: the best of random starts.
        progress: called at each check.
        name: of the work.
        asked: set by Ctrl-C where the caller listens for it; None: both stages are listened to here.

    Returns:
        What the run left behind, and the game at its end.

    Raises:
        DiscoveryFailed: a loss is no number.
        CorruptFile, InvalidData: a checkpoint is damaged or belongs to another run.

    Example:
        >>> train.__name__
        'train'
    """
    with ctrl_c(asked) as asked:
        resumed = plan.saving.path is not None and plan.saving.path.is_file()
        if start is None and plan.trials.starts > 1 and not resumed:
            tried = _tried(rules, plan, progress, name, asked)
            if tried.interrupted:
                return _best_of(tried, plan), plan.game(rules)
            start = _best_of(tried, plan).coefficients
        how = plan.optimisation
        if start is not None or (resumed and plan.trials.starts > 1):
            # the generators are nearly there: the full spread from the first step on, and small steps
            rules, how = replace(rules, warm_up=0.0), replace(how, rate=how.rate * plan.trials.settle)
        game = plan.game(rules, start=start, how=how)
        found = played(game, saving=plan.saving, progress=progress, name=name, asked=asked)
    if plan.saving.path is not None and not found.interrupted:
        _trial_path(plan.saving.path).unlink(missing_ok=True)
    return found, game


def _trial_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.trials")


def _tried(rules: Rules, plan: Plan, progress: Progress, name: str, asked: threading.Event) -> Played:
    """The trials, ``starts`` neighbours for each seed."""
    trials, total = plan.trials, plan.optimisation.total(len(rules.rows.kept))
    how = replace(plan.optimisation, steps=max(1, round(trials.share * total)), epochs=0, batch=min(trials.batch, plan.optimisation.batch))
    seeds = tuple(seed * trials.starts + place for seed in plan.seeds for place in range(trials.starts))
    saving = plan.saving if plan.saving.path is None else replace(plan.saving, path=_trial_path(plan.saving.path))
    return played(plan.game(rules, seeds=seeds, how=how), saving=saving, progress=progress, name=f"{name}, starts", asked=asked)


def _best_of(tried: Played, plan: Plan) -> Played:
    """Of each seed's starts the one with the smallest held-out statistic."""
    starts = plan.trials.starts
    best = tried.statistic.reshape(-1, starts).argmin(1) + starts * torch.arange(len(plan.seeds), device=tried.statistic.device)
    return Played(
        tried.coefficients[best],
        tried.statistic[best],
        tried.start[best],
        tried.snapshots[:, best],
        tried.statistics[:, best],
        tried.losses[..., best],
        {name: value[best] for name, value in tried.learned.items()},
        tried.steps,
        tried.total,
        tried.seconds,
    )

"""The loop around the game: held-out checks, checkpoints, progress, Ctrl-C, and losses that are no numbers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import torch
from torch import Tensor

from physym._typing import Float
from physym.checkpoint import Checkpoint, Saving, load_checkpoint, save_checkpoint
from physym.discovery.adversarial.draws import CHUNK
from physym.discovery.adversarial.exponential import BeyondFloat64
from physym.discovery.adversarial.game import Game, Losses
from physym.discovery.adversarial.two_sample import rank_statistic
from physym.errors import CorruptFile, DiscoveryFailed
from physym.progress import Progress

CHECKS = 20
NOWHERE = Saving()
WORSE = 2.0  # standard deviations of the held-out statistic by which a later generator must be worse to be given up


@dataclass(frozen=True, eq=False)
class Played:
    """What a run left behind.

    Arguments:
        coefficients: the generators that are kept, shape ``(S, k, s)``.
        statistic: held-out two-sample statistic of each, in standard deviations, shape ``(S,)``.
        start: the generators before the first step, shape ``(S, k, s)``.
        snapshots: generators at each check, shape ``(C, S, k, s)``.
        statistics: held-out statistics there, shape ``(C, S)``.
        losses: mean losses of generator and critic between checks, shape ``(C, 2, S)``.
        learned: what the law of the coefficients has learned.
        steps: number of steps done.
        total: number of steps that were asked for.
        seconds: wall-clock time of this process.

    Example:
        >>> Played.__dataclass_fields__["steps"].type
        'int'
    """

    coefficients: Float[Tensor, "S k s"]
    statistic: Float[Tensor, "S"]
    start: Float[Tensor, "S k s"]
    snapshots: Float[Tensor, "C S k s"]
    statistics: Float[Tensor, "C S"]
    losses: Float[Tensor, "C 2 S"]
    learned: dict[str, Tensor]
    steps: int
    total: int
    seconds: float

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the run early."""
        return self.steps < self.total


@dataclass(eq=False)
class _Record:
    """Snapshots so far, and the losses since the last check."""

    snapshots: list[Tensor]
    statistics: list[Tensor]
    losses: list[Tensor]
    running: Tensor
    recent: list[Tensor] = field(default_factory=list)

    def tensors(self) -> dict[str, Tensor]:
        """By name, for a checkpoint."""
        found = {"running": self.running}
        for name, values in (("snapshots", self.snapshots), ("statistics", self.statistics), ("losses", self.losses)):
            if values:
                found[name] = torch.stack(values)
        return {f"record.{name}": value for name, value in found.items()}

    @staticmethod
    def of(tensors: dict[str, Tensor], device: torch.device) -> _Record:
        """The record of a checkpoint."""
        lists = [list(tensors[f"record.{n}"].to(device)) if f"record.{n}" in tensors else [] for n in ("snapshots", "statistics", "losses")]
        return _Record(lists[0], lists[1], lists[2], tensors["record.running"].to(device))


def played(
    game: Game, *, saving: Saving = NOWHERE, progress: Progress, name: str = "LieGAN", asked: threading.Event | None = None
) -> Played:
    """Play to the end, to Ctrl-C, or to a loss that is no number.

    Arguments:
        game: both players.
        saving: where the state is kept; a state found there is continued, bit for bit on a CPU.
        progress: called at each check.
        name: of the work, for progress and errors.
        asked: set by Ctrl-C where the caller listens for it, see ``ctrl_c``; None: this stage listens itself.

    Returns:
        The generators of every seed: the last ones, unless held-out rows prefer earlier ones clearly.

    Raises:
        DiscoveryFailed: a loss is NaN or infinite; the sentence holds the step, the seed and the cure.
        CorruptFile, InvalidData: the checkpoint is damaged or belongs to another run.

    Example:
        >>> played.__name__
        'played'
    """
    start = perf_counter()
    total = game.optimisation.total(len(game.rules.rows.kept))
    seeds, device = len(game.seeds), game.average.device
    record, step = _Record([], [], [], torch.zeros(3, seeds, device=device)), 0
    if saving.path is not None and saving.path.is_file():
        known = load_checkpoint(saving.path, fingerprint=saving.fingerprint)
        try:
            game.restore(dict(known.tensors))
            record, step = _Record.of(dict(known.tensors), device), known.step
        except (KeyError, RuntimeError) as error:  # a tensor is missing, or has another shape
            raise CorruptFile(f"{saving.path}: a damaged checkpoint ({error}). Delete it to start again.") from error
    check = max(1, total // CHECKS)
    with ctrl_c(asked) as asked:
        while step < total and not asked.is_set():
            try:
                losses = game.play(step, total)
            except BeyondFloat64 as error:
                _require_numbers(record, game, step, name)  # the loss was no number before the generators were none
                raise _diverged(name, game.seeds, step + 1, f" ({error})") from error
            step += 1
            _count(record, losses)
            due = step % check == 0 or step == total
            save = saving.path is not None and (step % saving.every == 0 or step == total)
            if due or save or step % CHUNK == 0:
                _require_numbers(record, game, step, name)
            if due:
                _note(record, game, step, name)
                progress(name, step, total)
            if save:
                _save(saving, game, record, step)
    _require_numbers(record, game, step, name)
    if saving.path is not None and asked.is_set() and step < total:
        _save(saving, game, record, step)
    if (asked.is_set() and step < total) or not record.snapshots:
        _note(record, game, step, name)
    return _finished(game, record, step, total, perf_counter() - start)


def _finished(game: Game, record: _Record, step: int, total: int, seconds: float) -> Played:
    snapshots, statistics = torch.stack(record.snapshots), torch.stack(record.statistics)
    chosen = _chosen(statistics, game.optimisation.keep_last)
    places = torch.arange(len(game.seeds), device=chosen.device)
    learned = {name: value.detach().clone() for name, value in game.learned.items()}
    kept, losses = snapshots[chosen, places], torch.stack(record.losses)
    return Played(kept, statistics[chosen, places], game.first, snapshots, statistics, losses, learned, step, total, seconds)


def _chosen(statistics: Float[Tensor, "C S"], keep_last: bool) -> Tensor:
    """The last check of each seed, or the best of the second half where that is better by two standard deviations."""
    late = statistics[len(statistics) // 2 :]
    best = late.min(0)
    last = len(statistics) - 1
    if keep_last:
        return torch.full_like(best.indices, last)
    return torch.where(late[-1] - best.values > WORSE, best.indices + len(statistics) // 2, torch.full_like(best.indices, last))


def _count(record: _Record, losses: Losses) -> None:
    record.running[0] += losses.generator
    record.running[1] += losses.critic
    record.running[2] += 1
    record.recent.append(losses.generator + losses.critic)


@torch.no_grad()
def _note(record: _Record, game: Game, step: int, name: str) -> None:
    """Keep the generators with their held-out statistic and the mean losses since the last check."""
    kept = game.projected(game.average)
    try:
        logits = game.held_out_logits(kept)
    except BeyondFloat64 as error:
        raise _diverged(name, game.seeds, step, f" ({error})") from error
    record.snapshots.append(kept)
    record.statistics.append(rank_statistic(*logits))
    record.losses.append(record.running[:2] / record.running[2].clamp_min(1))
    record.running = torch.zeros_like(record.running)


def _require_numbers(record: _Record, game: Game, step: int, name: str) -> None:
    """Look at the losses since the last look, for the first that is no number."""
    if not record.recent:
        return
    recent = torch.isfinite(torch.stack(record.recent))
    record.recent.clear()
    if not bool(recent.all()):
        first, seed = (~recent).nonzero()[0].tolist()
        raise _diverged(name, (game.seeds[seed],), step - len(recent) + first + 1, "")
    sound = torch.isfinite(game.average).flatten(1).all(1)
    if not bool(sound.all()):
        raise _diverged(name, (game.seeds[int((~sound).nonzero()[0])],), step, ", as is its gradient")


def _diverged(name: str, seeds: tuple[int, ...], step: int, why: str) -> DiscoveryFailed:
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"one of the seeds {', '.join(map(str, seeds))}"
    return DiscoveryFailed(
        f"{name}: the loss of {which} is NaN or infinite at step {step:,}{why}. Lower rate and critic_rate (Optimisation), draw smaller "
        "coefficients, or bring the columns of x to similar sizes; the last checkpoint, if one was kept, is from before."
    )


def _save(saving: Saving, game: Game, record: _Record, step: int) -> None:
    if saving.path is not None:
        save_checkpoint(saving.path, Checkpoint(game.state() | record.tensors(), step, saving.fingerprint))


@contextmanager
def ctrl_c(known: threading.Event | None = None) -> Iterator[threading.Event]:
    """An event that Ctrl-C sets; a second Ctrl-C interrupts at once. Outside the main thread Ctrl-C is left as it is.

    Arguments:
        known: the event of a caller that listens already, for several stages in a row: Ctrl-C in the last step of one stops the next.

    Returns:
        A context that gives the event.

    Example:
        >>> with ctrl_c() as asked:
        ...     asked.is_set()
        False
    """
    asked = known or threading.Event()
    if known is not None or threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)
    if before is None:  # a handler that is not of Python, which could not be put back
        yield asked
        return

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)

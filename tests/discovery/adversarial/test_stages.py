"""Several short starts, the best of which goes on; interrupted and resumed in either stage."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from physym.checkpoint import Saving
from physym.discovery.adversarial import Dense, Trials
from physym.discovery.adversarial.game import Game
from physym.discovery.adversarial.loop import Played, played
from physym.discovery.adversarial.plan import Plan
from physym.discovery.adversarial.stages import _best_of, _trial_path, train
from physym.errors import CorruptFile, InvalidData
from physym.progress import silent
from tests.discovery.adversarial.games import QUICK, game_of

RULES = game_of().rules
CRITIC = Dense((8,))
NOWHERE = Saving()


def plan(*, saving: Saving = NOWHERE, starts: int = 3, share: float = 0.5, seeds: tuple[int, ...] = (0, 1)) -> Plan:
    return Plan(seeds, CRITIC, QUICK, Trials(starts, share, 16), saving)


def trained(path: Path | None = None, progress: Callable[[str, int, int | None], None] = silent, **settings: object) -> Played:
    saving = Saving() if path is None else Saving(path, 7, "a")
    return train(RULES, plan(saving=saving, **settings), start=None, progress=progress, name="A game")[0]  # type: ignore[arg-type]


def settled(start: torch.Tensor) -> Game:
    """A run that goes on from a good start: the full spread from the first step on, and small steps."""
    how = replace(QUICK, rate=QUICK.rate * plan().trials.settle)
    return plan().game(replace(RULES, warm_up=0.0), start=start, how=how)


def pressing(stage: str, done: int) -> Callable[[str, int, int | None], None]:
    def progress(step: str, at: int, total: int | None) -> None:
        if (step, at) == (stage, done):
            os.kill(os.getpid(), signal.SIGINT)

    return progress


def same(one: Played, two: Played) -> bool:
    names = ("coefficients", "statistic", "snapshots", "statistics", "losses")
    return all(torch.equal(getattr(one, name), getattr(two, name)) for name in names)


def test_the_best_start_of_each_seed_goes_on() -> None:
    how = replace(QUICK, steps=20, batch=16)
    tried = played(plan().game(RULES, seeds=(0, 1, 2, 3, 4, 5), how=how), progress=silent)
    best = tried.statistic.reshape(2, 3).argmin(1) + torch.tensor([0, 3])
    by_hand = played(settled(tried.coefficients[best]), progress=silent)
    assert same(trained(), by_hand)


def test_the_starts_of_a_seed_do_not_depend_on_other_seeds() -> None:
    both, alone = trained(seeds=(0, 1)), trained(seeds=(1,))
    assert torch.allclose(both.coefficients[1], alone.coefficients[0], atol=1e-6)


def test_everything_of_the_best_start_is_kept() -> None:
    generator = torch.Generator().manual_seed(0)
    statistic = torch.tensor([3.0, -1.0, 2.0, 0.5, 0.7, 0.4])
    tried = Played(
        torch.randn(6, 1, 4, generator=generator),
        statistic,
        torch.randn(6, 1, 4, generator=generator),
        torch.randn(5, 6, 1, 4, generator=generator),
        torch.randn(5, 6, generator=generator),
        torch.randn(5, 2, 6, generator=generator),
        {"log_spread": torch.randn(6, 1, generator=generator)},
        4,
        9,
        0.1,
    )
    best = _best_of(tried, plan())
    assert best.statistic.tolist() == pytest.approx([-1.0, 0.4])
    assert torch.equal(best.coefficients, tried.coefficients[[1, 5]])
    assert torch.equal(best.start, tried.start[[1, 5]])
    assert torch.equal(best.snapshots, tried.snapshots[:, [1, 5]])
    assert torch.equal(best.losses, tried.losses[..., [1, 5]])
    assert torch.equal(best.learned["log_spread"], tried.learned["log_spread"][[1, 5]])
    assert (best.steps, best.total) == (4, 9)


def test_stages_are_named_and_of_their_length() -> None:
    said: list[tuple[str, int | None]] = []
    trained(progress=lambda step, done, total: said.append((step, total)))
    assert list(dict.fromkeys(said)) == [("A game, starts", 20), ("A game", 40)]


def test_a_single_start_needs_no_trial() -> None:
    said: list[str] = []
    found = trained(progress=lambda step, done, total: said.append(step), starts=1)
    assert set(said) == {"A game"}
    assert same(found, played(plan(starts=1).game(RULES), progress=silent))


def test_a_known_start_needs_no_trial() -> None:
    start = torch.tensor([[[0.0, -1.0, 1.0, 0.0]]] * 2, dtype=torch.float64)
    found, _ = train(RULES, plan(), start=start, progress=silent, name="A game")
    assert same(found, played(settled(start), progress=silent))


@pytest.mark.parametrize(
    ("stage", "done"), [("A game, starts", 1), ("A game, starts", 13), ("A game, starts", 20), ("A game", 2), ("A game", 26)]
)
def test_ctrl_c_in_either_stage_is_resumed_bit_for_bit(tmp_path: Path, stage: str, done: int) -> None:
    path = tmp_path / "run.safetensors"
    stopped = trained(path, pressing(stage, done))
    assert stopped.interrupted
    assert stopped.coefficients.shape == (2, 1, 4)
    assert _trial_path(path).is_file()
    resumed = trained(path)
    assert same(resumed, trained())
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]  # that of the trials has done its work


def test_ctrl_c_in_the_last_step_of_the_trials_is_not_lost(tmp_path: Path) -> None:
    stopped = trained(tmp_path / "run.safetensors", pressing("A game, starts", 20))
    assert (stopped.steps, stopped.total) == (0, 40)


def test_a_damaged_trial_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    trained(path, pressing("A game, starts", 5))
    _trial_path(path).write_bytes(b"nonsense")
    with pytest.raises(CorruptFile, match=r"run\.safetensors\.trials: no checkpoint"):
        trained(path)


def test_a_trial_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    trained(path, pressing("A game, starts", 5))
    with pytest.raises(InvalidData, match=r"run\.safetensors\.trials: the checkpoint belongs to a run with other settings"):
        train(RULES, plan(saving=Saving(path, 7, "b")), start=None, progress=silent, name="A game")


@pytest.mark.parametrize("wrong", [{"starts": 0}, {"share": 0.0}, {"share": 1.5}, {"batch": 1}, {"settle": 0.0}])
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidData, match="expected at least 1 start"):
        Trials(**wrong)  # type: ignore[arg-type]

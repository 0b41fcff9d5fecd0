"""The loop stops where it should, says why, and goes on from where it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from physym.checkpoint import Saving, load_checkpoint
from physym.discovery.adversarial import Coordinates, LearnableNormal, Normal
from physym.discovery.adversarial.base import Move
from physym.discovery.adversarial.draws import CHUNK
from physym.discovery.adversarial.loop import CHECKS, Played, _chosen, ctrl_c, played
from physym.errors import CorruptFile, DiscoveryFailed, InvalidData
from physym.progress import silent
from tests.discovery.adversarial.games import QUICK, game_of

LONG = replace(QUICK, steps=10**9)


@dataclass
class Spoiled:
    """A penalty that is no number at one step, for one of the seeds."""

    at: int
    value: float = float("nan")
    seed: int = 0
    calls: int = 0

    def __call__(self, move: Move) -> Tensor:
        self.calls += 1
        spoil = torch.zeros(len(move.generators), dtype=torch.float64)
        if self.calls == self.at:
            spoil[self.seed] = self.value
        return move.generators.sum((1, 2, 3)) * 0 + spoil


class Steep:
    """A penalty of value 0 whose derivative is infinite from a step on."""

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def __call__(self, move: Move) -> Tensor:
        self.calls += 1
        nothing = move.generators.sum((1, 2, 3)) * 0
        return nothing.sqrt() if self.calls >= self.at else nothing


def same(one: Played, two: Played) -> bool:
    names = ("coefficients", "statistic", "snapshots", "statistics", "losses")
    equal = all(torch.equal(getattr(one, name), getattr(two, name)) for name in names)
    learned = all(torch.equal(one.learned[name], two.learned[name]) for name in one.learned)
    return equal and learned and (one.steps, one.total) == (two.steps, two.total)


def pressing(at: int, *, times: int = 1) -> Callable[[str, int, int | None], None]:
    """A progress that presses Ctrl-C at its check number ``at``."""
    count = 0

    def progress(step: str, done: int, total: int | None) -> None:
        nonlocal count
        count += 1
        if count == at:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)

    return progress


def test_a_run_is_checked_twenty_times() -> None:
    said: list[tuple[str, int, int | None]] = []
    found = played(game_of(), progress=lambda *words: said.append(words), name="a game")
    assert said == [("a game", 2 * number, 40) for number in range(1, CHECKS + 1)]
    assert found.snapshots.shape == (CHECKS, 2, 1, 4)
    assert (found.statistics.shape, found.losses.shape) == ((CHECKS, 2), (CHECKS, 2, 2))
    assert (found.steps, found.total, found.interrupted) == (40, 40, False)
    assert found.seconds > 0


@pytest.mark.parametrize("steps", [1, 7, 19, 41])
def test_runs_of_any_length_end_with_a_check(steps: int) -> None:
    found = played(game_of(how=replace(QUICK, steps=steps)), progress=silent)
    assert found.steps == steps
    assert bool(torch.isfinite(found.losses).all())


def test_losses_are_means_between_checks() -> None:
    found, game = played(game_of(), progress=silent), game_of()
    losses = [game.play(step, 40) for step in range(40)]
    generator = torch.stack([one.generator for one in losses]).reshape(CHECKS, 2, 2).mean(1)
    critic = torch.stack([one.critic for one in losses]).reshape(CHECKS, 2, 2).mean(1)
    assert torch.allclose(found.losses, torch.stack([generator, critic], 1).float(), atol=1e-6)


def test_what_is_kept_satisfies_the_constraint() -> None:
    found = played(game_of(channels=2), progress=silent)
    gram = found.snapshots @ found.snapshots.transpose(2, 3)
    assert torch.allclose(gram, 2 * torch.eye(2, dtype=torch.float64).expand_as(gram))


def test_the_last_is_kept_unless_an_earlier_one_is_clearly_better() -> None:
    #            seed: equal  late is worse  early is best  within the noise
    statistics = torch.tensor([[0.0, 9.0, -9.0, 5.0], [0.0, 9.0, 9.0, 5.0], [0.0, 1.0, 9.0, 3.5], [0.0, 9.0, 9.0, 5.0]])
    assert _chosen(statistics, keep_last=False).tolist() == [3, 2, 3, 3]
    assert _chosen(statistics, keep_last=True).tolist() == [3, 3, 3, 3]
    assert _chosen(statistics[:1], keep_last=False).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("at", [1, 17, 38, 40])
def test_a_loss_that_is_no_number_stops_with_step_seed_and_cure(at: int, value: float) -> None:
    with pytest.raises(DiscoveryFailed) as caught:
        played(game_of(seeds=(4, 5), penalties=(Spoiled(at, value, seed=1),)), progress=silent, name="A game")
    sentence = str(caught.value)
    assert sentence.startswith(f"A game: the loss of seed 5 is NaN or infinite at step {at}.")
    assert "Lower rate and critic_rate (Optimisation), draw smaller coefficients" in sentence


def test_a_loss_that_is_a_number_does_not_stop() -> None:
    """The checker itself."""
    assert played(game_of(penalties=(Spoiled(17, 1e6),)), progress=silent).steps == 40


def test_the_step_is_right_beyond_a_chunk() -> None:
    at = CHUNK + 9
    with pytest.raises(DiscoveryFailed, match=f"at step {at}[.]"):
        played(game_of(how=replace(QUICK, steps=2000), penalties=(Spoiled(at),)), progress=silent)


@pytest.mark.parametrize("constraint", ["free", "unit", "orthonormal"])
def test_a_gradient_that_is_no_number_stops_though_the_loss_is_one(constraint: str) -> None:
    with pytest.raises(DiscoveryFailed, match=r"NaN or infinite at step (17|18|40)"):
        played(game_of(constraint=constraint, penalties=(Steep(17),)), progress=silent)


def test_an_exponential_that_overflows_is_told_in_the_same_words() -> None:
    with pytest.raises(DiscoveryFailed, match=r"one of the seeds 0, 1 is NaN or infinite at step 1 \(the exponential of a matrix of norm"):
        played(game_of(law=Normal(1e6), warm_up=0.0), progress=silent)


def test_an_overflow_that_only_the_check_sees_is_told_in_the_same_words() -> None:
    """In training the spread is still small."""
    with pytest.raises(DiscoveryFailed, match=r"NaN or infinite at step 2 .*Lower rate"):
        played(game_of(law=Normal(1e4), warm_up=1.0, first_spread=1e-5), progress=silent)


def test_features_that_are_no_numbers_stop_it() -> None:
    game = game_of()
    plain, calls = game.rules.features, 0

    def features(moved: Tensor, target: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return plain(moved, target) * (float("nan") if calls == 17 else 1.0)

    object.__setattr__(game.rules, "features", features)
    # two steps and then one call of the check, five times over
    with pytest.raises(DiscoveryFailed, match=r"of seed 0 is NaN or infinite at step 12\."):
        played(game, progress=silent)


def test_no_checkpoint_holds_what_is_no_number(tmp_path: Path) -> None:
    """The sentence says that the last one is from before."""
    path = tmp_path / "run.safetensors"
    with pytest.raises(DiscoveryFailed, match="at step 17"):
        played(game_of(penalties=(Spoiled(17),)), saving=Saving(path, 1, "a"), progress=silent)
    known = load_checkpoint(path, fingerprint="a")
    assert known.step == 16
    assert all(bool(torch.isfinite(value).all()) for value in known.tensors.values())


@pytest.mark.parametrize("settings", [{}, {"law": LearnableNormal(), "channels": 2}, {"channels": 2, "incremental": True}])
@pytest.mark.parametrize("at", [1, 7, 19])
def test_ctrl_c_leaves_a_checkpoint_from_which_it_goes_on_bit_for_bit(tmp_path: Path, settings: dict[str, object], at: int) -> None:
    saving = Saving(tmp_path / "run.safetensors", 1000, "a")
    through = played(game_of(**settings), progress=silent)  # type: ignore[arg-type]
    stopped = played(game_of(**settings), saving=saving, progress=pressing(at))  # type: ignore[arg-type]
    assert stopped.interrupted
    assert stopped.steps == 2 * at
    assert load_checkpoint(tmp_path / "run.safetensors", fingerprint="a").step == 2 * at
    assert stopped.coefficients.shape == through.coefficients.shape
    resumed = played(game_of(**settings), saving=saving, progress=silent)  # type: ignore[arg-type]
    assert same(resumed, through)
    assert not same(stopped, through)


def test_ctrl_c_in_the_last_step_changes_nothing() -> None:
    assert same(played(game_of(), progress=pressing(CHECKS)), played(game_of(), progress=silent))


def test_ctrl_c_without_a_checkpoint_keeps_what_there_is() -> None:
    found = played(game_of(), progress=pressing(3))
    assert (found.steps, found.interrupted) == (6, True)
    assert len(found.snapshots) == 4  # three checks, and where it stopped


def test_ctrl_c_before_the_first_check_is_a_result_too() -> None:
    asked = threading.Event()
    asked.set()
    found = played(game_of(), progress=silent, asked=asked)
    assert (found.steps, found.interrupted, len(found.snapshots)) == (0, True, 1)
    assert bool(torch.isfinite(found.losses).all())


def test_ctrl_c_from_outside_stops_a_long_run() -> None:
    """Pressed by another thread once the run is under way."""
    running = threading.Event()

    def press() -> None:
        running.wait()
        os.kill(os.getpid(), signal.SIGINT)

    game = game_of(how=LONG)
    play = game.play

    def noted(step: int, total: int) -> object:
        if step == 3:
            running.set()
        return play(step, total)

    game.play = noted  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=press)
    thread.start()
    found = played(game, progress=silent)
    thread.join()
    assert found.interrupted
    assert 3 < found.steps < LONG.steps


def test_a_second_ctrl_c_interrupts_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        played(game_of(), progress=pressing(2, times=2))


def test_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    played(game_of(), progress=pressing(2))
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(DiscoveryFailed):
        played(game_of(penalties=(Spoiled(3),)), progress=silent)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_listening_caller_is_asked_instead() -> None:
    with ctrl_c() as asked, ctrl_c(asked) as inner:
        assert inner is asked
        os.kill(os.getpid(), signal.SIGINT)
        assert asked.wait(1)


def test_it_runs_outside_the_main_thread() -> None:
    """Where no handler can be set."""
    found: list[Played] = []
    thread = threading.Thread(target=lambda: found.append(played(game_of(), progress=silent)))
    thread.start()
    thread.join()
    assert same(found[0], played(game_of(), progress=silent))


@pytest.mark.parametrize("every", [1, 3, 7, 40, 100])
def test_a_finished_checkpoint_gives_its_result_again(tmp_path: Path, every: int) -> None:
    saving = Saving(tmp_path / "run.safetensors", every, "a")
    first = played(game_of(), saving=saving, progress=silent)
    said: list[int] = []
    again = played(game_of(), saving=saving, progress=lambda *words: said.append(words[1]))
    assert same(first, again)
    assert said == []  # nothing was played again


def test_saving_changes_no_bit(tmp_path: Path) -> None:
    assert same(played(game_of(), saving=Saving(tmp_path / "x", 3, "a"), progress=silent), played(game_of(), progress=silent))


def test_a_checkpoint_of_another_run_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    played(game_of(), saving=Saving(path, 10, "a"), progress=silent)
    with pytest.raises(InvalidData, match=r"run\.safetensors: the checkpoint belongs to a run with other settings"):
        played(game_of(), saving=Saving(path, 10, "b"), progress=silent)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CorruptFile, match=r"run\.safetensors: no checkpoint of physym, or a damaged one.*Delete it to start again"):
        played(game_of(), saving=Saving(path, 10, "a"), progress=silent)


def test_a_second_file_does_not_appear_beside_a_checkpoint(tmp_path: Path) -> None:
    played(game_of(features=Coordinates()), saving=Saving(tmp_path / "run.safetensors", 1, "a"), progress=silent)
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]

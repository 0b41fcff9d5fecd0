"""The command line with other methods than the default: choices, options that belong to one of them, Ctrl-C, checkpoints."""

from __future__ import annotations

import os
import re
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from physym.cli import app
from physym.cli.choices import LevelChoice, MethodChoice, Training, level_of, method_of
from physym.data.simulate import toy_jets
from physym.discovery import LieGAN, LieGG, Spectral
from physym.errors import InvalidData


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["discover", "lorentz", *map(str, arguments)], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def refused(result: Result, *words: str) -> None:
    """Code 2, nothing on standard output, one sentence with these words."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert re.fullmatch(r"physym: [^\n]+\n", result.stderr), result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def jets(tmp_path: Path) -> tuple[object, ...]:
    """300 jets as a plain array, with the options that read it."""
    np.save(tmp_path / "jets.npy", toy_jets(300, seed=1).four_momenta)
    return (tmp_path / "jets.npy", "--order", "E,px,py,pz")


def test_liegan_trains_as_told_and_prints_every_seed(jets: tuple[object, ...], tmp_path: Path) -> None:
    result = run(*jets, "--method", "liegan", "--seeds", 2, "--steps", 20, "--seed", 1, "--out", tmp_path / "report")
    assert result.exit_code == 0, result.output
    assert "Training" in result.stdout
    assert "20 steps each" in result.stdout
    assert re.findall(r"^ +([23]) +(?:yes|no) ", result.stdout, re.MULTILINE) == ["2", "3"], "seeds follow --seed"
    assert (tmp_path / "report" / "training.png").read_bytes().startswith(b"\x89PNG")
    assert "[liegan]" in result.stdout


def test_a_finished_checkpoint_answers_at_once(jets: tuple[object, ...], tmp_path: Path) -> None:
    file = tmp_path / "run.safetensors"
    command = (*jets, "--method", "liegan", "--seeds", 1, "--steps", 20, "--checkpoint", file)
    first, second = (re.sub(r"[\d.]+ m?s\b", "", run(*command).stdout) for _ in range(2))
    assert file.is_file()
    assert first == second
    refused(run(*command[:-6], "--seeds", 2, "--steps", 20, "--checkpoint", file), "run.safetensors", "other settings")


def test_ctrl_c_prints_what_there_is_and_says_how_to_go_on(
    jets: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.safetensors"
    timer = threading.Timer(0.0, os.kill, (os.getpid(), signal.SIGINT))

    def progress(step: str, done: int, total: int | None) -> None:
        if not timer.is_alive() and not timer.finished.is_set():
            timer.start()

    from contextlib import nullcontext

    monkeypatch.setattr("physym.progress.terminal", lambda: nullcontext(progress))
    command = (*jets, "--method", "liegan", "--seeds", 1, "--steps", 4000, "--checkpoint", file)
    result = run(*command)
    assert result.exit_code == 130, result.output
    assert "(interrupted)" in result.stdout.splitlines()[0]
    assert re.search(r"^physym: interrupted after [\d,]+ of [\d,]+ steps; the same command goes on from .*run\.safetensors", result.stderr)


@pytest.mark.parametrize("method", ["spectral", "liegg"])
@pytest.mark.parametrize("options", [["--seeds", "3"], ["--steps", "9"], ["--checkpoint", "run.st"], ["--seeds", "3", "--steps", "9"]])
def test_options_of_liegan_are_refused_elsewhere(method: str, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("gone.h5", "--method", method, *options), options[0], "--method liegan", f"--method {method}", "leave")


@pytest.mark.parametrize("method", ["liegan", "liegg"])
@pytest.mark.parametrize("options", [["--workers", "2"], ["--cache", "sums"]])
def test_only_spectral_streams(method: str, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("gone.h5", "--method", method, *options), "--workers and --cache", f"--method {method}", "all jets at once")
    assert list(tmp_path.iterdir()) == []


def test_bad_checkpoints_are_refused_before_the_work(tmp_path: Path) -> None:
    refused(run("gone.h5", "--method", "liegan", "--checkpoint", tmp_path / "nowhere" / "run.st"), "nowhere", "does not exist")
    refused(run("gone.h5", "--method", "liegan", "--checkpoint", tmp_path), "is a folder")


def test_liegg_says_which_level_it_answers() -> None:
    for level in ("support", "measure"):
        refused(run("gone.h5", "--method", "liegg", "--level", level), "conditional", f"--level {level}")


def test_wrong_choices_are_wrong_usage() -> None:
    for options in (["--method", "gan"], ["--method", "liegan", "--seeds", "0"], ["--method", "liegan", "--steps", "0"]):
        result = run("gone.h5", *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Usage" in result.stderr


def test_a_choice_is_the_method_with_its_defaults() -> None:
    assert method_of(MethodChoice.spectral, Training()) == Spectral()
    assert method_of(MethodChoice.liegg, Training()) == LieGG()
    assert method_of(MethodChoice.liegan, Training()) == LieGAN()
    trained = method_of(MethodChoice.liegan, Training(seeds=2, steps=70, checkpoint=Path("x")))
    assert isinstance(trained, LieGAN)
    assert trained == replace(LieGAN(), seeds=2, checkpoint=Path("x"), optimisation=replace(LieGAN().optimisation, steps=70))


def test_every_method_has_a_level() -> None:
    for method in MethodChoice:
        assert level_of(LevelChoice.all, method) is LevelChoice.all
        assert level_of(LevelChoice.conditional, method) is LevelChoice.conditional
    assert [level_of(None, method).value for method in MethodChoice] == ["support", "support", "conditional"]
    with pytest.raises(InvalidData, match="conditional"):
        level_of(LevelChoice.measure, MethodChoice.liegg)


def test_the_help_shows_the_defaults_of_the_library() -> None:
    shown = " ".join(run("--help").stdout.split())
    for words in (f"({LieGAN().seeds})", f"({LieGAN().optimisation.steps})", "spectral|liegan|liegg"):
        assert words in shown, words

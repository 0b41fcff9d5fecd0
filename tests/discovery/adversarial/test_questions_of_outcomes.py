"""Questions of a sceptical user about pictures, steps, checkpoints, jets and the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor
from typer.testing import CliRunner

from physym.algebra import LieAlgebra, Rep, so
from physym.cli import app
from physym.data import Samples
from physym.data.simulate import toy_jets
from physym.discovery import (
    MSR,
    LieGG,
    Spectral,
    Status,
    discover,
    discover_discrete,
    discover_lorentz,
)
from physym.discovery.adversarial import (
    Convolutional,
    IntegerGrid,
    LieGAN,
    Optimisation,
    Pixels,
    Trials,
)
from physym.discovery.adversarial.base import Move
from physym.errors import CorruptFile
from physym.report import algebra_card
from tests.discovery.adversarial.questions import (
    EMBEDDING,
    LCONV,
    ONE,
    SYMMETRYGAN,
    X,
    answered,
    normal,
    pictures,
    plane,
    refused,
)

# --- pictures ---


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (4, 7), (2, 2)])
@pytest.mark.parametrize("generators", [1, 6])
def test_pictures_of_every_shape_get_an_answer(shape: tuple[int, int], generators: int) -> None:
    found = answered(pictures(*shape), replace(ONE, features=None, generators=generators), level="all")
    assert "no calibrated test knows how a map of the plane moves" in found.level.note
    assert "Use LieGAN" not in found.level.note, "which is what was used"


PICTURES: list[tuple[dict[str, Any], Samples, str]] = [
    ({"generators": 7}, pictures(4, 4), "only 6 dimensions"),
    ({"basis": so(3)}, pictures(4, 4), "3 × 3 matrices with last row zero"),
    ({"features": None}, pictures(4, 4, np.ones((60, 16))), "all pictures are the same"),
    ({"features": None}, pictures(4, 4, np.zeros((60, 16))), "all pictures are the same"),
    ({"features": Pixels(blur=0), "critic": Convolutional((7, 4))}, pictures(4, 7), "pictures of 4 × 7 pixels"),
    ({"features": None, "critic": Convolutional((8, 8))}, pictures(8, 8), "use Pixels(blur=0)"),
]


@pytest.mark.parametrize(("change", "samples", "words"), PICTURES, ids=[words for *_, words in PICTURES])
def test_wrong_questions_on_pictures_are_refused(change: dict[str, Any], samples: Samples, words: str) -> None:
    refused(lambda: discover(samples, replace(ONE, **change), level="measure"), words)


@pytest.mark.parametrize("method", [SYMMETRYGAN, LCONV, EMBEDDING, LieGG()], ids=lambda method: type(method).__name__)
def test_methods_that_move_vectors_refuse_pictures(method: Any) -> None:
    refused(lambda: discover(pictures(4, 4), method, level="conditional"), "LieGAN, which moves the p")


def test_msr_needs_targets() -> None:
    refused(lambda: discover_discrete(plane(y=None), MSR(), level="conditional"), "give y")


# --- discrete steps ---

STEPS = replace(ONE, coefficients=IntegerGrid())


def test_a_step_says_that_it_may_belong_to_a_continuous_group() -> None:
    found = answered(plane(), STEPS)
    assert "the referee finds a continuous symmetry here (so(2), dimension 1, not rejected)" in found.level.note
    assert "no continuous symmetry" not in found.level.note
    assert found.exact is None


def test_a_step_says_where_the_referee_finds_nothing() -> None:
    rows = plane(y=X[:, 0] ** 3 + 2 * X[:, 1] ** 2 + 0.01 * normal(200))
    note = answered(rows, replace(STEPS, referee=Spectral(degree=3))).level.note
    assert "the referee finds no continuous symmetry here" in note
    assert "is not tested" in answered(plane(y=None), STEPS).level.note


def test_two_steps_are_called_two() -> None:
    rows = plane(normal(200, 3), rep=Rep("V", n=3))
    assert answered(rows, replace(STEPS, generators=2)).level.note.startswith("2 discrete steps, of which whole multiples count")
    refused(lambda: discover(plane(), replace(STEPS, generators=2), level="conditional"), "only 1 dimensions")


def test_a_step_that_turns_nothing_does_not_turn() -> None:
    note = answered(plane(), replace(STEPS, basis=LieAlgebra(np.eye(2)[None]))).level.note
    assert "stretches, by up to e^(" in note
    assert "turns by" not in note
    shear = LieAlgebra(np.array([[[0.0, 1.0], [0.0, 0.0]]]))
    refused(lambda: discover(plane(), replace(STEPS, basis=shear), level="conditional"), "neither turns nor stretches")


# --- checkpoints ---


class Unnamed:
    """A penalty without a repr of its own."""

    def __call__(self, move: Move) -> Tensor:
        return move.generators.abs().sum((1, 2, 3))


@dataclass(frozen=True)
class Named:
    """The same as a frozen dataclass."""

    weight: float = 0.1

    def __call__(self, move: Move) -> Tensor:
        return self.weight * move.generators.abs().sum((1, 2, 3))


def test_bad_places_for_a_checkpoint_are_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "gone" / "run.st", "does not exist"),
        ("", "is a folder"),
        (5, "the name of a file"),
    ):
        refused(partial(discover, plane(), replace(ONE, checkpoint=place), level="conditional"), "checkpoint=", words)
    monkeypatch.setattr("os.access", lambda *_: False)
    refused(lambda: discover(plane(), replace(ONE, checkpoint=tmp_path / "run.st"), level="conditional"), "cannot be written to")
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_no_later_run_can_know_again_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run.st"
    for part in (Unnamed(), lambda move: move.generators.abs().sum((1, 2, 3))):
        method = replace(ONE, checkpoint=file, penalties=(part,))
        refused(partial(discover, plane(), method, level="conditional"), "penalties=", "frozen dataclass")
        answered(plane(), replace(method, checkpoint=None))
    for _ in range(2):
        answered(plane(), replace(ONE, checkpoint=file, penalties=(Named(),)))


def test_damaged_and_foreign_checkpoints_are_told(tmp_path: Path) -> None:
    from safetensors.torch import load, save

    file = tmp_path / "run.st"
    method = replace(ONE, checkpoint=file)
    answered(plane(), method)
    whole = file.read_bytes()
    refused(lambda: discover(plane(), replace(method, seeds=3), level="conditional"), "run.st", "other settings")
    refused(lambda: discover(plane(2 * X), method, level="conditional"), "run.st", "other settings, seeds or data")
    about = {key: value for key, value in _about(whole).items()}
    fewer = {name: value for name, value in load(whole).items() if name != "average"}
    for damaged in (whole[: len(whole) // 2], b"", b"no checkpoint at all", save(fewer, metadata=about)):
        file.write_bytes(damaged)
        with pytest.raises(CorruptFile, match="Delete it to start again"):
            discover(plane(), method, level="conditional")


def _about(data: bytes) -> dict[str, str]:
    import json

    found: dict[str, str] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
    return found


# --- jets, and the command line ---


def test_each_level_of_jets_says_what_holds_there() -> None:
    """so(1,3) ⊕ R is not rejected at the support level; a boost changes the distribution, so it is rejected there."""
    jets = toy_jets(1000, seed=1)
    method = LieGAN(seeds=2, optimisation=Optimisation(steps=60), trials=Trials(starts=1), warm_start=True)
    found = discover_lorentz(jets, method=method, level="all")
    assert found.support is not None
    assert found.measure is not None
    assert found.support.identification is not None
    assert found.support.identification.name == "so(1,3) ⊕ R"
    assert found.support.status is Status.FOUND
    assert "not rejected" in found.support.sentence
    assert found.measure.status is Status.NOT_CONFIRMED
    assert "not rejected" not in found.measure.sentence.split("Note:")[0]
    assert algebra_card(found)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["discover", "lorentz", *map(str, arguments)], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


@pytest.fixture
def file(tmp_path: Path) -> tuple[object, ...]:
    np.save(tmp_path / "jets.npy", toy_jets(300, seed=1).four_momenta)
    return (tmp_path / "jets.npy", "--order", "E,px,py,pz")


def test_one_step_on_the_command_line_is_an_answer(file: tuple[object, ...]) -> None:
    result = run(*file, "--method", "liegan", "--steps", 1, "--seeds", 1)
    assert result.exit_code == 0, result.output
    assert "1 run, 1 step each" in result.stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--seeds", "0"],
        ["--steps", "0"],
        ["--method", "gan"],
        ["--seed", "-1"],
        ["--checkpoint", "."],
        ["--checkpoint", "gone/run.st"],
        ["--workers", "2"],
        ["--cache", "sums"],
        ["--seed", "4294967296"],
    ],
    ids=" ".join,
)
def test_wrong_options_are_one_sentence(
    options: list[str], file: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*file, *(() if "--method" in options else ("--method", "liegan")), *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("physym: ") or "Usage" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["jets.npy"]


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.name)
def test_every_status_is_told_by_repr_and_card(status: Status) -> None:
    found = answered(plane(), ONE)
    level = replace(found.level, status=status)
    told = replace(found, conditional=level)
    assert status.value.split(".")[0] in " ".join(algebra_card(told).split())
    if not status.reliable:
        assert status.words in repr(told)
        assert status.words in told.title

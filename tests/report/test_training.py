"""The card of a trained method is true whatever became of the training: every status, every seed, steps of discrete groups."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from physym.algebra import LieAlgebra, so
from physym.discovery import Discovery, Runs, Status
from physym.errors import InvalidData
from physym.report import algebra_card, algebra_figure, figure_png, latex_card, run_columns, run_rows, training_figure, write_card
from physym.report.card import WIDTH
from physym.report.training import angles_to
from tests.algebra.readers_of_exports import check_latex
from tests.report.discoveries import lorentz, trained

FAILED = [
    Status.COLLAPSED,
    Status.REDUNDANT,
    Status.SEEDS_DISAGREE,
    Status.INTERRUPTED,
    Status.NOT_CONFIRMED,
    Status.STEP_REFUTED,
]


def words(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def section(card: str, name: str) -> str:
    """A section of the card, without its heading."""
    return next(block for block in card.split("\n\n") if block.startswith(name)).partition("\n")[2]


def test_only_these_statuses_forbid_to_rely_on_the_generators() -> None:
    assert {status for status in Status if not status.reliable} == set(FAILED)


@pytest.mark.parametrize("status", FAILED, ids=lambda status: status.name)
def test_a_proposal_that_failed_is_never_called_exact(status: Status) -> None:
    found = trained(status)
    card, tex = algebra_card(found), latex_card(found)
    assert found.exact is None
    caveat = f"({status.words})"
    assert caveat in card.splitlines()[0]
    assert status.words in repr(found).splitlines()[0]
    assert caveat in tex
    assert status.value in words(card)
    for text in (card, tex, repr(found), algebra_figure(found).get_suptitle()):
        claimed = text.replace("measured and not exact", "")
        assert not re.search(r"\bexact\b", claimed), text
    assert "Metric" not in card, "an invariant of what does not hold"
    check_latex(tex)


def test_the_same_generators_without_the_failure_are_exact() -> None:
    """The checker: it is the status that forbids it."""
    found = trained()
    assert found.exact is not None
    assert "Generators, exact" in algebra_card(found)
    assert algebra_card(found).startswith("so(2)\n")


def test_a_collapse_is_no_statement_on_the_data() -> None:
    card = algebra_card(trained(Status.COLLAPSED, kept=(False, False, False)))
    assert card.startswith("No result (collapsed)")
    assert "No symmetry" not in card
    assert words(card).count(Status.COLLAPSED.value) == 1, "said once"
    assert "0 of 3 runs count" in card
    assert re.search(r"shortest/start\n +3 +no +−0\.5 +0\.04", card)


def test_a_step_is_no_continuous_group() -> None:
    found = trained(Status.STEP, step=True)
    card, tex = algebra_card(found), latex_card(found)
    assert card.startswith("Discrete step\n")
    for text in (card, tex, repr(found)):
        assert "so(2)" not in text
        assert "dimension 1" not in text
        assert "polynomials" not in section(card, "Levels")
    assert "for g = exp(nL), n whole" in card
    assert "g = exp(nL) for whole n is meant" in card
    assert "Flow" not in card
    assert "no calibrated test applies" in words(card)
    assert found.exact is None
    turns = [float(turn) for turn in re.findall(r"0\.89\d\d$", section(card, "Training"), re.MULTILINE)]
    assert turns == [row.turns[0] for row in run_rows(found)] or np.allclose(turns, [row.turns[0] for row in run_rows(found)], atol=1e-4)
    assert len(turns) == 3
    check_latex(tex)


def test_every_seed_is_on_the_card_with_its_numbers() -> None:
    found = trained(kept=(True, True, False))
    body = section(algebra_card(found), "Training")
    assert "2 of 3 runs count, 500 steps each, z ~ N(0, 0.4²), in 4.2 s" in words(body)
    cells = [line.split() for line in body.splitlines() if re.match(r" +[345] ", line)]
    assert [(int(seed), counts) for seed, counts, *_ in cells] == [(3, "yes"), (4, "yes"), (5, "no")]
    assert [float(statistic.replace("−", "-")) for _, _, statistic, _ in cells] == [-0.5, 0.1, 12.0]
    assert [float(angle) for *_, angle in cells] == pytest.approx([0.02, 0.0, 0.02], abs=1e-3)
    assert "lie within 0.02 rad of the result" in words(body)
    assert "training      " not in algebra_card(found), "not said twice"
    tex = latex_card(found)
    for cell in ("held-out statistic", "$-$0.5", "+12.0", "2 of 3 runs count"):
        assert cell in tex, cell


def test_an_interruption_tells_how_far_it_came() -> None:
    assert "interrupted after 500 of 2,000 steps" in words(algebra_card(trained(Status.INTERRUPTED)))


def test_columns_hold_what_is_known() -> None:
    bare = replace(trained(), runs=Runs((0,), so(2).basis[None], np.ones(1, dtype=bool)))
    assert run_columns(run_rows(bare)) == ("seed", "counts", "off the result (rad)")
    assert "held-out" not in algebra_card(bare)
    assert run_rows(lorentz()) == ()
    assert "Training" not in algebra_card(lorentz())


def test_angles_are_those_of_spans() -> None:
    third = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 0]]) / 2**0.5
    other = np.array([[0, 0, -1], [0, 0, 0], [1, 0, 0]]) / 2**0.5
    mixed = np.cos(0.3) * third + np.sin(0.3) * other
    assert angles_to(np.stack([third, -5 * third, mixed, other])[:, None], LieAlgebra(third[None])).round(9).tolist() == [
        0.0,
        0.0,
        0.3,
        round(np.pi / 2, 9),
    ]
    assert np.isnan(angles_to(third[None, None], None)).all()
    assert np.isnan(angles_to(third[None, None], so(2))).all()


@pytest.mark.parametrize("step", [False, True])
def test_the_figure_shows_losses_statistic_and_paths(step: bool) -> None:
    found = trained(Status.STEP if step else Status.FOUND, step=step, kept=(True, False, True))
    figure = training_figure(found)
    losses, statistics, paths = figure.axes
    assert figure_png(figure).startswith(b"\x89PNG")
    levels = {round(float(line.get_ydata()[0]), 6) for line in losses.lines}
    assert levels == {round(float(np.log(2)), 6)}
    assert [float(line.get_ydata()[0]) for line in statistics.lines if len(line.get_xdata()) == 1] == [-0.5, 0.1, 12.0]
    drawn = [line for line in paths.lines if len(line.get_xdata()) == 5]
    assert len(drawn) == 3
    assert all((np.diff(np.asarray(line.get_ydata())) < 0).all() for line in drawn), "each comes nearer"
    assert [line.get_color() == "0.7" for line in drawn] == [False, True, False]
    assert found.title in figure.get_suptitle()


def test_what_was_not_recorded_is_not_drawn() -> None:
    runs = Runs((0,), so(2).basis[None], np.ones(1, dtype=bool), statistic=np.array([0.3]))
    assert len(training_figure(replace(trained(), runs=runs)).axes) == 1
    with pytest.raises(InvalidData, match="algebra_figure"):
        training_figure(lorentz())


def test_the_figure_is_written_where_something_was_trained(tmp_path: Path) -> None:
    names = sorted(path.name for path in write_card(trained(), tmp_path))
    assert names == ["algebra.json", "algebra.png", "algebra.tex", "card.txt", "training.png"]


@pytest.mark.parametrize("found", [trained(Status.NOT_CONFIRMED), trained(Status.STEP, step=True)], ids=["not confirmed", "step"])
def test_what_is_no_algebra_is_not_written_as_one(found: Discovery, tmp_path: Path) -> None:
    assert "algebra.json" not in {path.name for path in write_card(found, tmp_path)}


@pytest.mark.parametrize("status", list(Status), ids=lambda status: status.name)
def test_every_card_fits_a_terminal(status: Status) -> None:
    for step in (False, True):
        assert all(len(line) <= WIDTH for line in algebra_card(trained(status, step=step)).splitlines())

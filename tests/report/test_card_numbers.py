"""Every number of a card is a number of the result: cards are read back and compared, for results that hypothesis makes up."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, load_algebra, span_distance
from physym.algebra.catalogue import so
from physym.data import Jets
from physym.discovery import DimensionTest, Discovery, Level, Status, discover_lorentz
from physym.report import LevelRow, algebra_card, latex_card, level_rows, write_card
from physym.report.card import WIDTH
from tests.algebra.readers_of_exports import check_latex
from tests.report.discoveries import ALL, lorentz, measured

P_VALUES = st.one_of(st.floats(1e-9, 1.0), st.just(0.0), st.floats(1e-30, 1e-10))


@st.composite
def levels(draw: st.DrawFn) -> Level:
    """A level of so(3) with every number drawn."""
    p_values = draw(st.lists(P_VALUES, min_size=4, max_size=9))
    return Level(
        draw(st.sampled_from(["support", "conditional", "measure"])),
        "made up",
        measured(so(3), 1e-6),
        tests=tuple(DimensionTest(r + 1, p, 1.0, draw(st.sampled_from([True, False, None]))) for r, p in enumerate(p_values)),
        defect=draw(st.one_of(st.floats(1e-12, 0.999), st.floats(1.0, 50.0), st.just(float("nan")))),
        alpha=draw(st.sampled_from([0.001, 0.01, 0.05, 0.1])),
        degree=draw(st.integers(1, 9)),
        rows=draw(st.integers(1, 10_000_000)),
        clusters=draw(st.integers(0, 10_000_000)),
        unit=draw(st.sampled_from(["jets", "rows", "vectors"])),
        noise=draw(st.one_of(st.floats(1e-8, 1.0), st.just(float("nan")))),
        status=draw(st.sampled_from(list(Status))),
    )


def discovery(level: Level) -> Discovery:
    return Discovery(**{level.name: level}, headline=level.name)  # type: ignore[arg-type]


def row(level: Level) -> LevelRow:
    return next(r for r in level_rows(discovery(level)) if r.name == level.name)


def read_p_values(texts: tuple[str, ...]) -> dict[int, tuple[float, bool]]:
    """p-value and verdict of each dimension, from the words of the card."""
    result = {}
    for text in texts:
        found = re.fullmatch(r"(\d+)(?:–(\d+))?: p (?:= (\S+)|< (1e-9))( refuted| but no subalgebra)?", text)
        assert found is not None, text
        first, last, value, tiny, verdict = found.groups()
        for r in range(int(first), int(last or first) + 1):
            result[r] = (float(value) if value else 0.0 if tiny else np.nan, verdict == " refuted")
    return result


@given(levels())
def test_p_values_read_back(level: Level) -> None:
    """Two digits of each, one verdict for each, and no dimension left out."""
    read = read_p_values(row(level).p_values)
    assert sorted(read) == [t.dimension for t in level.tests]
    for test in level.tests:
        value, refuted = read[test.dimension]
        assert refuted == (test.p_value < level.alpha)
        assert value == pytest.approx(test.p_value if test.p_value >= 1e-9 else 0.0, rel=0.051)


@given(levels())
def test_sizes_read_back(level: Level) -> None:
    numbers = re.match(
        r"([\d,]+) (\w+)(?: \(([\d,]+) independent\))?, polynomials of degree ≤ (\d+)(?:, relative noise (\S+))?$", row(level).sample
    )
    assert numbers is not None, row(level).sample
    rows, unit, clusters, degree, noise = numbers.groups()
    assert int(rows.replace(",", "")) == level.rows
    assert unit == level.unit
    assert (int(clusters.replace(",", "")) if clusters else level.clusters) == level.clusters
    assert clusters is None or level.clusters != level.rows
    assert int(degree) == level.degree
    assert (noise is None) == np.isnan(level.noise)
    if noise is not None:
        assert float(noise) == pytest.approx(level.noise, rel=0.051)


@given(levels())
def test_the_bound_reads_back_with_its_confidence(level: Level) -> None:
    text = row(level).breaking
    if np.isnan(level.defect):
        assert text == "no bound can be certified"
        return
    size = re.search(r"([\d.e+-]+) %", text)
    assert size is not None
    assert float(size[1]) / 100 == pytest.approx(level.defect, rel=0.051)
    assert text.startswith("no useful bound") == (level.defect >= 1)
    if level.defect < 1:
        confidence = re.search(r"at (\S+) % confidence", text)
        assert confidence is not None
        assert float(confidence[1]) / 100 == pytest.approx(1 - level.alpha)


@given(levels())
def test_the_sentence_of_a_level_reads_back(level: Level) -> None:
    sentence = level.sentence
    verdict = "rejected" if level.p_value < level.alpha else "not rejected"
    assert sentence.startswith(f"{level.name}: so(3), dimension 3; {verdict} (p ")
    claimed = re.search(r"rejected \(p (= (\S+)|< 1e-9)\)", sentence)
    assert claimed is not None
    if level.p_value < 1e-9:
        assert claimed[1] == "< 1e-9", "a p-value is never 0"
    else:
        assert float(claimed[2]) == pytest.approx(level.p_value, rel=0.051)
    refuted = re.search(r"dimension (\d+) refuted", sentence)
    larger = [t.dimension for t in level.tests if t.dimension > 3 and t.p_value < level.alpha]
    assert (int(refuted[1]) if refuted else None) == (min(larger) if larger else None)
    assert sentence.endswith(f"(degree ≤ {level.degree}, {level.rows:,} {level.unit})")
    bound = re.search(r"defect < (\S+) % at (\S+) %", sentence)
    assert (bound is not None) == (level.defect < 1)
    if bound is not None:
        assert float(bound[1]) / 100 == pytest.approx(level.defect, rel=0.051)


@settings(max_examples=15)
@given(levels(), st.integers(0, 10**9), st.floats(1e-4, 1e4))
def test_card_and_latex_hold_the_same_words(level: Level, seed: int, seconds: float) -> None:
    """One source for both: what the card says of a level, the table of the paper says too."""
    found = replace(discovery(level), seed=seed, seconds=seconds)
    card, text = " ".join(algebra_card(found).split()), latex_card(found)
    check_latex(text)
    words = row(level)
    for part in (words.algebra, words.sample, words.breaking, *words.p_values):
        assert " ".join(part.split()) in card, part
    assert f"seed {seed}, {1000 * seconds:.1f} ms" in card
    assert f"seed {seed}, {1000 * seconds:.1f} ms" in text
    assert level.status.value in card
    assert max(map(len, card.splitlines())) > 0
    assert all(len(line) <= WIDTH for line in algebra_card(found).splitlines())


def test_reading_back_sees_a_wrong_number() -> None:
    """The checker itself."""
    level = replace(lorentz().level, noise=float("nan"))
    wrong = tuple(text.replace("0.43", "0.53") for text in row(level).p_values)
    assert read_p_values(wrong) != read_p_values(row(level).p_values)
    with pytest.raises(AssertionError):
        read_p_values(("7: p about 0.4",))


@pytest.mark.parametrize("error", [1e-2, 1e-3, 3e-5])
def test_the_metric_on_the_card_is_the_measured_one(error: float) -> None:
    found = lorentz(error)
    assert found.metric is not None
    lines = [line for line in algebra_card(found).splitlines() if "±" in line and re.match(r" {2}(E|p[xyz]) ", line)]
    assert len(lines) == 4
    for i, line in enumerate(lines):
        entries = re.findall(r"(-?[\d.]+(?:e-\d+)?) ± ([\d.]+(?:e-\d+)?)", line)
        assert len(entries) == 4
        np.testing.assert_allclose([float(s) for _, s in entries], found.metric.errors[i], rtol=0.06)
        # a value is rounded to the last digit of its error
        np.testing.assert_array_less(np.abs([float(v) for v, _ in entries] - found.metric.matrix[i]), found.metric.errors[i])


def test_measured_generators_read_back_with_their_errors() -> None:
    """Generators that are not exact: each factor on the card is the entry of the algebra, within its error."""
    stretch = np.array([[1.0, 0.31, 0.0], [0.0, 1.7, 0.23], [0.12, 0.0, 0.6]])
    algebra = LieAlgebra(stretch @ so(3).basis @ np.linalg.inv(stretch), covariance=1e-8 * np.eye(27))
    found = Discovery(support=Level("support", "made up", algebra, rows=100))
    assert found.exact is None
    card = algebra_card(found)
    terms = re.findall(r"([+−]?) ?\(([\d.]+) ± ([\d.]+)\)\s+x(\d) ∂x(\d)", " ".join(card.replace("\n", " ").split()))
    entries = {(int(i) - 1, int(j) - 1, float(v) * (-1 if sign == "−" else 1)) for sign, v, _, j, i in terms}
    known = [(i, j, m[i, j]) for m in algebra.basis for i in range(3) for j in range(3) if abs(m[i, j]) > 1e-3]
    assert len(terms) == len(known)
    for i, j, value in entries:
        assert min(abs(abs(value) - abs(v)) for a, b, v in known if (a, b) == (i, j)) < 2e-3
    assert "no entry is further off" not in card


def test_the_structure_of_the_card_of_the_shipped_jets(sample_jets: Jets) -> None:
    """Headings and labels in their order; numbers are tested elsewhere."""
    card = algebra_card(discover_lorentz(sample_jets, level="all"))
    lines = card.splitlines()
    assert lines[:2] == ["so(1,3) ⊕ R", "==========="]
    headings = [line.split(":")[0].split(",")[0] for line in lines if line and not line.startswith((" ", "="))]
    assert [h for h in headings if h in {"Generators", "Metric", "Levels", "Data and run"}] == [
        "Generators",
        "Metric",
        "Levels",
        "Data and run",
    ]
    names = re.findall(r"^ {2}(\w+) += ", card, re.MULTILINE)
    assert sorted(names) == ["D", "J_x", "J_y", "J_z", "K_x", "K_y", "K_z"]
    block = card[card.index("Levels:") : card.index("Data and run")]
    assert re.findall(r"^ {2}(support|conditional|measure) ", block, re.MULTILINE) == ["support", "conditional", "measure"]
    assert (
        re.findall(r"^ {4}(tested|on|p-values|breaking|status) ", block, re.MULTILINE)
        == ["tested", "on", "p-values", "breaking", "status"] * 3
    )
    data, method = card[card.index("Data and run") :].split("\nMethod\n")
    assert "[liegan]" in method
    assert "[kleibergen]" in method
    labels = [line.split()[0] for line in data.splitlines()[1:] if re.match(r" {2}\S", line)]
    assert labels == ["source", "device", "units", "selection", "masses", "constituents", "method", "run"]


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_is_what_is_printed(name: str, tmp_path: Path) -> None:
    found = ALL[name]()
    paths = {path.name: path for path in write_card(found, tmp_path)}
    assert paths["card.txt"].read_text(encoding="utf-8") == algebra_card(found)
    assert paths["algebra.tex"].read_text(encoding="utf-8") == latex_card(found)
    assert paths["algebra.png"].read_bytes().startswith(b"\x89PNG")
    if "algebra.json" in paths:
        assert found.algebra is not None
        assert span_distance(load_algebra(paths["algebra.json"]), found.algebra) < 1e-2
        json.loads(paths["algebra.json"].read_text(encoding="utf-8"))


def test_writing_twice_leaves_the_second_card(tmp_path: Path) -> None:
    write_card(lorentz(), tmp_path)
    write_card(replace(lorentz(), seed=99), tmp_path)
    assert "seed 99" in (tmp_path / "card.txt").read_text(encoding="utf-8")
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("broken", ["algebra_card", "latex_card", "figure_png", "render"])
def test_a_failure_of_any_part_leaves_the_old_card(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_card(lorentz(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_: object) -> str:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr(f"physym.report.write.{broken}", fail)
    with pytest.raises(ZeroDivisionError):
        write_card(replace(lorentz(), seed=99), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

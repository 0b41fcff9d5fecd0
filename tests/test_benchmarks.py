"""The benchmarks run and store what a reader needs to repeat them; their figures are not judged here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import catalogue, loading, noise, startup, support_statistics, table
from physym.algebra import heisenberg, identify, so


def test_a_row_is_the_median_with_its_spread() -> None:
    row = table.median_row("time", np.array([1.0, 2.0, 3.0, 4.0, 100.0]), "s")
    assert row.value == 3.0
    assert row.error > 0
    assert row.repeats == 5


def test_functions_are_interleaved() -> None:
    calls: list[str] = []
    seconds = table.interleaved([lambda: calls.append("a"), lambda: calls.append("b")], repeats=3)
    assert calls == ["a", "b"] * 4  # one more to warm up
    assert seconds.shape == (2, 3)


def test_a_result_says_where_it_comes_from(tmp_path: Path) -> None:
    path = table.save("made_up", [table.Row("time", 1.0, 0.1, "s", 3, "≤ 2")], tmp_path)
    content = json.loads(path.read_text())
    assert content["rows"] == [{"what": "time", "value": 1.0, "error": 0.1, "unit": "s", "repeats": 3, "aim": "≤ 2"}]
    assert {"processor", "cores", "python", "versions", "date", "threads"} <= set(content)
    assert content["versions"]["numpy"] == np.__version__


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["no_such_benchmark"])
    assert "support_statistics" in capsys.readouterr().err


def test_every_name_is_a_module(root: Path) -> None:
    for name in command.NAMES:
        assert (root / "benchmarks" / f"{name}.py").is_file()


def test_support_statistics() -> None:
    rows = support_statistics.run(vectors=5000, repeats=2)
    assert [row.repeats for row in rows] == [2, 2, 2]
    assert all(row.value > 0 for row in rows)


def test_loading_compares_equal_arrays() -> None:
    ours, theirs, ratio = loading.run(jets=50, repeats=2)
    assert ratio.value > 0
    assert ours.unit == theirs.unit == "ms"


def test_startup() -> None:
    assert [row.unit for row in startup.run(repeats=1)][:4] == ["s"] * 4


def test_noise() -> None:
    rows = noise.run(jets=300, seeds=2, levels=(0.0,))
    assert rows[0].value == pytest.approx(1, abs=1e-6)
    assert rows[-1].value == 2


def test_catalogue_counts_right_names() -> None:
    (row,) = catalogue.run(changes=3, algebras=[so(3)])
    assert row.value == 3
    assert not catalogue.recognised(heisenberg(3), "so(3)", 0.01, 0)


def test_the_catalogue_stops_at_dimension_15() -> None:
    algebras = catalogue.textbook()
    assert max(algebra.dimension for algebra in algebras) == 15
    assert len({algebra.source for algebra in algebras}) == len(algebras)


@pytest.mark.slow
def test_the_adversarial_epoch_moves_the_generators(sample_jets: object) -> None:
    import torch

    from benchmarks.liegan_loop import one_epoch

    x = torch.from_numpy(np.ascontiguousarray(sample_jets.four_momenta[:256, :2])).float()  # type: ignore[attr-defined]
    labels = torch.from_numpy(sample_jets.labels[:256])  # type: ignore[attr-defined]
    one, two = (one_epoch(x / x.norm(dim=-1).mean(), labels, seed=seed) for seed in (0, 0))
    assert one.shape == (7, 4, 4)
    assert torch.equal(one, two)
    torch.manual_seed(0)
    assert not torch.equal(one, torch.randn(7, 4, 4))


def test_names_do_not_depend_on_the_basis() -> None:
    assert identify(so(1, 3)).name == "so(1,3)"

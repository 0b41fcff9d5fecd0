"""JSON: nothing that an algebra holds is lost, and nothing that a file holds is believed unread."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from physym.algebra import LieAlgebra, canonical_basis, change_of_basis, export, invariant_metric, load_algebra, refine, render, so
from physym.errors import CorruptFile


def through_a_file(algebra: LieAlgebra) -> LieAlgebra:
    with TemporaryDirectory() as folder:
        return load_algebra(export(algebra, Path(folder) / "algebra.json"))


def differences(a: LieAlgebra, b: LieAlgebra) -> list[str]:
    """Names of the fields that differ in any bit."""
    pairs = {field.name: (getattr(a, field.name), getattr(b, field.name)) for field in fields(LieAlgebra)}
    return [name for name, (x, y) in pairs.items() if not (np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y)]


text = st.text(max_size=12)


@st.composite
def algebras(draw: st.DrawFn) -> LieAlgebra:
    k, n = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    basis = rng.normal(size=(k, n, n)) * 10.0 ** rng.integers(-12, 12, size=(k, n, n))
    size = basis.size
    covariance = draw(st.sampled_from([None, np.cov(rng.normal(size=(size, 3 * size + 2))).reshape(size, size)])) if size else None
    return LieAlgebra(
        basis,
        covariance=covariance,
        freedom=draw(st.sampled_from([float("inf"), 12.0, 63.5])),
        coordinates=draw(st.sampled_from([(), tuple(draw(text) for _ in range(n))])),
        source=draw(text),
    )


@settings(max_examples=60)
@given(algebras())
def test_every_bit_comes_back(algebra: LieAlgebra) -> None:
    assert differences(algebra, through_a_file(algebra)) == []


def test_the_comparison_sees_every_field() -> None:
    algebra = LieAlgebra(so(2).basis, covariance=np.eye(4), freedom=9.0, coordinates=("x", "y"), source="a")
    other = LieAlgebra(np.nextafter(so(2).basis, 2), covariance=2 * np.eye(4), freedom=8.0, coordinates=("y", "x"), source="b")
    assert differences(algebra, other) == ["basis", "covariance", "freedom", "coordinates", "source"]


@pytest.mark.parametrize("root", [1, 2, 3, 6])
def test_exact_entries_come_back_exact(root: int) -> None:
    scale = sympy.sqrt(root) / 6
    exact = tuple(scale * sympy.ImmutableMatrix(m.astype(int).tolist()) for m in so(1, 3).basis)
    algebra = LieAlgebra(np.array([m.tolist() for m in exact], dtype=float), exact=exact)
    assert differences(algebra, through_a_file(algebra)) == []


def test_a_file_of_before_has_a_known_covariance(tmp_path: Path) -> None:
    path = export(LieAlgebra(so(2).basis, covariance=np.eye(4), freedom=9.0), tmp_path / "old.json")
    content = json.loads(path.read_text())
    assert content.pop("freedom") == 9.0
    path.write_text(json.dumps(content))
    assert load_algebra(path).freedom == float("inf")


@pytest.mark.parametrize("freedom", ["many", -1, 0, True, [3], {"of": "speech"}])
def test_freedom_that_is_no_number_is_refused(freedom: Any, tmp_path: Path) -> None:
    path = export(so(2), tmp_path / "so2.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"freedom": freedom}))
    with pytest.raises(CorruptFile, match="degrees of freedom"):
        load_algebra(path)


STEPS: list[Callable[[LieAlgebra], LieAlgebra]] = [
    canonical_basis,
    refine,
    lambda algebra: change_of_basis(algebra, seed=1, conjugate=True),
    lambda algebra: change_of_basis(algebra, seed=1, error=0.01),
    through_a_file,
]


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_no_step_forgets_how_a_covariance_was_estimated(step: int) -> None:
    """Five blocks are not infinitely many: snapping would call their errors exact."""
    measured = LieAlgebra(so(1, 2).basis, covariance=1e-6 * np.eye(27), freedom=40.0)
    assert STEPS[step](measured).freedom == 40.0


@settings(max_examples=40)
@given(st.data())
def test_a_truncated_or_garbled_file_is_refused_or_harmless(data: st.DataObject) -> None:
    """Cut anywhere, or one character replaced: either the file is refused with its name, or it is an algebra still."""
    content = render(LieAlgebra(so(2).basis, covariance=np.eye(4), source="a circle"), ".json")
    place = data.draw(st.integers(0, len(content) - 2))
    garbled = data.draw(
        st.sampled_from([content[:place], content[:place] + data.draw(st.characters(codec="utf-8")) + content[place + 1 :]])
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "garbled.json"
        path.write_text(garbled, encoding="utf-8")
        refusal = refused(path)
    assert "garbled.json" in refusal or (not refusal and len(garbled) >= len(content) - 1)


def refused(path: Path) -> str:
    """Why the file is refused; empty where it is read."""
    try:
        load_algebra(path)
    except CorruptFile as error:
        return str(error)
    return ""


def test_a_metric_says_everything_in_json() -> None:
    measured = LieAlgebra(so(1, 2).basis, covariance=1e-6 * np.eye(27), coordinates=("t", "x", "y"))
    metric = invariant_metric(measured)
    content = json.loads(render(metric, ".json"))
    for name in ("matrix", "errors", "forms"):
        assert np.array_equal(content[name], getattr(metric, name))
    assert (content["signature"], content["residual"], content["conformal"]) == ([1, 2], metric.residual, False)
    assert content["coordinates"] == ["t", "x", "y"]

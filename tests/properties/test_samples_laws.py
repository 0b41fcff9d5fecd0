"""Laws of `Samples`: rows of jets and of trajectories against explicit loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.algebra import Rep
from physym.data import Jets, Samples, Trajectories
from physym.data.simulate import toy_jets
from physym.errors import PhysymError, ShapeError


@st.composite
def jets(draw: st.DrawFn) -> Jets:
    """Jets of different multiplicities in a random order of slots, with holes between the constituents."""
    n, width = draw(st.integers(2, 8)), draw(st.integers(1, 6))
    full = toy_jets(n, seed=draw(st.integers(0, 2**31)), constituents=width)
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    kept = rng.random((n, width)) < 0.7
    kept[np.arange(n), rng.integers(0, width, n)] = True
    return Jets(np.where(kept[..., None], full.four_momenta, 0.0), labels=full.labels, rounding=full.rounding)


def slow_rows(jets: Jets, constituents: int) -> tuple[np.ndarray, np.ndarray]:
    """The oracle of ``Jets.samples``: loops over jets and slots."""
    x, mask = np.zeros((len(jets), 4 * constituents)), np.zeros((len(jets), constituents), dtype=bool)
    for row, (momenta, real) in enumerate(zip(jets.four_momenta, jets.real, strict=True)):
        hard = sorted((p for p, there in zip(momenta, real, strict=True) if there), key=lambda p: -(p[1] ** 2 + p[2] ** 2))
        for slot, p in enumerate(hard[:constituents]):
            x[row, 4 * slot : 4 * slot + 4], mask[row, slot] = p, True
    return x, mask


@given(jets(), st.integers(1, 9))
def test_rows_of_jets_agree_with_loops(given_jets: Jets, constituents: int) -> None:
    rows = given_jets.samples(constituents=constituents)
    x, mask = slow_rows(given_jets, constituents)
    assert np.array_equal(rows.x, x)
    assert np.array_equal(rows.mask, mask)  # type: ignore[arg-type]
    assert rows.copies == constituents
    assert np.array_equal(rows.vectors.reshape(len(rows), -1), rows.x)


@given(jets(), st.integers(1, 6))
def test_rows_nest_pad_with_zeros_and_rise_in_information(given_jets: Jets, constituents: int) -> None:
    small, large = given_jets.samples(constituents=constituents), given_jets.samples(constituents=constituents + 1)
    assert np.array_equal(large.x[:, : 4 * constituents], small.x)
    assert not large.vectors[~large.mask].any()  # type: ignore[operator]
    assert np.array_equal(given_jets.leading(constituents).samples(constituents=constituents).x, small.x)
    assert (large.mask.sum(1) >= small.mask.sum(1)).all()  # type: ignore[union-attr]
    everything = given_jets.samples(constituents=given_jets.four_momenta.shape[1])
    np.testing.assert_allclose(everything.vectors.sum(1), given_jets.momenta, rtol=1e-12, atol=1e-9)


@given(jets(), st.integers(1, 4), st.floats(0.1, 10.0))
def test_one_matrix_per_row_moves_every_copy(given_jets: Jets, constituents: int, scale: float) -> None:
    moved = Jets(scale * given_jets.four_momenta, labels=given_jets.labels, rounding=2.0**-53)
    rows, image = given_jets.samples(constituents=constituents), moved.samples(constituents=constituents)
    matrix = np.asarray(rows.rep_x.rho(scale * np.eye(4)))
    np.testing.assert_allclose(rows.x @ matrix.T, image.x, rtol=1e-12)


def test_the_oracle_of_rows_is_not_satisfied_by_unsorted_or_shifted_rows() -> None:
    toy = toy_jets(5, seed=3, constituents=4)
    x, _ = slow_rows(toy, 2)
    assert not np.array_equal(toy.four_momenta[:, ::-1][:, :2].reshape(5, -1), x)
    assert not np.array_equal(toy.samples(constituents=2).x[::-1], x)


# trajectories


@st.composite
def runs(draw: st.DrawFn) -> Trajectories:
    """Random runs of one or two bodies with columns in a random order."""
    bodies = draw(st.integers(1, 2))
    names = [f"{quantity}{body}{axis}" for body in range(1, bodies + 1) for quantity in "qp" for axis in "xy"]
    names = draw(st.permutations(names))
    shape = (draw(st.integers(1, 4)), draw(st.integers(2, 6)), len(names))
    states = np.random.default_rng(draw(st.integers(0, 2**31))).normal(size=shape)
    return Trajectories(states, columns=tuple(names), dt=draw(st.floats(0.01, 2.0)))


@given(runs())
def test_pairs_of_states_agree_with_loops(given_runs: Trajectories) -> None:
    rows = given_runs.samples()
    count, times, _ = given_runs.states.shape
    pairs = [(run, given_runs.states[run, t], given_runs.states[run, t + 1]) for run in range(count) for t in range(times - 1)]
    assert len(rows) == len(pairs)
    for row, (run, state, following) in enumerate(pairs):
        assert rows.cluster is not None
        assert rows.y is not None
        assert rows.cluster[row] == run
        assert np.array_equal(rows.x[row], state)
        assert np.array_equal(rows.y[row], following)
    assert rows.rep_x == rows.rep_y
    wrong = np.roll(np.asarray(rows.y), 1, axis=0)
    assert len(pairs) < 2 or not np.array_equal(wrong, rows.y), "the comparison sees a shift by one step"


@given(runs())
def test_blocks_hold_each_column_once_and_vectors_in_the_order_of_their_axes(given_runs: Trajectories) -> None:
    blocks = given_runs.samples().blocks
    assert sorted(index for block in blocks for index in block) == list(range(len(given_runs.columns)))
    for block in blocks:
        names = [given_runs.columns[index] for index in block]
        assert [name[-1] for name in names] == ["x", "y"]
        assert names[0][:-1] == names[1][:-1]


@given(runs(), st.randoms(use_true_random=False))
def test_columns_are_found_by_name_in_any_order(given_runs: Trajectories, random: object) -> None:
    order = list(range(len(given_runs.columns)))
    random.shuffle(order)  # type: ignore[attr-defined]
    moved = replace(given_runs, states=given_runs.states[:, :, order], columns=tuple(given_runs.columns[i] for i in order))
    for name in given_runs.columns:
        assert np.array_equal(moved.column(name), given_runs.column(name))


# Samples itself


@pytest.mark.parametrize(
    "change",
    [
        {"y": np.zeros(4)},
        {"mask": np.ones((5, 3), dtype=bool)},
        {"cluster": np.zeros(6, dtype=np.int64)},
        {"coordinates": ("E", "px", "py")},
        {"blocks": ((0, 1), (1, 2, 3))},
        {"blocks": ((0, 1, 2),)},
        {"rep_x": Rep("3V", n=4)},
        {"x": np.full((5, 8), np.inf)},
    ],
)
def test_every_field_must_fit_the_others(change: dict[str, object]) -> None:
    good = Samples(np.ones((5, 8)), rep_x=Rep("2V", n=4), y=np.zeros(5), blocks=((0, 1), (2, 3)), coordinates=("E", "px", "py", "pz"))
    with pytest.raises(PhysymError):
        replace(good, **change)  # type: ignore[arg-type]


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 6))
def test_vectors_and_rows_are_one_array(n: int, copies: int, rows: int) -> None:
    x = np.arange(float(rows * copies * n)).reshape(rows, copies * n)
    samples = Samples(x, rep_x=Rep(f"{copies}V", n=n))
    assert samples.vectors.shape == (rows, copies, n)
    assert all(
        np.array_equal(samples.vectors[row, copy], x[row, copy * n : (copy + 1) * n]) for row in range(rows) for copy in range(copies)
    )
    with pytest.raises(ShapeError, match="expected"):
        Samples(x, rep_x=Rep(f"{copies + 1}V", n=n))

"""Trajectories: named columns, (state, next state) pairs, one small generator per body and quantity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from physym.data import Trajectories, load, load_trajectories
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, ShapeError

COLUMNS = ("q1x", "q1y", "p1x", "p1y", "q2x", "q2y", "p2x", "p2y")


@pytest.fixture(scope="module")
def orbits() -> Trajectories:
    runs = load("two_body", split="train")
    assert isinstance(runs, Trajectories)
    return runs


def test_the_shipped_orbits_conserve_energy_and_angular_momentum(orbits: Trajectories) -> None:
    q = {(body, axis): orbits.column(f"q{body}{axis}") for body in "12" for axis in "xy"}
    p = {(body, axis): orbits.column(f"p{body}{axis}") for body in "12" for axis in "xy"}
    distance = np.hypot(q["1", "x"] - q["2", "x"], q["1", "y"] - q["2", "y"])
    energy = sum(value**2 for value in p.values()) / 2 - 1 / distance
    spin = sum(q[b, "x"] * p[b, "y"] - q[b, "y"] * p[b, "x"] for b in "12")
    for conserved in (energy, spin):
        drift = np.abs(conserved - conserved[:, :1]).max(1)
        # a few runs meet closely, where the integrator of the publisher loses some energy
        assert np.quantile(drift, 0.95) < 1e-4 * np.abs(conserved).max()


def test_columns_are_what_their_names_say(orbits: Trajectories) -> None:
    # momenta are the time derivatives of positions (m = 1): central differences agree to the order of dt²
    q, p = orbits.column("q1x"), orbits.column("p1x")
    slope = (q[:, 2:] - q[:, :-2]) / (2 * orbits.dt)
    assert np.corrcoef(slope.ravel(), p[:, 1:-1].ravel())[0, 1] > 0.99


def test_samples_pair_each_state_with_the_next(orbits: Trajectories) -> None:
    rows = orbits.samples()
    assert rows.x.shape == (814 * 19, 8)
    assert rows.y is not None
    assert rows.cluster is not None
    assert np.array_equal(rows.x[1:19], rows.y[:18])
    assert np.array_equal(rows.x[19], orbits.states[1, 0])
    assert np.bincount(rows.cluster).tolist() == [19] * 814
    assert rows.rep_y == rows.rep_x


def test_blocks_follow_names_not_positions(orbits: Trajectories) -> None:
    assert orbits.samples().blocks == ((0, 1), (2, 3), (4, 5), (6, 7))
    order = [0, 4, 1, 5, 2, 6, 3, 7]
    mixed = Trajectories(orbits.states[:, :, order], columns=tuple(COLUMNS[i] for i in order), dt=orbits.dt)
    for block in mixed.samples().blocks:
        names = [mixed.columns[i] for i in block]
        assert [name[-1] for name in names] == ["x", "y"]
        assert len({name[:-1] for name in names}) == 1
    assert np.array_equal(mixed.column("p2y"), orbits.column("p2y"))


def test_blocks_can_be_full_or_given(orbits: Trajectories) -> None:
    assert orbits.samples(blocks="full").blocks == ()
    given = ((0, 1, 4, 5), (2, 3, 6, 7))
    assert orbits.samples(blocks=given).blocks == given
    with pytest.raises(ShapeError):
        orbits.samples(blocks=((0, 1),))


def test_splits_are_disjoint_in_the_polar_angle() -> None:
    for split, sign in (("train", -1), ("test", 1)):
        runs = load_trajectories(Path(str(load("two_body", split=split).source).split(" [")[0]), split=split)
        assert (sign * runs.column("q1y")[:, 0] > 0).mean() > 0.99


def test_repr_is_short(orbits: Trajectories) -> None:
    assert len(repr(orbits).splitlines()) <= 3
    assert "814 runs of 20 times" in repr(orbits)


def test_bad_trajectories_are_refused() -> None:
    good = np.ones((2, 3, 2))
    with pytest.raises(ShapeError, match="expected"):
        Trajectories(good[0], columns=("qx", "qy"), dt=1.0)
    with pytest.raises(ShapeError, match="different names"):
        Trajectories(good, columns=("qx", "qx"), dt=1.0)
    with pytest.raises(InvalidData, match="run 1"):
        Trajectories(np.where(np.arange(2)[:, None, None] == 1, np.nan, good), columns=("qx", "qy"), dt=1.0)
    with pytest.raises(InvalidData, match="positive time step"):
        Trajectories(good, columns=("qx", "qy"), dt=0.0)
    with pytest.raises(ShapeError, match="at least 2"):
        Trajectories(good[:, :1], columns=("qx", "qy"), dt=1.0).samples()
    with pytest.raises(MissingField, match="qx, qy"):
        Trajectories(good, columns=("qx", "qy"), dt=1.0).column("px")


def test_bad_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        load_trajectories(tmp_path / "none.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(CorruptFile, match="broken"):
        load_trajectories(tmp_path / "broken.npz")
    np.savez(tmp_path / "bare.npz", train=np.ones((2, 3, 2)))
    with pytest.raises(MissingField, match="dt"):
        load_trajectories(tmp_path / "bare.npz")
    np.savez(tmp_path / "good.npz", train=np.ones((2, 3, 2)), columns=np.array(["a", "b"]), dt=0.1)
    np.savez(tmp_path / "ragged.npz", train=np.ones((2, 3, 2)), test=np.ones((2, 4, 2)), columns=np.array(["a", "b"]), dt=0.1)
    with pytest.raises(ShapeError, match=r"train, test differ.*split="):
        load_trajectories(tmp_path / "ragged.npz")
    assert load_trajectories(tmp_path / "ragged.npz", split="test").states.shape == (2, 4, 2)
    for name, states, dt in (("times", np.ones((2, 3, 2)), [0.1, 0.2]), ("texts", np.full((2, 3, 2), "1.0"), 0.1)):
        np.savez(tmp_path / f"{name}.npz", train=states, columns=np.array(["a", "b"]), dt=dt)
        with pytest.raises(InvalidData, match=name):
            load_trajectories(tmp_path / f"{name}.npz")
    assert load_trajectories(tmp_path / "good.npz").columns == ("a", "b")
    with pytest.raises(MissingField, match="present: train"):
        load_trajectories(tmp_path / "good.npz", split="test")

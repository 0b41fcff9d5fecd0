"""Images: turning is a motion of the plane, files come back as they were, and what is no picture is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from physym.data import Images, load, load_images
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, ShapeError
from tests.data.test_idx import idx

LABELS = np.array([3, 1, 4])


def noise(seed: int, shape: tuple[int, int, int] = (3, 7, 7)) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


def blob(centre: tuple[float, float], size: int = 41) -> Images:
    """A smooth blob at a point of the plane."""
    plane = Images(np.zeros((1, size, size))).samples().plane
    return Images(np.exp(-30 * ((plane - np.array(centre)) ** 2).sum(1)).reshape(1, size, size))


def centre_of(pictures: Images) -> np.ndarray:
    """Centre of mass in the plane."""
    rows = pictures.samples()
    return np.asarray((rows.x @ rows.plane / rows.x.sum(1, keepdims=True))[0])


def test_rows_are_the_pictures_in_reading_order() -> None:
    rows = Images(noise(0, (3, 4, 5)), labels=LABELS).samples()
    assert (rows.x.shape, rows.grid, rows.rep_x.text, rows.n, rows.coordinates) == ((3, 20), (4, 5), "20S", 2, ("u", "v"))
    np.testing.assert_array_equal(rows.x.reshape(3, 4, 5), noise(0, (3, 4, 5)))
    assert rows.y is not None
    assert rows.y.tolist() == [3, 1, 4]
    assert Images(noise(0)).samples().y is None


@pytest.mark.parametrize("quarters", [0, 1, 2, 3, 4, -1])
@pytest.mark.parametrize("side", [6, 7])
def test_a_quarter_turn_only_moves_pixels(quarters: int, side: int) -> None:
    pictures = Images(noise(1, (3, side, side)))
    turned = pictures.turned(np.full(3, 90.0 * quarters))
    np.testing.assert_allclose(turned.pixels, np.rot90(pictures.pixels, quarters, axes=(1, 2)), atol=1e-12)


@given(st.floats(-180, 180), st.integers(0, 5))
def test_a_turn_commutes_with_quarter_turns_and_is_linear_in_the_picture(degrees: float, seed: int) -> None:
    pictures, angle = Images(noise(seed)), np.full(3, degrees)
    here = Images(np.rot90(pictures.pixels, axes=(1, 2))).turned(angle).pixels
    np.testing.assert_allclose(here, np.rot90(pictures.turned(angle).pixels, axes=(1, 2)), atol=1e-9)
    double = Images(2 * pictures.pixels + Images(noise(seed + 1)).pixels).turned(angle).pixels
    np.testing.assert_allclose(double, 2 * pictures.turned(angle).pixels + Images(noise(seed + 1)).turned(angle).pixels, atol=1e-9)


def test_a_mirrored_picture_turns_the_other_way() -> None:
    pictures, angle = Images(noise(2)), np.array([30.0, -70.0, 10.0])
    mirrored = Images(pictures.pixels[:, :, ::-1]).turned(angle).pixels
    np.testing.assert_allclose(mirrored, pictures.turned(-angle).pixels[:, :, ::-1], atol=1e-9)


@pytest.mark.parametrize("degrees", [-120.0, -30.0, 20.0, 45.0, 170.0])
def test_a_turn_of_the_picture_is_the_rotation_of_the_plane(degrees: float) -> None:
    """Positive angles are counter-clockwise in (u, v), as the generator [[0, −1], [1, 0]] says."""
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    start = blob((0.4, 0.1))
    turned = centre_of(start.turned(np.array([degrees])))
    np.testing.assert_allclose(turned, rotation @ centre_of(start), atol=2e-3)
    assert np.abs(turned - rotation.T @ centre_of(start)).max() > 0.1, "the check can tell the two senses apart"


def test_turning_keeps_the_mass_inside_and_loses_it_beyond_the_rim() -> None:
    inside, rim = blob((0.2, -0.2)), blob((0.95, 0.95))
    assert inside.turned(np.array([37.0])).pixels.sum() == pytest.approx(inside.pixels.sum(), rel=1e-3)
    assert rim.turned(np.array([45.0])).pixels.sum() < 0.3 * rim.pixels.sum()


def test_angles_are_uniform_within_the_limit_and_of_one_seed() -> None:
    many = Images(np.repeat(blob((0.5, 0.0), 21).pixels, 400, axis=0))
    rows = many.rotated(45, seed=3).samples()
    u, v = (rows.x @ rows.plane / rows.x.sum(1, keepdims=True)).T
    angles = np.rad2deg(np.arctan2(v, u))
    assert np.abs(angles).max() < 46
    assert np.abs(angles.mean()) < 4 * 45 / np.sqrt(3 * 400)
    assert angles.std() == pytest.approx(45 / np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(many.rotated(45, seed=3).pixels, rows.x.reshape(many.pixels.shape))
    assert np.abs(many.rotated(45, seed=4).pixels - many.rotated(45, seed=3).pixels).max() > 0.1


def test_no_angle_changes_nothing_and_the_rest_is_kept() -> None:
    pictures = Images(noise(5), labels=LABELS, units="dots", source="here")
    still = pictures.rotated(0, seed=0)
    np.testing.assert_allclose(still.pixels, pictures.pixels, atol=1e-12)
    assert still.labels is not None
    assert still.labels.tolist() == [3, 1, 4]
    assert (still.units, still.source) == ("dots", "here, turned by up to ±0°")


@pytest.mark.parametrize("degrees", [-1.0, 181.0, np.nan])
def test_angles_that_are_none_are_refused(degrees: float) -> None:
    with pytest.raises(InvalidData, match="from 0 to 180"):
        Images(noise(0)).rotated(degrees, seed=0)


@pytest.mark.parametrize("angles", [np.zeros(2), np.zeros((3, 1)), np.array([0.0, np.nan, 0.0])])
def test_every_picture_needs_an_angle(angles: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"expected \(3,\)"):
        Images(noise(0)).turned(angles)


@pytest.mark.parametrize(
    ("pixels", "labels", "error", "words"),
    [
        (np.ones((2, 3)), None, ShapeError, r"\(N, height, width\)"),
        (np.ones((2, 0, 3)), None, ShapeError, "none of them 0"),
        (np.ones((2, 3, 3, 3)), None, ShapeError, "one channel"),
        (np.full((2, 3, 3), 1j), None, InvalidData, "real numbers"),
        (np.full((2, 3, 3), "1"), None, InvalidData, "real numbers"),
        (np.where(np.arange(2)[:, None, None] == 1, np.nan, np.ones((2, 3, 3))), None, InvalidData, "picture 1"),
        (np.ma.masked_equal(np.ones((2, 3, 3)), 1), None, InvalidData, "filled"),
        (np.ones((2, 3, 3)), np.array([0, 1, 2]), InvalidData, "labels"),
        (np.ones((2, 3, 3)), np.array([0.5, 1]), InvalidData, "whole numbers"),
    ],
)
def test_what_is_no_picture_is_refused(pixels: np.ndarray, labels: np.ndarray | None, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Images(pixels, labels=labels, source="here")


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64, np.bool_])
def test_every_type_of_pixel_becomes_float64(dtype: type) -> None:
    pixels = (noise(1) > 0.5).astype(dtype)
    held = Images(pixels).pixels
    assert held.dtype == np.float64
    np.testing.assert_array_equal(held, pixels)


def test_a_selection_keeps_labels_and_repr_is_short() -> None:
    pictures = Images(noise(0), labels=LABELS)
    chosen = pictures[np.array([2, 0])]
    assert chosen.labels is not None
    assert (len(chosen), chosen.labels.tolist()) == (2, [4, 3])
    assert len(pictures[1:]) == 2
    assert len(repr(pictures).splitlines()) <= 3
    assert "3 labels" in repr(pictures)
    assert "no labels" in repr(Images(noise(0)))


def test_npz_comes_back_by_split(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", pixels=noise(7), labels=LABELS, split=np.array(["a", "b", "a"]))
    whole, part = load_images(tmp_path / "some.npz"), load_images(tmp_path / "some.npz", split="a")
    np.testing.assert_array_equal(whole.pixels, noise(7))
    np.testing.assert_array_equal(part.pixels, noise(7)[[0, 2]])
    assert part.labels is not None
    assert part.labels.tolist() == [3, 4]
    assert part.source.endswith("[a]")
    np.savez(tmp_path / "bare.npz", pixels=noise(7))
    assert load_images(tmp_path / "bare.npz").labels is None


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_find_their_labels(packed: bool, tmp_path: Path) -> None:
    pixels, suffix = (255 * noise(8)).astype(np.uint8), ".gz" if packed else ""
    write = gzip.compress if packed else bytes
    pictures, labels = (tmp_path / f"train-{name}-ubyte{suffix}" for name in ("images-idx3", "labels-idx1"))
    pictures.write_bytes(write(idx(pixels)))
    assert load_images(pictures).labels is None
    labels.write_bytes(write(idx(LABELS.astype(np.uint8))))
    found = load_images(pictures)
    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.labels is not None
    assert found.labels.tolist() == LABELS.tolist()
    twice = load_images([pictures, labels, str(pictures), str(labels)])
    assert twice.labels is not None
    assert (len(twice), twice.labels.tolist()) == (6, [3, 1, 4, 3, 1, 4])
    with pytest.raises(InvalidData, match="labels"):
        load_images([pictures, labels, pictures])


def test_bad_files_are_refused(tmp_path: Path) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    small, large = file("small", idx(np.zeros((2, 3, 3), np.uint8))), file("large", idx(np.zeros((2, 4, 4), np.uint8)))
    with pytest.raises(ShapeError, match="different size"):
        load_images([small, large])
    with pytest.raises(ShapeError, match="labels and no pictures"):
        load_images(file("only-labels", idx(np.zeros(2, np.uint8))))
    with pytest.raises(ShapeError, match="2 axes"):
        load_images(file("table", idx(np.zeros((2, 2), np.uint8))))
    with pytest.raises(MissingField, match="know no splits"):
        load_images(small, split="train")
    with pytest.raises(CorruptFile, match="truncated"):
        load_images(file("cut", small.read_bytes()[:-1]))
    for content in (b"", b"\x89PNG", b"text"):
        with pytest.raises(CorruptFile, match=r"other: starts with"):
            load_images(file("other", content))
    with pytest.raises(CorruptFile, match="broken"):
        load_images(file("broken.npz", b"PK\x03\x04 no archive"))
    with pytest.raises(MissingFile):
        load_images(tmp_path / "none")


def test_bad_archives_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "no.npz", images=noise(0))
    np.savez(tmp_path / "flat.npz", pixels=noise(0)[0])
    for name in ("no.npz", "flat.npz"):
        with pytest.raises(MissingField, match="no array 'pixels'"):
            load_images(tmp_path / name)
    np.savez(tmp_path / "long.npz", pixels=noise(0), labels=np.arange(4), split=np.array(["a", "a", "b"]))
    with pytest.raises(InvalidData, match="labels"):
        load_images(tmp_path / "long.npz", split="b")
    with pytest.raises(MissingField, match="present: a, b"):
        load_images(tmp_path / "long.npz", split="c")


def test_a_nearest_mean_reads_upright_digits_and_fails_on_turned_ones() -> None:
    """The shipped pictures belong to their labels, and turning is a change that matters."""
    train, test = load("digits", split="train"), load("digits", split="test")
    assert isinstance(train, Images)
    assert isinstance(test, Images)
    means = np.stack([train.pixels[train.labels == digit].mean(0) for digit in range(10)])

    def right(pictures: Images) -> float:
        apart = ((pictures.pixels[:, None] - means) ** 2).sum((2, 3))
        return float((apart.argmin(1) == pictures.labels).mean())

    assert right(test) > 0.8
    assert right(test.turned(np.full(len(test), 90.0))) < 0.4

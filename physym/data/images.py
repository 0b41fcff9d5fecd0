"""`Images`: pictures of one size with a label each, whose symmetries are maps of the plane."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

import numpy as np

from physym import _rng
from physym._typing import Float, PathOrPaths, Shaped
from physym.algebra import Rep
from physym.data.idx import GZIP, read_idx
from physym.data.npz import chosen_rows, read_npz
from physym.data.samples import Samples
from physym.data.validation import check_labels
from physym.errors import CorruptFile, InvalidData, MissingField, MissingFile, ShapeError

COORDINATES = ("u", "v")
"""Coordinates of the plane: u to the right, v upwards, the pixels at the rim at ±1."""


@dataclass(frozen=True, eq=False)
class Images:
    """Pictures of one size with one channel.

    Arguments:
        pixels: values of the pixels, shape ``(N, H, W)``, in ``units``; row 0 is the top of the picture. Held in float64.
        labels: one whole number per picture, shape ``(N,)``, or None.
        units: unit of the values.
        source: where the pictures come from.

    Raises:
        ShapeError: not an ``(N, H, W)`` array, or one of them is 0.
        InvalidData: values that are not real and finite, or labels that do not go with the pictures.

    Example:
        >>> pictures = Images(np.arange(24).reshape(2, 3, 4), labels=np.array([7, 1]))
        >>> len(pictures), pictures.grid, pictures.samples().rep_x
        (2, (3, 4), Rep('12S', n=2))
    """

    pixels: Shaped[np.ndarray, "N H W"]
    labels: Shaped[np.ndarray, "N"] | None = field(default=None, kw_only=True)
    units: str = field(default="grey levels", kw_only=True)
    source: str = field(default="memory", kw_only=True)

    def __post_init__(self) -> None:
        pixels = np.asanyarray(self.pixels)
        if isinstance(pixels, np.ma.MaskedArray):
            raise InvalidData(f"{self.source}: a masked array, whose mask would be lost; fill it with the background: array.filled(0).")
        if pixels.ndim != 3 or 0 in pixels.shape:
            channels = " Colour pictures need one channel: pixels.mean(-1)." if pixels.ndim == 4 else ""
            raise ShapeError(f"{self.source}: pixels have shape {pixels.shape}; expected (N, height, width), none of them 0.{channels}")
        if pixels.dtype.kind not in "fiub":
            raise InvalidData(f"{self.source}: pixels of type {pixels.dtype}; expected real numbers.")
        pixels = pixels.astype(np.float64)
        if not np.isfinite(pixels).all():
            first = int(np.flatnonzero(~np.isfinite(pixels).all((1, 2)))[0])
            raise InvalidData(f"{self.source}: NaN or infinite pixels (first in picture {first}); drop or repair these pictures.")
        object.__setattr__(self, "pixels", pixels)
        if self.labels is not None:
            labels = np.asarray(self.labels)
            check_labels(labels, len(pixels), self.source)
            object.__setattr__(self, "labels", labels.astype(np.int64))

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.pixels.shape[1]), int(self.pixels.shape[2])

    def samples(self) -> Samples:
        """The pictures as rows that discovery searches: maps of the plane, affine 3 × 3 matrices on (u, v, 1), move the pixels.

        Returns:
            Samples with x of shape ``(N, H·W)`` in reading order, H·W scalars over the plane, and the labels as invariant y. Where the
            pixels lie is ``Samples.plane``.

        Example:
            >>> rows = Images(np.arange(8).reshape(2, 2, 2)).samples()
            >>> rows.grid, rows.plane.tolist()
            ((2, 2), [[-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
        """
        height, width = self.grid
        return Samples(
            self.pixels.reshape(len(self), -1),
            rep_x=Rep(f"{height * width}S", n=2),
            y=self.labels,
            units=self.units,
            coordinates=COORDINATES,
            source=self.source,
            grid=self.grid,
        )

    def rotated(self, degrees: int | float = 45.0, *, seed: int | np.random.Generator) -> Images:
        """The same pictures, each turned about its centre by an angle of its own.

        Arguments:
            degrees: angles are uniform in ±degrees.
            seed: seed or generator.

        Returns:
            Images of the same size, with the same labels.

        Raises:
            InvalidData: an angle that is negative or beyond 180°.

        Example:
            >>> pictures = Images(np.arange(18).reshape(2, 3, 3)).rotated(seed=0)
            >>> pictures.pixels[:, 1, 1].tolist()  # the centre stays
            [4.0, 13.0]
        """
        if not 0 <= degrees <= 180:
            raise InvalidData(f"degrees={degrees}; expected the largest angle, from 0 to 180.")
        turned = self.turned(_rng.generator(seed).uniform(-degrees, degrees, size=len(self)))
        return replace(turned, source=f"{self.source}, turned by up to ±{degrees:g}°")

    def turned(self, degrees: Float[np.ndarray, "N"]) -> Images:
        """The same pictures, each turned about its centre by the angle that is given.

        Values between pixels are bilinear, and beyond the rim the picture goes on with zeros.

        Arguments:
            degrees: angles, shape ``(N,)``, in degrees; positive ones turn the picture counter-clockwise.

        Returns:
            Images of the same size, with the same labels.

        Raises:
            InvalidData: not one finite angle for each picture.

        Example:
            >>> Images(np.arange(4).reshape(1, 2, 2)).turned(np.array([90.0])).pixels[0].round(9).tolist()
            [[1.0, 3.0], [0.0, 2.0]]
        """
        from scipy.ndimage import affine_transform

        angles = np.deg2rad(np.asarray(degrees, dtype=np.float64))
        if angles.shape != (len(self),) or not np.isfinite(angles).all():
            raise InvalidData(f"degrees of shape {angles.shape}; expected ({len(self)},), one finite angle for each picture.")
        centre = (np.array(self.grid) - 1) / 2
        pixels = np.empty(self.pixels.shape)
        for picture, angle, place in zip(self.pixels, angles, pixels, strict=True):
            # from a pixel (down, right) of the turned picture back to where its value comes from
            back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            affine_transform(picture, back, offset=centre - back @ centre, output=place, order=1, mode="grid-constant")
        return replace(self, pixels=pixels, source=f"{self.source}, turned")

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: slice | Shaped[np.ndarray, "..."]) -> Images:
        return replace(self, pixels=self.pixels[index], labels=None if self.labels is None else self.labels[index])

    def __repr__(self) -> str:
        height, width = self.grid
        labels = "no labels" if self.labels is None else f"{len(np.unique(self.labels))} labels"
        low, high = self.pixels.min(), self.pixels.max()
        return (
            f"Images: {len(self):,} of {height} × {width} pixels from {low:g} to {high:g} ({self.units}), {labels}\n  source: {self.source}"
        )


def load_images(paths: PathOrPaths, *, split: str | None = None) -> Images:
    """Read pictures from an .npz file with an array ``pixels``, or from IDX files (MNIST), compressed or not.

    Arguments:
        paths: a file, or several. An .npz file holds ``pixels (N, H, W)`` and may hold ``labels (N,)`` and ``split (N,)``, the name of the
            split of each picture. IDX files with three axes are pictures, those with one are labels, in the same order; beside a
            single ``…images-idx3…`` the file ``…labels-idx1…`` is read where it lies there.
        split: keep only the pictures of this split; None: all. IDX files know no splits.

    Returns:
        Images.

    Raises:
        MissingFile: no such file.
        CorruptFile: a file is neither .npz nor IDX, or is truncated.
        MissingField: there is no array ``pixels``, or no such split.
        ShapeError: the pictures differ in size.
        InvalidData: values or labels that no picture has.

    Example:
        >>> from physym.artefacts import artefact
        >>> digits = load_images(artefact("datasets", "digits", "sample.npz"), split="test")
        >>> digits.pixels.shape, digits.labels[:3].tolist()
        ((360, 8, 8), [2, 3, 4])
    """
    files = [Path(paths)] if isinstance(paths, (str, PathLike)) else [Path(path) for path in paths]
    if len(files) == 1:
        files += _labels_beside(files[0])
    parts = [_read(file, split) for file in files]
    pictures = [(file, pixels) for file, (pixels, _) in zip(files, parts, strict=True) if pixels is not None]
    sizes = {pixels.shape[1:] for _, pixels in pictures}
    if len(sizes) != 1:
        found = f"pictures of different size {sorted(sizes)}; load them one by one" if sizes else "labels and no pictures; name those, too"
        raise ShapeError(f"{', '.join(map(str, files))}: {found}.")
    labels = [part for _, part in parts if part is not None]
    source = ", ".join(str(file) for file, _ in pictures) + (f" [{split}]" if split else "")
    return Images(np.concatenate([pixels for _, pixels in pictures]), labels=np.concatenate(labels) if labels else None, source=source)


def _labels_beside(file: Path) -> list[Path]:
    beside = file.with_name(file.name.replace("images-idx3", "labels-idx1").replace("images.idx3", "labels.idx1"))
    return [beside] if beside != file and beside.is_file() else []


def _read(file: Path, split: str | None) -> tuple[Shaped[np.ndarray, "N H W"] | None, Shaped[np.ndarray, "N"] | None]:
    """Pictures and labels of one file; None where it holds none."""
    if not file.is_file():
        raise MissingFile(f"{file}: no such file.")
    with file.open("rb") as stream:
        magic = stream.read(2)
    if magic == b"PK":
        return _from_npz(file, split)
    if magic not in (GZIP, b"\x00\x00"):
        raise CorruptFile(f"{file}: starts with {magic.hex(' ') or 'nothing'}; expected an .npz or an IDX file, the format of MNIST.")
    if split is not None:
        raise MissingField(f"{file}: IDX files know no splits; name the file of the split {split!r} and leave split out.")
    numbers = read_idx(file)
    if numbers.ndim not in (1, 3):
        raise ShapeError(f"{file}: {numbers.ndim} axes; expected three for pictures, or one for labels.")
    return (numbers, None) if numbers.ndim == 3 else (None, numbers)


def _from_npz(file: Path, split: str | None) -> tuple[Shaped[np.ndarray, "N H W"], Shaped[np.ndarray, "N"] | None]:
    arrays = read_npz(file)
    if "pixels" not in arrays or arrays["pixels"].ndim != 3:
        raise MissingField(f"{file}: no array 'pixels' of shape (N, height, width); present: {', '.join(arrays) or 'nothing'}.")
    rows = chosen_rows(arrays, split, file, count=len(arrays["pixels"]))
    labels = arrays.get("labels")
    if labels is not None:
        check_labels(labels, len(arrays["pixels"]), f"{file}")
    return arrays["pixels"][rows], None if labels is None else labels[rows]

"""`Trajectories`: states of a dynamical system at equal time steps, with named columns."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from physym._typing import Float
from physym.algebra import Rep
from physym.data.npz import read_npz
from physym.data.samples import Samples
from physym.data.validation import check_numbers
from physym.errors import InvalidData, MissingField, ShapeError


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Runs of one dynamical system, sampled at equal time steps.

    Arguments:
        states: shape ``(N, T, d)``: N runs, T times, d named quantities, float64.
        columns: names of the d quantities, for instance ``("q1x", "q1y", …)``: always used by name, never by position.
        dt: time step.
        units: unit of the states; empty for natural units.
        source: where the runs come from.

    Raises:
        ShapeError: the fields do not fit each other.
        InvalidData: NaN or infinite states, or a time step that is not positive.

    Example:
        >>> import numpy as np
        >>> runs = Trajectories(np.ones((3, 5, 2)), columns=("qx", "qy"), dt=0.1)
        >>> len(runs), runs.blocks
        (3, ((0, 1),))
    """

    states: Float[np.ndarray, "N T d"]
    columns: tuple[str, ...]
    dt: int | float
    units: str = ""
    source: str = "memory"

    def __post_init__(self) -> None:
        states = np.asarray(self.states, dtype=np.float64)
        if states.ndim != 3 or 0 in states.shape:
            raise ShapeError(f"{self.source}: states have shape {states.shape}; expected (N runs, T times, d quantities), none of them 0.")
        if len(self.columns) != states.shape[2] or len(set(self.columns)) != len(self.columns):
            raise ShapeError(f"{self.source}: columns {self.columns} must be {states.shape[2]} different names, one for each quantity.")
        if not np.isfinite(states).all():
            run = int(np.flatnonzero(~np.isfinite(states).all((1, 2)))[0])
            raise InvalidData(f"{self.source}: NaN or infinite states (first in run {run}); drop or repair these runs.")
        if not 0 < self.dt < np.inf:
            raise InvalidData(f"{self.source}: dt={self.dt}; expected a positive time step.")
        object.__setattr__(self, "states", states)

    @property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the columns that form one vector each: q1x and q1y, p1x and p1y …, told by their names."""
        groups: dict[str, list[int]] = {}
        for index, name in enumerate(self.columns):
            groups.setdefault(name[:-1] if len(name) > 1 and name[-1] in "xyz" else name, []).append(index)
        ordered = (sorted(group, key=lambda index: self.columns[index]) for group in groups.values())
        return tuple(tuple(group) for group in ordered)

    def column(self, name: str) -> Float[np.ndarray, "N T"]:
        """One quantity by name, shape ``(N, T)``.

        Raises:
            MissingField: there is no such column.
        """
        if name not in self.columns:
            raise MissingField(f"{self.source}: no column {name!r}; present: {', '.join(self.columns)}.")
        return self.states[:, :, self.columns.index(name)]

    def samples(self, *, blocks: Literal["full"] | tuple[tuple[int, ...], ...] | None = None) -> Samples:
        """Pairs (state, next state) as rows that discovery searches: one matrix moves both.

        Arguments:
            blocks: None: one small generator per body and quantity (block-diagonal); ``"full"``: one d × d generator;
                or the index blocks themselves.

        Returns:
            Samples with x of shape ``(N (T − 1), d)``, y the next state, and the run as cluster.

        Raises:
            ShapeError: the blocks do not name each column once, or a run has a single time.

        Example:
            >>> import numpy as np
            >>> rows = Trajectories(np.ones((3, 5, 2)), columns=("qx", "qy"), dt=0.1).samples(blocks="full")
            >>> rows.x.shape, rows.blocks, rows.cluster[:5].tolist()
            ((12, 2), (), [0, 0, 0, 0, 1])
        """
        runs, times, d = self.states.shape
        if times < 2:
            raise ShapeError(f"{self.source}: runs of one time hold no (state, next state) pair; expected at least 2 times.")
        rep = Rep("V", n=d)
        chosen = self.blocks if blocks is None else () if blocks == "full" else blocks
        return Samples(
            self.states[:, :-1].reshape(-1, d),
            rep_x=rep,
            y=self.states[:, 1:].reshape(-1, d),
            rep_y=rep,
            cluster=np.repeat(np.arange(runs), times - 1),
            blocks=chosen,
            units=self.units,
            coordinates=self.columns,
            source=self.source,
        )

    def __len__(self) -> int:
        return len(self.states)

    def __repr__(self) -> str:
        runs, times, _ = self.states.shape
        return (
            f"Trajectories: {runs:,} runs of {times} times, dt = {self.dt:.4g}, in {self.units or 'natural units'}\n"
            f"  columns: {', '.join(self.columns)}\n"
            f"  source: {self.source}"
        )


def load_trajectories(path: str | PathLike[str], *, split: str | None = None, columns: tuple[str, ...] | None = None) -> Trajectories:
    """Read trajectories from an .npz file with arrays ``(N, T, d)``, ``columns`` and ``dt``.

    Arguments:
        path: the file.
        split: name of the array to read, for instance ``"train"``; None: all of them, one after the other.
        columns: names of the quantities; None: the file's own.

    Returns:
        Trajectories.

    Raises:
        MissingFile: no such file.
        CorruptFile: no readable .npz file.
        MissingField: the split, the names or the time step are not in the file.
        ShapeError: the splits cannot be put together.
        InvalidData: states or time step are no numbers.

    Example:
        >>> from physym.artefacts import artefact
        >>> load_trajectories(artefact("datasets", "two_body", "sample.npz"), split="train").states.shape
        (814, 20, 8)
    """
    file = Path(path)
    arrays = read_npz(file)
    known = [name for name, array in arrays.items() if array.ndim == 3]
    if split is not None and split not in known:
        raise MissingField(f"{file}: no split {split!r}; present: {', '.join(known) or 'no array of shape (N, T, d)'}.")
    if "dt" not in arrays or (columns is None and "columns" not in arrays) or not known:
        raise MissingField(f"{file}: expected arrays (N, T, d), 'columns' and 'dt'; present: {', '.join(arrays)}.")
    chosen = [split] if split else known
    for name in chosen:
        check_numbers(arrays[name], f"{file}: {name}")
    shapes = {arrays[name].shape[1:] for name in chosen}
    if len(shapes) > 1:
        raise ShapeError(f"{file}: the runs of {', '.join(chosen)} differ in times and quantities {sorted(shapes)}; name one with split=.")
    if arrays["dt"].size != 1 or arrays["dt"].dtype.kind not in "fiu":
        raise InvalidData(f"{file}: dt is {arrays['dt']}; expected one number, the time step.")
    states = np.concatenate([arrays[name] for name in chosen])
    names = columns if columns is not None else tuple(str(name) for name in arrays["columns"])
    return Trajectories(states, columns=names, dt=float(arrays["dt"].item()), source=f"{file}" + (f" [{split}]" if split else ""))

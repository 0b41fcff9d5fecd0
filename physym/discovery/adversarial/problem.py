"""A discovery problem as the game sees it: rows, the action on them, and the matrices that are searched."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from physym._typing import Float
from physym._version import __version__
from physym.algebra import LieAlgebra
from physym.checkpoint import Saving
from physym.data import Samples
from physym.discovery.adversarial.base import Action, CoefficientLaw, Features, Penalty, Rows
from physym.discovery.adversarial.game import Constraint, Rules
from physym.discovery.spectral.frame import Search
from physym.errors import InvalidData

ADDRESS = r" at 0x[0-9a-fA-F]+>"  # in the repr of a function, or of an object without one of its own
NUDGE = 1e-3  # relative size of the random part of a warm start


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows and the matrices searched on them.

    Arguments:
        samples: the rows; complex vectors as pairs of real ones.
        search: the matrices with their frame.
        rows: the rows as tensors.
        action: how elements move them.
        device: where it is trained.

    Example:
        >>> from physym.algebra import Rep
        >>> from physym.discovery.adversarial.posing import problem_of
        >>> x = np.random.default_rng(0).normal(size=(100, 2))
        >>> problem_of(Samples(x, rep_x=Rep("V", n=2)), None, seed=0, device="cpu").action.size
        4
    """

    samples: Samples
    search: Search
    rows: Rows
    action: Action
    device: str

    @property
    def kind(self) -> str:
        """``"pictures"``, ``"states"`` where y moves along with x, or ``"rows"``."""
        return "pictures" if self.rows.grid else "states" if self.rows.moving.shape[1] > self.rows.inputs else "rows"

    @property
    def matrices(self) -> Float[Tensor, "s m m"]:
        """The searched matrices in the coordinates of the action."""
        return torch.from_numpy(np.ascontiguousarray(self.search.matrices)).to(self.device)

    def rules(
        self,
        *,
        features: Features,
        law: CoefficientLaw,
        channels: int,
        constraint: Constraint,
        one_channel: bool,
        incremental: bool,
        warm_up: float,
        first_spread: float,
        penalties: tuple[Penalty, ...],
        seed: int,
    ) -> Rules:
        """The rules of the game, with the features fitted to the rows."""
        return Rules(
            self.rows,
            self.action,
            self.matrices,
            features.fit(self.rows, seed=seed),
            law,
            channels,
            constraint,
            one_channel,
            incremental,
            warm_up,
            first_spread,
            penalties,
        )

    def outward(self, coefficients: Float[np.ndarray, "*batch s"]) -> Float[np.ndarray, "*batch m m"]:
        """Matrices on the coordinates of the data, from coefficients in the searched basis."""
        inner = np.tensordot(coefficients, self.search.matrices, 1)
        frame = self.search.frame
        return inner if frame is None else np.asarray(frame @ inner @ np.linalg.inv(frame))

    def start(self, known: LieAlgebra | None, channels: int, seeds: int) -> Float[Tensor, "S k s"] | None:
        """Coefficients of known generators to start from, slightly apart for each seed; None where nothing of that size is known."""
        if known is None or known.dimension != channels:
            return None
        inner = self.search.inward(known.basis).reshape(channels, -1)
        flat = self.search.matrices.reshape(len(self.search.matrices), -1)
        coefficients: Tensor = torch.from_numpy(inner @ np.linalg.pinv(flat))
        noise: Tensor = torch.randn(seeds, *coefficients.shape, generator=torch.Generator().manual_seed(seeds), dtype=torch.float64)
        size = float(coefficients.square().mean().sqrt())
        return coefficients + NUDGE * size * noise

    def saving(self, method: object, path: str | Path | None, every: int, seeds: tuple[int, ...]) -> Saving:
        """Where the state is kept; what would prevent this, or prevent that a later run goes on, is found out before the work."""
        if path is None:
            return Saving()
        if not isinstance(path, (str, PathLike)):
            raise InvalidData(f"checkpoint={path!r}; expected the name of a file, for instance 'run.safetensors', or None.")
        file = Path(path)
        if file.is_dir():
            raise InvalidData(f"checkpoint={str(path)!r} is a folder; name a file, for instance {str(file / 'run.safetensors')!r}.")
        if not file.parent.is_dir():
            raise InvalidData(f"checkpoint={file}: the folder {file.parent} does not exist. Create it first.")
        if not os.access(file.parent, os.W_OK | os.X_OK):
            raise InvalidData(f"checkpoint={file}: the folder {file.parent} cannot be written to. Name another or change its permissions.")
        for name, value in vars(method).items():
            if re.search(ADDRESS, repr(value)):
                raise InvalidData(
                    f"checkpoint={file}: {name}={value!r} names a place in memory, which no later run can know again; make it a frozen "
                    "dataclass, whose repr holds its settings, or leave the checkpoint out."
                )
        return Saving(file, every, self._fingerprint(method, seeds))

    def _fingerprint(self, method: object, seeds: tuple[int, ...]) -> str:
        digest = sha256(repr((__version__, _without_place(method), seeds, self.samples.rep_x, self.samples.rep_y)).encode())
        for tensor in (self.rows.moving, self.rows.target, self.rows.label, self.rows.kept, self.matrices):
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).tobytes())
        return digest.hexdigest()


def _without_place(method: object) -> str:
    """The settings without those that do not change the result."""
    fields = {name: value for name, value in vars(method).items() if not name.startswith("checkpoint")}
    return f"{type(method).__name__}({fields})"

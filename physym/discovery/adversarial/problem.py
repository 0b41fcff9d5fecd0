"""A discovery problem as the game sees it: rows, the action on them, and the matrices that are searched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from physym._typing import Float
from physym._version import __version__
from physym.algebra import LieAlgebra, Rep
from physym.data import Samples
from physym.discovery.adversarial.actions import Action, action_of, connected_blocks
from physym.discovery.adversarial.coefficients import CoefficientLaw
from physym.discovery.adversarial.features import Features
from physym.discovery.adversarial.game import Constraint, Rules
from physym.discovery.adversarial.loop import Saving
from physym.discovery.adversarial.penalties import Penalty
from physym.discovery.adversarial.rows import Rows, rows_of
from physym.discovery.spectral import Complex, SearchSpace
from physym.discovery.spectral.frame import Search
from physym.discovery.spectral.search import orthonormal, search_of
from physym.errors import DiscoveryFailed, InvalidData

NUDGE = 1e-3  # relative size of the random part of a warm start
VANISHES = 1e-10  # relative second moment below which a direction does not occur in the data


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
        """Where the state is kept; a missing folder is found out before the work."""
        if path is None:
            return Saving()
        file = Path(path)
        if not file.parent.is_dir():
            raise InvalidData(f"checkpoint={file}: the folder {file.parent} does not exist. Create it first.")
        return Saving(file, every, self._fingerprint(method, seeds))

    def _fingerprint(self, method: object, seeds: tuple[int, ...]) -> str:
        digest = sha256(repr((__version__, _without_place(method), seeds, self.samples.rep_x, self.samples.rep_y)).encode())
        for tensor in (self.rows.moving, self.rows.target, self.rows.label, self.rows.kept, self.matrices):
            digest.update(np.ascontiguousarray(tensor.cpu().numpy()).tobytes())
        return digest.hexdigest()


def problem_of(samples: Samples, basis: LieAlgebra | SearchSpace | None, *, seed: int, device: str) -> Problem:
    """Make samples ready for the game.

    Arguments:
        samples: rows of vectors, tensors, complex vectors or pictures.
        basis: matrices to search; None: all (affine maps of the plane for pictures, complex-linear ones for complex vectors).
        seed: chooses the held-out rows.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The problem.

    Raises:
        DiscoveryFailed: too few rows, or ``"cuda"`` is asked for and there is none.
        InvalidData: the basis does not fit the samples.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 4))
        >>> problem_of(Samples(x, rep_x=Rep("C", n=2)), None, seed=0, device="cpu").action.size  # gl(2, C)
        8
    """
    samples, basis = _as_real_pairs(samples, basis)
    search = _plane(basis) if samples.grid else determined(search_of(samples, basis), samples)
    used = _device(device)
    action = action_of(samples, search).to(used)
    return Problem(samples, search, rows_of(samples, search, seed=seed).to(used), action, used)


def determined(search: Search, samples: Samples) -> Search:
    """The searched matrices modulo those that vanish on the data: where the coordinates of a block span less than the block.

    A matrix that vanishes on all rows moves nothing, so a generator may carry any amount of it; the representatives that vanish off
    the span are searched instead. Frames are left as they are.

    Arguments:
        search: the matrices.
        samples: the rows.

    Returns:
        The same search where the data span each block, else one with fewer matrices.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 2))
        >>> doubled = Samples(np.concatenate([x, -x], axis=1), rep_x=Rep("V", n=4))
        >>> len(determined(search_of(doubled, None), doubled).matrices)
        8
    """
    if search.frame is not None or samples.rep_x.copies_of_vector is None:
        return search
    vectors = samples.vectors.reshape(-1, samples.n)
    onto = np.zeros((samples.n, samples.n))
    for block in connected_blocks(search.matrices):
        values, directions = np.linalg.eigh(vectors[:, block].T @ vectors[:, block])
        seen = directions[:, values > VANISHES * values[-1]]
        onto[np.ix_(block, block)] = seen @ seen.T
    if np.allclose(onto, np.eye(samples.n)):
        return search
    flat = (search.matrices @ onto).reshape(len(search.matrices), -1)
    _, values, right = np.linalg.svd(flat, full_matrices=False)
    kept = right[values > VANISHES * values[0]]
    return Search(kept.reshape(len(kept), samples.n, samples.n))


def _as_real_pairs(samples: Samples, basis: LieAlgebra | SearchSpace | None) -> tuple[Samples, LieAlgebra | SearchSpace | None]:
    """Complex vectors as real ones of twice the size, on which complex-linear maps act."""
    if not samples.rep_x.is_complex:
        return samples, basis
    count = samples.rep_x.dim // (2 * samples.rep_x.n)
    if samples.rep_x != Rep(f"{count}C", n=samples.rep_x.n) or samples.moves_y:
        raise InvalidData(f"{samples.rep_x!r}; of complex representations only copies of C, with invariant y, can be searched.")
    real = replace(samples, rep_x=Rep(f"{count}V", n=2 * samples.rep_x.n), coordinates=(), blocks=(), mask=None)
    return real, basis if basis is not None else Complex()


def _plane(basis: LieAlgebra | SearchSpace | None) -> Search:
    """Affine maps of the plane, or those that the user names."""
    if basis is None:
        units = np.zeros((6, 3, 3))
        units[np.arange(6), [0, 0, 1, 1, 0, 1], [0, 1, 0, 1, 2, 2]] = 1.0
        return Search(units)
    if not isinstance(basis, LieAlgebra) or basis.n != 3 or basis.basis[:, 2].any():
        raise InvalidData(
            "pictures are moved by affine maps of the plane: give a LieAlgebra of 3 × 3 matrices with last row zero, or None."
        )
    return Search(orthonormal(basis.basis))


def _device(device: str) -> str:
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise DiscoveryFailed(f"device={device!r}, but torch {torch.__version__} sees no CUDA device here; use device='cpu' or 'auto'.")
    return device


def _without_place(method: object) -> str:
    """The settings without those that do not change the result."""
    fields = {name: value for name, value in vars(method).items() if not name.startswith("checkpoint")}
    return f"{type(method).__name__}({fields})"

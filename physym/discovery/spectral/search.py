"""Which matrices are searched: all of gl(n), the block-diagonal ones, those of a search space, or those that a user names."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.discovery.spectral.frame import Search, affine_frame
from physym.discovery.spectral.spaces import BlockDiagonal, SearchSpace
from physym.errors import InvalidData

DEPENDENT = 1e-9  # singular value of unit matrices below which one of them is a mixture of the others


def search_of(samples: Samples, basis: LieAlgebra | SearchSpace | None, *, frame: Float[np.ndarray, "f f"] | None = None) -> Search:
    """The matrices that are searched on one vector, and the frame in which they act.

    Arguments:
        samples: rows; their ``blocks`` restrict the search where no basis is given.
        basis: a search space, or the matrices to search; None: all of gl(n), or the block-diagonal ones.
        frame: the frame of affine maps, shape ``(n + 1, n + 1)``; None: centred on the data.

    Returns:
        The search.

    Raises:
        InvalidData: the basis acts on another dimension than the vectors have.

    Example:
        >>> from physym.algebra import Rep, se
        >>> search_of(Samples(np.ones((5, 6)), rep_x=Rep("2V", n=3)), se(3)).is_affine(3)
        True
    """
    n = samples.n
    if basis is None:
        return BlockDiagonal(samples.blocks or (tuple(range(n)),)).search(samples)
    if not isinstance(basis, LieAlgebra):
        if not isinstance(basis, SearchSpace) or isinstance(basis, type):
            given = "an array" if isinstance(basis, np.ndarray) else repr(basis)
            raise InvalidData(f"the basis is {given}; expected a LieAlgebra, a search space such as Affine(), or None for every matrix.")
        return basis.search(samples, frame)
    require_independent(basis)
    if basis.n == n:
        return Search(orthonormal(basis.basis))
    if basis.n == n + 1 and not basis.basis[:, n].any():
        within = Search(basis.basis, affine_frame(samples) if frame is None else frame)
        return Search(orthonormal(within.inward(basis.basis)), within.frame)
    affine = f", or {n + 1}×{n + 1} matrices on (x, 1) with last row zero for affine maps"
    raise InvalidData(f"the basis holds {basis.n}×{basis.n} matrices; the vectors have {n} coordinates, so give {n}×{n}{affine}.")


def require_independent(basis: LieAlgebra) -> None:
    """Refuse matrices of which some are zero or mixtures of others: their span is smaller than their number says.

    Raises:
        InvalidData: there is no matrix, or they are not independent.

    Example:
        >>> require_independent(LieAlgebra(np.zeros((1, 2, 2))))
        Traceback (most recent call last):
            ...
        physym.errors.InvalidData: the basis holds 1 matrices, of which only 0 are independent; leave out those that others span.
    """
    size = np.linalg.norm(basis.basis, axis=(1, 2))
    unit = basis.basis / np.where(size > 0, size, 1.0)[:, None, None]
    rank = int(np.linalg.matrix_rank(unit.reshape(basis.dimension, -1), tol=DEPENDENT)) if basis.dimension else 0
    if rank < basis.dimension or not rank:
        raise InvalidData(
            f"the basis holds {basis.dimension} matrices, of which only {rank} are independent; leave out those that others span."
        )


def searched_matrices(samples: Samples, basis: LieAlgebra | SearchSpace | None) -> Float[np.ndarray, "s n n"]:
    """Orthonormal basis of the matrices that are searched on one vector, where they act on the coordinates of the data.

    Arguments:
        samples: rows; their ``blocks`` restrict the search where no basis is given.
        basis: the matrices to search; None: all of gl(n), or the block-diagonal ones.

    Returns:
        Shape ``(s, n, n)``.

    Raises:
        InvalidData: the basis acts on another dimension than the vectors have, or needs coordinates of its own.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import Rep
        >>> searched_matrices(Samples(np.ones((5, 4)), rep_x=Rep("V", n=4), blocks=((0, 1), (2, 3))), None).shape
        (8, 4, 4)
    """
    search = search_of(samples, basis)
    if search.frame is not None:
        raise InvalidData(f"{basis!r} holds affine or whitened maps, which this statement cannot test; give linear ones, n×n.")
    return search.matrices


def orthonormal(basis: Float[np.ndarray, "k n n"]) -> Float[np.ndarray, "k n n"]:
    """Orthonormal matrices with the same span.

    Arguments:
        basis: independent matrices, shape ``(k, n, n)``.

    Returns:
        Shape ``(k, n, n)``.

    Example:
        >>> import numpy as np
        >>> float(np.linalg.norm(orthonormal(3 * np.eye(2)[None])).round(9))
        1.0
    """
    return np.linalg.qr(basis.reshape(len(basis), -1).T)[0].T.reshape(basis.shape)

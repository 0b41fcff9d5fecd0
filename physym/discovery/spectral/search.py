"""Which matrices are searched: all of gl(n), the block-diagonal ones, or those that a user names."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra import LieAlgebra
from physym.data import Samples
from physym.errors import InvalidData


def searched_matrices(samples: Samples, basis: LieAlgebra | None) -> Float[np.ndarray, "s n n"]:
    """Orthonormal basis of the matrices that are searched on one vector.

    Arguments:
        samples: rows; their ``blocks`` restrict the search where no basis is given.
        basis: the matrices to search; None: all of gl(n), or the block-diagonal ones.

    Returns:
        Shape ``(s, n, n)``.

    Raises:
        InvalidData: the basis acts on another dimension than the vectors have.

    Example:
        >>> import numpy as np
        >>> from physym.algebra import Rep
        >>> searched_matrices(Samples(np.ones((5, 4)), rep_x=Rep("V", n=4), blocks=((0, 1), (2, 3))), None).shape
        (8, 4, 4)
    """
    n = samples.n
    if basis is not None:
        if basis.n != n:
            raise InvalidData(f"Spectral(basis=…) holds {basis.n}×{basis.n} matrices; the vectors have {n} coordinates.")
        return orthonormal(basis.basis)
    elementary = np.eye(n * n).reshape(n * n, n, n)
    if not samples.blocks:
        return elementary
    block = np.empty(n, dtype=np.int64)
    for number, members in enumerate(samples.blocks):
        block[list(members)] = number
    return np.asarray(elementary[(block[:, None] == block[None, :]).ravel()])


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

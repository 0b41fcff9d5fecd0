"""The part of an algebra that is not semisimple: who acts on the nilpotent ideal, and what such semidirect sums are called."""

from __future__ import annotations

import numpy as np

from physym._typing import Float
from physym.algebra.structure.parts import Levi, Radical
from physym.algebra.structure.spectra import Cut, cut

PURE = 0.6  # symmetric share up to which the spectrum decides: a rotation about a shifted point is not antisymmetric


def series(f: Float[np.ndarray, "k k k"], error: float, *, lower: bool) -> tuple[int, ...]:
    """Dimensions of the derived series, or of the lower central series, until they stop falling.

    Arguments:
        f: structure constants of an orthonormal basis, shape ``(k, k, k)``.
        error: size below which a bracket is not resolved.
        lower: the lower central series ``[g, C_i]`` instead of the derived series ``[D_i, D_i]``.

    Returns:
        Dimensions, the algebra itself first.

    Example:
        >>> import numpy as np
        >>> heisenberg = np.zeros((3, 3, 3))
        >>> heisenberg[0, 1, 2], heisenberg[1, 0, 2] = 1.0, -1.0
        >>> series(heisenberg, 0.0, lower=True)
        (3, 1, 0)
    """
    space, dimensions = np.eye(len(f)), [len(f)]
    while len(space):
        other = np.eye(len(f)) if lower else space
        space = image(f, other, space, error)
        if len(space) >= dimensions[-1]:
            break
        dimensions.append(len(space))
    return tuple(dimensions)


def image(
    f: Float[np.ndarray, "k k k"], a: Float[np.ndarray, "p k"], b: Float[np.ndarray, "q k"], error: float
) -> Float[np.ndarray, "r k"]:
    """Orthonormal rows that span the brackets of two subspaces, shape ``(r, k)``.

    Example:
        >>> import numpy as np
        >>> len(image(np.zeros((2, 2, 2)), np.eye(2), np.eye(2), 0.0))
        0
    """
    brackets = np.einsum("pi,qj,ijk->pqk", a, b, f).reshape(-1, f.shape[2])
    _, sizes, rows = np.linalg.svd(brackets, full_matrices=False)
    if not sizes.size:
        return rows[:0]
    decision = cut(sizes, error, "brackets", top=0.5)
    return rows[: len(sizes) - decision.zeros]


def kernel_size(blocks: Float[np.ndarray, "d m"], error: float, name: str) -> tuple[Cut, Float[np.ndarray, "d d"]]:
    """How many combinations of the rows vanish, and the orthonormal combinations, the vanishing ones last.

    Example:
        >>> import numpy as np
        >>> kernel_size(np.array([[1.0], [0.0]]), 0.01, "rows")[0].zeros
        1
    """
    left, sizes, _ = np.linalg.svd(blocks, full_matrices=True)
    padded = np.concatenate([sizes, np.zeros(len(blocks) - len(sizes))])
    return cut(padded, error, name, top=0.5), left.T


def analyse_radical(levi: Levi) -> Radical:
    """Who acts on the nilpotent ideal, and of which kind it is.

    Arguments:
        levi: the decomposition.

    Returns:
        The parts that `name_algebra` puts together.

    Example:
        >>> import numpy as np
        >>> heisenberg = np.zeros((3, 3, 3))
        >>> heisenberg[0, 1, 2], heisenberg[1, 0, 2] = 1.0, -1.0
        >>> levi = Levi(np.zeros((3, 3, 3)), heisenberg, (), range(0), range(3), (), 0.0, 0.0, ())
        >>> analyse_radical(levi).kind
        'heisenberg(3)'
    """
    f, nil, error = levi.structure, levi.nil, max(levi.error, 1e-7)
    d = len(nil)
    onto = f[: nil.start, nil.start :, nil.start :]  # action of the quotient on the nilpotent ideal, rows [x, y] -> z
    strength = [float(np.linalg.norm(onto[part.start : part.stop]) / np.sqrt(len(part))) for part in levi.simple]
    acting = tuple(bool(d and size > max(4 * error, 0.1)) for size in strength)
    centre_rows, centre_cut = np.eye(len(levi.centre)), None
    moving = 0
    if d and len(levi.centre):
        centre_cut, centre_rows = kernel_size(onto[levi.centre.start :].reshape(len(levi.centre), -1), error, "action of the centre")
        moving = len(levi.centre) - centre_cut.zeros
    elements = np.tensordot(centre_rows, levi.basis[levi.centre.start : levi.centre.stop], axes=1)
    compact_acting, compact_centre = _compact(elements[:moving], levi.noise), _compact(elements[moving:], levi.noise)
    rows = [onto[part.start : part.stop] for part, acts in zip(levi.simple, acting, strict=True) if acts]
    rows.append(np.tensordot(centre_rows[:moving], onto[levi.centre.start :], axes=1))
    free, kind, decision = _kind(f, nil, error)
    cuts = tuple(c for c in (centre_cut, decision) if c is not None)
    counts = (compact_centre, len(levi.centre) - moving - compact_centre, compact_acting, moving - compact_acting)
    return Radical(acting, *counts, np.swapaxes(np.concatenate(rows), 1, 2), free, kind, cuts)


def _compact(elements: Float[np.ndarray, "d n n"], noise: float) -> int:
    """Number of independent directions that generate rotations: antisymmetric in the balanced frame, eigenvalues imaginary."""
    if not len(elements):
        return 0
    symmetric = ((elements + np.swapaxes(elements, 1, 2)) / 2).reshape(len(elements), -1)
    left, sizes, _ = np.linalg.svd(symmetric, full_matrices=True)
    sizes = np.concatenate([sizes, np.zeros(len(elements) - len(sizes))])
    spectra = np.linalg.eigvals(np.tensordot(left.T, elements, axes=1))
    real, imaginary = np.abs(spectra.real).max(axis=1), np.abs(spectra.imag).max(axis=1)
    return int(np.sum((sizes < PURE) & (real <= max(4 * noise, 1e-6) * imaginary)))


def _kind(f: Float[np.ndarray, "k k k"], nil: range, error: float) -> tuple[int, str, Cut | None]:
    """Number of abelian summands in the nilpotent ideal, the name of the rest, and the decision about the centre."""
    d, k = len(nil), len(f)
    if not d:
        return 0, "", None
    decision, rows = kernel_size(f[nil.start :].reshape(d, -1), error, "centre inside the nilpotent ideal")
    central = np.zeros((decision.zeros, k))
    central[:, nil.start :] = rows[d - decision.zeros :]
    free = 0
    if decision.zeros:
        derived = image(f, np.eye(k), np.eye(k), error)
        outside = central - central @ derived.T @ derived
        free = int(np.sum(np.linalg.svd(outside, compute_uv=False) > 0.5))
    left = d - free
    if not left:
        return free, "", decision
    inner = f[nil.start :, nil.start :, nil.start :]
    steps = series(inner, error, lower=True)
    if steps[1:] == (0,):
        return free, "R" if left == 1 else f"R^{left}", decision
    own, _ = kernel_size(inner.reshape(d, -1), error, "centre of the nilpotent ideal")
    if steps[1:] == (1, 0) and own.zeros - free == 1:
        return free, f"heisenberg({left})", decision
    return free, f"nilpotent({left})", decision

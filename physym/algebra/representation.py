"""Representations as values: how a matrix group acts on vectors, tensors and direct sums of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from physym._typing import Float, Shaped
from physym.errors import ShapeError

Factor = tuple[str, int]  # a letter and its tensor power
Term = tuple[int, tuple[Factor, ...]]  # a multiplicity and the tensor factors in order
_LETTERS = ("S", "V", "V*", "C", "C*", "C~")
_FACTOR = re.compile(r"\s*(S|V\*?|C[*~]?)(?:\^(\d+))?\s*(?:⊗\s*(?=[SVC]))?")  # ⊗ stands between two factors only


@dataclass(frozen=True, init=False, repr=False)
class Rep:
    """A direct sum of tensor products of the defining representation, written as text: ``Rep("2V + S", n=4)``.

    Grammar: a sum ``T + T + …`` of terms; a term is an optional multiplicity and tensor factors side by side, each with an
    optional power: ``3V``, ``V^2``, ``V V*``, ``2V^2 V*`` (``⊗`` between factors is accepted). The factors are

    - ``S``  the scalar, on which nothing acts;
    - ``V``  the vector, moved by g, and ``V*`` its dual, moved by ``g⁻ᵀ``;
    - ``C``, ``C*``, ``C~``  the vector, dual and conjugate vector of a complex g, stored as the real pair ``(Re, Im)``:
      ``A + iB`` acts as ``[[A, −B], [B, A]]``, tensor products are taken over the complex numbers.

    A representation is real (S and V) or complex (S and C), not both. Order is kept, as it is the order of the coordinates;
    equal neighbours are gathered, so ``V + V`` equals ``2V`` and ``V V`` equals ``V^2``.

    Arguments:
        text: the sum of terms.
        n: size of the matrices g.

    Raises:
        ShapeError: the text does not follow the grammar (the sentence says where), or ``n`` is below 1.

    Example:
        >>> rep = Rep("V + V + S", n=4)
        >>> rep, rep.dim, eval(repr(rep)) == rep
        (Rep('2V + S', n=4), 9, True)
    """

    terms: tuple[Term, ...]
    n: int

    def __init__(self, text: str, *, n: int) -> None:
        if n < 1:
            raise ShapeError(f"n = {n}; expected the size of the group's matrices, at least 1.")
        object.__setattr__(self, "terms", _parse(text))
        object.__setattr__(self, "n", n)
        letters = {letter[0] for _, factors in self.terms for letter, _ in factors}
        if {"V", "C"} <= letters:
            raise ShapeError(f"{text!r} mixes V and C; write the real vector of a real group V and keep C for complex matrices throughout.")

    @property
    def text(self) -> str:
        """The canonical text, for instance ``2V + S``."""
        return " + ".join((str(count) if count > 1 else "") + _write(factors) for count, factors in self.terms)

    @cached_property
    def dim(self) -> int:
        """Number of real coordinates."""
        return sum(count * _size(factors, self.n) for count, factors in self.terms)

    @property
    def copies_of_vector(self) -> int | None:
        """K where the representation is exactly K copies of the vector V, else None."""
        count, factors = self.terms[0]
        return count if len(self.terms) == 1 and factors == (("V", 1),) else None

    @property
    def is_complex(self) -> bool:
        """Whether a factor C occurs, so that complex matrices may act."""
        return any(letter[0] == "C" for _, factors in self.terms for letter, _ in factors)

    def rho(self, g: Shaped[np.ndarray, "*batch n n"]) -> Float[np.ndarray, "*batch d d"]:
        """The matrix by which a group element moves the coordinates.

        Arguments:
            g: group elements, shape ``(..., n, n)``; complex only where the representation is.

        Returns:
            Real matrices, shape ``(..., dim, dim)``, with ``rho(g h) = rho(g) rho(h)``.

        Raises:
            ShapeError: ``g`` has the wrong shape, or is complex where the representation is real.

        Example:
            >>> import numpy as np
            >>> Rep("V^2", n=2).rho(2 * np.eye(2))[0, 0]
            np.float64(4.0)
        """
        self._check(g)
        blocks = []
        for count, factors in self.terms:
            matrix = np.ones((*g.shape[:-2], 1, 1))
            for letter, power in factors:
                for _ in range(power):
                    matrix = _kron(matrix, _group_factor(letter, g))
            blocks += [_real(matrix, factors)] * count
        return _block_diagonal(blocks)

    def drho(self, generator: Shaped[np.ndarray, "*batch n n"]) -> Float[np.ndarray, "*batch d d"]:
        """The matrix by which a generator moves the coordinates: the derivative of ``rho`` at the identity.

        Arguments:
            generator: elements of the Lie algebra, shape ``(..., n, n)``; complex only where the representation is.

        Returns:
            Real matrices, shape ``(..., dim, dim)``, linear over the reals in the generator, with ``rho(exp L) = exp(drho(L))``.

        Raises:
            ShapeError: ``generator`` has the wrong shape, or is complex where the representation is real.

        Example:
            >>> import numpy as np
            >>> Rep("V*", n=2).drho(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
            [[-1.0, -3.0], [-2.0, -4.0]]
        """
        self._check(generator)
        blocks = []
        for count, factors in self.terms:
            matrix = np.zeros((*generator.shape[:-2], 1, 1))
            for letter, power in factors:
                for _ in range(power):
                    step = _algebra_factor(letter, generator)
                    matrix = _kron(matrix, np.eye(step.shape[-1])) + _kron(np.eye(matrix.shape[-1]), step)
            blocks += [_real(matrix, factors)] * count
        return _block_diagonal(blocks)

    def _check(self, matrix: Shaped[np.ndarray, "..."]) -> None:
        if matrix.shape[-2:] != (self.n, self.n):
            raise ShapeError(f"a matrix of shape {matrix.shape} acts on {self!r}; expected (..., {self.n}, {self.n}).")
        if np.iscomplexobj(matrix) and not self.is_complex:
            raise ShapeError(f"a complex matrix acts on the real {self!r}; write C for its vector, stored as a real pair.")

    def __add__(self, other: Rep) -> Rep:
        if other.n != self.n:
            raise ShapeError(f"{self!r} + {other!r}: the groups act on {self.n} and {other.n} coordinates; expected the same.")
        return Rep(f"{self.text} + {other.text}", n=self.n)

    def __mul__(self, other: Rep | int) -> Rep:
        """The tensor product with another representation, or so many copies."""
        if isinstance(other, int):
            if other < 1:
                raise ShapeError(f"{other} copies of {self!r}; expected at least 1.")
            return Rep(" + ".join([self.text] * other), n=self.n)
        if other.n != self.n:
            raise ShapeError(f"{self!r} * {other!r}: the groups act on {self.n} and {other.n} coordinates; expected the same.")
        if len(self.terms) > 1 or self.terms[0][0] > 1 or len(other.terms) > 1 or other.terms[0][0] > 1:
            raise ShapeError(f"{self!r} * {other!r}: a tensor product is written between single terms; multiply out the sums.")
        return Rep(f"{self.text} {other.text}", n=self.n)

    def __rmul__(self, count: int) -> Rep:
        return self * count

    def __repr__(self) -> str:
        return f"Rep({self.text!r}, n={self.n})"


def _parse(text: str) -> tuple[Term, ...]:
    terms: list[Term] = []
    position = 0
    for part in text.split("+"):
        terms.append(_parse_term(text, part, position))
        position += len(part) + 1
    gathered = [(sum(count for count, _ in run), factors) for factors, group in groupby(terms, key=lambda t: t[1]) for run in [list(group)]]
    return tuple(gathered)


def _parse_term(text: str, part: str, position: int) -> Term:
    head = re.match(r"\s*(\d*)\s*", part)
    start = head.end() if head else 0
    count = int(head.group(1) or 1) if head else 1
    factors: list[Factor] = []
    while start < len(part):
        found = _FACTOR.match(part, start)
        if not found:
            raise _unparsable(text, position + start, part[start:].split()[0])
        factors.append((found.group(1), int(found.group(2) or 1)))
        start = found.end()
    if not factors or count < 1 or any(power < 1 for _, power in factors):
        raise _unparsable(text, position, part.strip() or "nothing")
    moved = [(letter, power) for letter, power in factors if letter != "S"]
    runs = [(letter, sum(power for _, power in group)) for letter, group in groupby(moved, key=lambda f: f[0])]
    return count, tuple(runs) or (("S", 1),)


def _unparsable(text: str, position: int, found: str) -> ShapeError:
    return ShapeError(
        f"cannot read the representation {text!r} at character {position + 1} ({found!r}); expected a sum of terms such as "
        f"'2V + S' or 'V^2 V*' with positive counts and powers and the factors {', '.join(_LETTERS)}."
    )


def _write(factors: tuple[Factor, ...]) -> str:
    return " ".join(letter + (f"^{power}" if power > 1 else "") for letter, power in factors)


def _size(factors: tuple[Factor, ...], n: int) -> int:
    pair = 2 if any(letter[0] == "C" for letter, _ in factors) else 1
    return int(pair * n ** sum(power for letter, power in factors if letter != "S"))


def _group_factor(letter: str, g: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    if letter == "S":
        return np.ones((*g.shape[:-2], 1, 1))
    if letter.endswith("*"):
        return np.swapaxes(np.linalg.inv(g), -1, -2)
    return g.conj() if letter.endswith("~") else g


def _algebra_factor(letter: str, generator: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    if letter == "S":
        return np.zeros((*generator.shape[:-2], 1, 1))
    if letter.endswith("*"):
        return -np.swapaxes(generator, -1, -2)
    return generator.conj() if letter.endswith("~") else generator


def _kron(a: Shaped[np.ndarray, "..."], b: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Kronecker product of the last two axes, broadcast over the others."""
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    size = a.shape[-1] * b.shape[-1]
    return np.asarray(product.reshape(*product.shape[:-4], size, size))


def _real(matrix: Shaped[np.ndarray, "..."], factors: tuple[Factor, ...]) -> Float[np.ndarray, "*batch d d"]:
    """The real form of a block: itself, or ``[[Re, −Im], [Im, Re]]`` for complex factors."""
    if not any(letter[0] == "C" for letter, _ in factors):
        return np.asarray(matrix.real, dtype=np.float64)
    real, imaginary = matrix.real, matrix.imag
    return np.concatenate([np.concatenate([real, -imaginary], -1), np.concatenate([imaginary, real], -1)], -2)


def _block_diagonal(blocks: list[Float[np.ndarray, "..."]]) -> Float[np.ndarray, "*batch d d"]:
    batch = np.broadcast_shapes(*(block.shape[:-2] for block in blocks))
    size = sum(block.shape[-1] for block in blocks)
    result = np.zeros((*batch, size, size))
    start = 0
    for block in blocks:
        stop = start + block.shape[-1]
        result[..., start:stop, start:stop] = block
        start = stop
    return result

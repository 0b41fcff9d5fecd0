"""The parts that a Lie algebra is decomposed into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float
from physym.algebra.structure.simple import RealForm
from physym.algebra.structure.spectra import Cut


@dataclass(frozen=True, eq=False)
class Levi:
    """An algebra in adapted, orthonormal generators: simple ideals, then centre of the quotient, then the nilpotent ideal.

    Arguments:
        basis: adapted generators in the balanced frame, shape ``(k, n, n)``.
        structure: structure constants of that basis, with the blocks that must vanish set to zero, shape ``(k, k, k)``.
        simple: index ranges of the simple ideals modulo the nilpotent ideal.
        centre: index range of the centre of the reductive quotient.
        nil: index range of the ideal that acts by nilpotent matrices.
        complex_simple: for each simple ideal, whether it is a complex algebra seen as real.
        error: rms error of a structure constant's row, the scale below which nothing is resolved.
        noise: rms error of one adapted generator (unit norm) of the reductive part.
        cuts: the decisions that were made, in order.
    """

    basis: Float[np.ndarray, "k n n"]
    structure: Float[np.ndarray, "k k k"]
    simple: tuple[range, ...]
    centre: range
    nil: range
    complex_simple: tuple[bool, ...]
    error: float
    noise: float
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, eq=False)
class Radical:
    """How the radical is made.

    Arguments:
        acting: for each simple ideal, whether it acts on the nilpotent ideal.
        compact_centre: number of compact directions in the centre of the quotient that commute with the nilpotent ideal.
        split_centre: number of the other such directions.
        compact_acting: number of compact directions of that centre that act on the nilpotent ideal.
        split_acting: number of the other acting ones.
        action: matrices of everything that acts on the nilpotent ideal, shape ``(a, d, d)``.
        free: number of abelian summands in the nilpotent ideal.
        kind: name of what is left of the nilpotent ideal; empty where nothing is.
        cuts: the decisions that were made.
    """

    acting: tuple[bool, ...]
    compact_centre: int
    split_centre: int
    compact_acting: int
    split_acting: int
    action: Float[np.ndarray, "a d d"]
    free: int
    kind: str
    cuts: tuple[Cut, ...]


@dataclass(frozen=True)
class Factor:
    """A simple ideal with its names.

    Arguments:
        name: the preferred name.
        aliases: names of isomorphic algebras.
        form: what is known of it; None where no classical algebra fits.
        dimension: real dimension.
        compact: number of compact directions.
        acts: whether it acts on the nilpotent ideal.
    """

    name: str
    aliases: tuple[str, ...]
    form: RealForm | None
    dimension: int
    compact: int
    acts: bool

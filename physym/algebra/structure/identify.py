"""Identify a measured matrix Lie algebra: its name, its structure and the evidence for each decision."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.structure.balance import PENALTY, balance
from physym.algebra.structure.levi import levi_decomposition
from physym.algebra.structure.naming import name_algebra, name_factors
from physym.algebra.structure.parts import Factor, Levi, Radical
from physym.algebra.structure.prepare import expected_residual, implied_error, prepared, residual_and_brackets
from physym.algebra.structure.radical import analyse_radical, kernel_size, series
from physym.algebra.structure.spectra import cut

HOPELESS = 0.5  # relative error per generator, implied by the closure residual, at which a span is no Lie algebra


@dataclass(frozen=True, eq=False)
class Identification:
    """What a Lie algebra is.

    Arguments:
        name: ideals joined by `` ⊕ ``, abelian ones last, such as ``so(1,3) ⊕ R``.
        aliases: names of isomorphic algebras; the primary name is chosen by the representation.
        factors: names of the simple ideals of the Levi factor.
        dimension: number of independent generators.
        levi_dimension: dimension of the semisimple Levi factor.
        radical_dimension: dimension of the largest solvable ideal.
        nilradical_dimension: dimension of the largest nilpotent ideal.
        centre_dimension: dimension of the centre.
        killing_signature: numbers of positive, negative and zero directions of the Killing form.
        derived_series: dimensions of ``g, [g, g], …`` until they stop falling.
        lower_central_series: dimensions of ``g, [g, g], [g, [g, g]], …``.
        rank: dimension of a Cartan subalgebra.
        closure: the closure residual of the generators as given.
        error: relative error per generator that the decisions assumed.
        closed: whether the span closes under the bracket within its errors.
        evidence: the decisions in sentences, with the gap behind each.
    """

    name: str
    aliases: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    dimension: int = 0
    levi_dimension: int = 0
    radical_dimension: int = 0
    nilradical_dimension: int = 0
    centre_dimension: int = 0
    killing_signature: tuple[int, int, int] = (0, 0, 0)
    derived_series: tuple[int, ...] = (0,)
    lower_central_series: tuple[int, ...] = (0,)
    rank: int = 0
    closure: float = 0.0
    error: float = 0.0
    closed: bool = True
    evidence: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        also = f" (also {', '.join(self.aliases[:4])})" if self.aliases else ""
        plus, minus, zero = self.killing_signature
        parts = f"dimension {self.dimension} = {self.levi_dimension} semisimple + {self.radical_dimension} radical, rank {self.rank}"
        closes = "closes" if self.closed else "does NOT close"
        return (
            f"Identification: {self.name}{also}\n  {parts}, Killing signature ({plus}, {minus}, {zero})\n"
            f"  {closes} within its errors: residual {self.closure:.1e}, error per generator {self.error:.1e}"
        )


def identify(algebra: LieAlgebra, *, error: float | None = None) -> Identification:
    """Name a Lie algebra of matrices, with the structure behind the name.

    The span is moved to its balanced frame, where compact generators are antisymmetric, split ones symmetric and the nilpotent
    ideal has no trace form; every rank is then cut at the widest gap above the errors, so the most degenerate structure within
    the errors wins (a measured se(3) is not taken for the so(4) or so(1,3) next to it).

    Arguments:
        algebra: generators of shape ``(k, n, n)``, measured or exact, in any basis and any coordinates.
        error: Frobenius norm of a generator's error over its own; by default from the covariance, else from the closure residual.

    Returns:
        The identification; ``closed`` is False, and the first sentence of the evidence says so, for a span that does not close.

    References:
        W. A. de Graaf, Lie Algebras: Theory and Algorithms (2000), chapters 2–5.

    Example:
        >>> from physym.algebra.catalogue import change_of_basis, dilation, extend, so
        >>> lorentz = extend(so(1, 3), dilation(4))
        >>> identify(change_of_basis(lorentz, seed=1, conjugate=True, error=0.01)).name
        'so(1,3) ⊕ R'
    """
    basis, draws, size = prepared(algebra, error)
    k = len(basis)
    if not k:
        return Identification("0", evidence=("No generator differs from zero.",))
    residual, implied = residual_and_brackets(basis)[0], implied_error(basis)
    if implied > HOPELESS:
        sentence = f"The span does not close under the bracket: residual {residual:.2g}, as if every generator were wrong by {implied:.0%}."
        return Identification(f"not closed ({k})", dimension=k, closure=residual, error=size, closed=False, evidence=(sentence,))
    expected = expected_residual(basis, draws)
    closed = residual <= max(5 * expected, 1e-8)
    levi = _decomposed(basis, draws)
    radical = analyse_radical(levi)
    factors = name_factors(levi, radical.acting)
    return _report(levi, radical, factors, (residual, expected, size, closed))


def _decomposed(basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"]) -> Levi:
    """The decomposition in the frame that shows the nilpotent ideal most clearly; a stiffer frame is tried only where it does not."""
    best: Levi | None = None
    for penalty in (PENALTY, 10 * PENALTY, 100 * PENALTY):
        balanced = balance(basis, draws, penalty=penalty)
        levi = levi_decomposition(balanced.basis, balanced.draws)
        if best is None or levi.cuts[0].gap > 2 * best.cuts[0].gap:
            best = levi
        if best.cuts[0].clear:
            return best
    return levi if best is None else best


def _report(levi: Levi, radical: Radical, factors: tuple[Factor, ...], closure: tuple[float, float, float, bool]) -> Identification:
    residual, expected, size, closed = closure
    f, error = levi.structure, max(levi.error, 1e-7)
    k, s, d = len(f), levi.centre.start, len(levi.nil)
    name, aliases = name_algebra(factors, radical, error)
    inner = radical.compact_centre + radical.split_centre
    centre = kernel_size(f.reshape(k, -1), error, "centre")[0].zeros if d else inner
    sentence = f"Closure residual {residual:.1e}; the errors alone would leave {expected:.1e}."
    if not closed:
        sentence = f"The span does NOT close within its errors: residual {residual:.1e}, the errors alone would leave {expected:.1e}."
    cuts = levi.cuts + radical.cuts
    evidence = [sentence] + [f"{c.sentence}{'' if c.clear else ' (not clear)'}." for c in cuts]
    if not d:
        derived: tuple[int, ...] = (k, s) if s < k else (k,)
        lower = derived
    else:
        derived, lower = series(f, error, lower=False), series(f, error, lower=True)
    return Identification(
        name,
        aliases,
        tuple(factor.name for factor in factors),
        k,
        s,
        k - s,
        d + inner,
        centre,
        _killing_signature(levi, factors, error),
        derived,
        lower,
        _rank(levi, factors),
        residual,
        size,
        closed,
        tuple(evidence),
    )


def _killing_signature(levi: Levi, factors: tuple[Factor, ...], error: float) -> tuple[int, int, int]:
    """Non-degenerate on the Levi factor; on the centre of the quotient it is the trace form of the action on the nilpotent ideal."""
    minus = sum(factor.compact for factor in factors)
    plus = levi.centre.start - minus
    if len(levi.centre) and len(levi.nil):
        onto = levi.structure[levi.centre.start : levi.centre.stop, levi.nil.start :, levi.nil.start :]
        values = np.linalg.eigvalsh(np.einsum("aij,bji->ab", onto, onto))
        kept = cut(values, error**2 + 1e-12, "Killing form on the centre", top=0.5)
        large = values[np.argsort(np.abs(values))[kept.zeros :]]
        plus, minus = plus + int(np.sum(large > 0)), minus + int(np.sum(large < 0))
    return plus, minus, len(levi.structure) - plus - minus


def _rank(levi: Levi, factors: tuple[Factor, ...]) -> int:
    """Ranks of the factors, the centre of the quotient, and what of the nilpotent ideal commutes with a generic Cartan element."""
    ranks = sum(factor.form.rank if factor.form else 0 for factor in factors) + len(levi.centre)
    d = len(levi.nil)
    if not d:
        return ranks
    m = levi.nil.start
    rng, evidence = np.random.default_rng(2), np.zeros(d + 1)
    onto = levi.structure[:m, m:, m:] if m else np.zeros((1, d, d))
    floor = 1e-6 + levi.error / 2
    for _ in range(24):  # one generic element may have a small weight by accident: add up what many of them say
        generic = rng.standard_normal(len(onto))
        sizes = np.sort(np.abs(np.linalg.eigvals(np.tensordot(generic / np.linalg.norm(generic), onto, axes=1))))
        evidence += np.log(np.append(sizes, 0.3) + floor) - np.log(np.append(0.0, sizes) + floor)
    return ranks + int(np.argmax(evidence))

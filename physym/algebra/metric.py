"""Invariant metrics: symmetric forms J with ``LᵀJ + JL = 0`` for every generator, or ``= μ(L) J`` where the algebra dilates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from physym._typing import Float
from physym.algebra.lie_algebra import LieAlgebra
from physym.algebra.nullspace import null_space
from physym.errors import NoInvariantForm

LEAST_GAP = 4.0  # so(1,3) with 28 % error still shows a gap of about 5, generic generators one of about 2
ROUND_OFF = 1e-9  # ratios below this are round-off of generators given in double precision


@dataclass(frozen=True, eq=False)
class InvariantMetric:
    """The symmetric form that an algebra preserves, with its sign and scale fixed: ``|det J| = 1`` and ``J[0, 0] > 0``.

    Where ``J[0, 0]`` vanishes the largest entry is positive instead, so ``(E, px, py, pz)`` gives the signature (+,−,−,−).

    Arguments:
        matrix: J, shape ``(n, n)``; a non-degenerate combination of ``forms``, the closest to the identity where there are several.
        forms: all independent invariant forms, shape ``(f, n, n)``, of unit Frobenius norm.
        signature: numbers of positive and of negative eigenvalues of J.
        residual: root mean square of ``‖LᵀJ + JL − μJ‖ / ‖J‖`` over an orthonormal basis of the generators; 0 for exact invariance.
        errors: standard errors of the entries of J, shape ``(n, n)``; zeros where the algebra has no covariance.
        coordinates: names of the coordinates; may be empty.
        conformal: True where the algebra also dilates, so that the form is preserved up to a factor only.

    Example:
        >>> from physym.algebra.catalogue import so
        >>> invariant_metric(so(1, 3)).signature
        (1, 3)
    """

    matrix: Float[np.ndarray, "n n"]
    forms: Float[np.ndarray, "f n n"]
    signature: tuple[int, int]
    residual: float
    errors: Float[np.ndarray, "n n"]
    coordinates: tuple[str, ...] = ()
    conformal: bool = False

    @property
    def statement(self) -> str:
        """What is preserved, as a sentence."""
        kept = "preserved up to a factor: the algebra also dilates" if self.conformal else "preserved"
        several = f" (one of {len(self.forms)} independent forms)" if len(self.forms) > 1 else ""
        return f"a form of signature ({self.signature[0]}, {self.signature[1]}) is {kept}{several}"

    def __repr__(self) -> str:
        names = f" in ({', '.join(self.coordinates)})" if self.coordinates else ""
        diagonal = np.diag(self.matrix)
        shown = ", ".join(f"{value:.4g}" for value in diagonal)
        off = float(np.abs(self.matrix - np.diag(diagonal)).max(initial=0.0))
        error = f"entries ± {self.errors.max():.1e}" if self.errors.any() else "no errors given"
        return (
            f"InvariantMetric: {self.statement}{names}\n"
            f"  diagonal ({shown}), largest off-diagonal entry {off:.1e}, {error}, residual {self.residual:.1e}"
        )


def invariant_metric(algebra: LieAlgebra) -> InvariantMetric:
    """Solve for every symmetric form that the algebra preserves, strictly or up to a factor.

    The generators are first freed of their traces: a non-degenerate J with ``LᵀJ + JL = μ(L) J`` forces
    ``μ(L) = 2 tr L / n``, so the conformal problem is the strict one for ``L − (tr L / n)·1``, one linear system
    solved by its smallest singular vectors.

    Arguments:
        algebra: generators of shape ``(k, n, n)``; a covariance, where there is one, gives the noise level and the errors.

    Returns:
        The metric, all forms, the residual and the errors.

    Raises:
        NoInvariantForm: no symmetric form is preserved, or degenerate ones only.

    References:
        Errors: first-order perturbation of a null space, Stewart and Sun, Matrix Perturbation Theory (1990), chapter V.

    Example:
        >>> from physym.algebra.catalogue import dilation, extend, so
        >>> metric = invariant_metric(extend(so(1, 3), dilation(4)))
        >>> metric.matrix.round(12).diagonal().tolist(), metric.conformal
        ([1.0, -1.0, -1.0, -1.0], True)
    """
    n, k = algebra.n, algebra.dimension
    mixing, generators = _orthonormal(algebra.basis)
    traces = np.einsum("kii->k", generators)
    traceless = generators - (traces / n)[:, None, None] * np.eye(n)
    system = _action_on_forms(traceless)
    solution = null_space(system.reshape(-1, system.shape[-1]), noise=_noise(algebra, mixing), least_gap=LEAST_GAP, scale=1.0)
    if not solution.dimension:
        least = solution.singular_values[-1]
        raise NoInvariantForm(
            f"{k} generators of size {n}×{n} preserve no symmetric form, not even up to a factor: the best misses by {least:.1e} "
            "(0 would be exact). Expected an algebra inside so(p,q), possibly with dilations."
        )
    forms = np.einsum("sf,sij->fij", solution.basis, _symmetric_basis(n))
    candidate = _choose(forms)
    defects = candidate @ traceless
    defects = defects + np.swapaxes(defects, 1, 2)
    residual = float(np.linalg.norm(defects) / np.sqrt(max(k, 1)) / np.linalg.norm(candidate))
    matrix, eigenvalues = _normalised(candidate, residual, len(forms))
    conformal, trace = _dilates(traces, residual, n, k)
    errors = np.zeros((n, n))
    if algebra.covariance is not None:
        errors = _errors(matrix, system, solution.basis, mixing, algebra.covariance)
    positive = int((eigenvalues > 0).sum())
    return InvariantMetric(
        matrix=matrix,
        forms=_sparse(forms) if len(forms) > 1 else matrix[None] / np.linalg.norm(matrix),
        signature=(positive, n - positive),
        residual=residual if conformal else float(np.hypot(residual, trace)),
        errors=errors,
        coordinates=algebra.coordinates,
        conformal=conformal,
    )


def _dilates(traces: Float[np.ndarray, "l"], residual: float, n: int, k: int) -> tuple[bool, float]:
    """Whether the traces are more than an error of the generators, and the strict residual that they cause.

    They are where the span holds the identity (cosine above .7), or where they exceed the residual of everything else threefold.
    """
    size = float(np.linalg.norm(traces))
    residual_of_trace = 2 * size / n / max(k, 1) ** 0.5
    return size > 0.7 * n**0.5 or residual_of_trace > max(3 * residual, ROUND_OFF), residual_of_trace


@lru_cache(maxsize=32)
def _symmetric_basis(n: int) -> Float[np.ndarray, "s n n"]:
    """Symmetric matrices of unit Frobenius norm, the upper triangle row by row."""
    rows, columns = np.triu_indices(n)
    basis = np.zeros((len(rows), n, n))
    weight = np.where(rows == columns, 1.0, np.sqrt(0.5))
    basis[np.arange(len(rows)), rows, columns] = weight
    basis[np.arange(len(rows)), columns, rows] = weight
    basis.setflags(write=False)
    return basis


def _orthonormal(basis: Float[np.ndarray, "k n n"]) -> tuple[Float[np.ndarray, "r k"], Float[np.ndarray, "r n n"]]:
    """``mixing @ basis`` with orthonormal generators, so that no answer depends on the basis of the span."""
    flat = basis.reshape(len(basis), basis.shape[1] ** 2)
    left, values, right = np.linalg.svd(flat, full_matrices=False)
    keep = values > 1e-12 * values.max(initial=0.0)
    mixing = (left[:, keep] / values[keep]).T
    return mixing, right[keep].reshape(-1, *basis.shape[1:])


def _action_on_forms(generators: Float[np.ndarray, "k n n"]) -> Float[np.ndarray, "k s s"]:
    """The map ``J ↦ LᵀJ + JL`` in the basis of symmetric matrices; column a is the image of the a-th of them."""
    n = generators.shape[1]
    symmetric = _symmetric_basis(n)
    images = symmetric @ generators[:, None]
    rows, columns = np.triu_indices(n)
    weight = np.where(rows == columns, 1.0, np.sqrt(2.0))
    images = (images[:, :, rows, columns] + images[:, :, columns, rows]) * weight
    return np.asarray(np.swapaxes(images, 1, 2))


def _noise(algebra: LieAlgebra, mixing: Float[np.ndarray, "k l"]) -> float | None:
    """Standard error of an entry of the map on forms, from the errors of the generators; None where none are known.

    An image ``LᵀJ + JL`` of a form of unit norm doubles the error of L at most.
    """
    if algebra.covariance is None or not algebra.errors.any():
        return None
    variances = (mixing**2) @ (algebra.errors**2).reshape(algebra.dimension, -1)
    return 2 * float(np.sqrt(variances.mean() / algebra.n))


def _choose(forms: Float[np.ndarray, "f n n"]) -> Float[np.ndarray, "n n"]:
    """A non-degenerate form of the family: the projection of the identity, else the best conditioned of fixed combinations."""
    if len(forms) == 1:
        return np.asarray(forms[0])
    near_identity = np.einsum("f,fij->ij", np.einsum("fii->f", forms), forms)
    if _conditioning(near_identity) > 0.05:
        return np.asarray(near_identity)
    weights = np.random.default_rng(0).normal(size=(64, len(forms)))
    trials = [near_identity, *forms, *np.einsum("tf,fij->tij", weights, forms)]
    return max(trials, key=_conditioning)


def _sparse(forms: Float[np.ndarray, "f n n"]) -> Float[np.ndarray, "f n n"]:
    """The same family in reduced row-echelon form, every member of unit norm, so that separate blocks show as such."""
    rows = forms.reshape(len(forms), -1).copy()
    for i in range(len(rows)):
        pivot = np.abs(rows[i:]).max(0).argmax()
        best = i + np.abs(rows[i:, pivot]).argmax()
        rows[[i, best]] = rows[[best, i]]
        rows[i] /= rows[i, pivot]
        others = np.arange(len(rows)) != i
        rows[others] -= rows[others, pivot][:, None] * rows[i]
    return np.asarray((rows / np.linalg.norm(rows, axis=1, keepdims=True)).reshape(forms.shape))


def _conditioning(form: Float[np.ndarray, "n n"]) -> float:
    """Smallest over largest absolute eigenvalue; 0 for a degenerate form."""
    sizes = np.abs(np.linalg.eigvalsh(form))
    return float(sizes.min() / sizes.max()) if sizes.max() > ROUND_OFF else 0.0


def _normalised(form: Float[np.ndarray, "n n"], residual: float, family: int) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n"]]:
    """The form with ``|det| = 1`` and the sign convention, and its eigenvalues."""
    eigenvalues = np.linalg.eigvalsh(form)
    sizes = np.abs(eigenvalues)
    negligible = max(ROUND_OFF, residual) * sizes.max()
    if sizes.min() <= negligible:
        rank = int((sizes > negligible).sum())
        raise NoInvariantForm(
            f"the algebra preserves degenerate symmetric forms only (a family of {family}, rank {rank} of {len(form)}), "
            "so there is no metric. Restrict the generators to the coordinates on which the form does not vanish."
        )
    corner = form[0, 0]
    if abs(corner) <= max(ROUND_OFF, residual) * np.abs(form).max():
        corner = form.flat[np.abs(form).argmax()]
    scale = np.sign(corner) / np.exp(np.log(sizes).mean())
    return form * scale, eigenvalues * scale


def _errors(
    matrix: Float[np.ndarray, "n n"],
    system: Float[np.ndarray, "l s s"],
    null: Float[np.ndarray, "s f"],
    mixing: Float[np.ndarray, "l k"],
    covariance: Float[np.ndarray, "p p"],
) -> Float[np.ndarray, "n n"]:
    """Standard errors of J: ``δv = −H⁺ δH v`` with H the stacked system, then the normalisation ``|det J| = 1``."""
    n, symmetric = len(matrix), _symmetric_basis(len(matrix))
    flat = system.reshape(-1, system.shape[-1])
    gram = flat.T @ flat
    weight = float(np.trace(gram)) / len(gram) or 1.0  # nothing but dilations: every form is preserved up to a factor
    inverse = np.linalg.inv(gram + weight * null @ null.T)
    inverse = inverse - null @ (null.T @ inverse)
    images = 2 * matrix @ symmetric  # derivative of ⟨S_a, LᵀJ + JL⟩ with respect to L
    images = images - (np.einsum("sii->s", images) / n)[:, None, None] * np.eye(n)
    mixed = np.tensordot(mixing, system, axes=(0, 0))  # (k, r, t)
    jacobian = -np.swapaxes(mixed @ inverse, 1, 2) @ images.reshape(len(images), -1)  # (k, s, n·n): how each generator moves J
    moved = np.tensordot(jacobian, symmetric.reshape(len(images), -1), axes=(1, 0)).reshape(-1, n * n).T
    relative = np.linalg.inv(matrix).T.ravel() @ moved / n
    moved = moved - matrix.reshape(-1, 1) * relative
    variances = ((moved @ covariance) * moved).sum(1)
    return np.asarray(np.sqrt(np.clip(variances, 0, None)).reshape(n, n))

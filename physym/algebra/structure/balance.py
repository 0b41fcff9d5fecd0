"""The balanced frame of a matrix Lie algebra, where compact generators are antisymmetric and split ones symmetric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from physym._typing import Float

PENALTY = 30.0  # weight of the errors: no direction is shrunk until its own errors reach some percent of it
NOISIEST = 0.2  # no change of coordinates may bring the errors of the span beyond this share of the signal
FLOOR = 1e-6  # relative error assumed of exact generators: it bounds how far a contraction is followed


@dataclass(frozen=True, eq=False)
class Balanced:
    """An orthonormal basis of a span after the change of coordinates that shortens it most, with sampled errors.

    Arguments:
        basis: orthonormal generators, shape ``(k, n, n)``, in the new coordinates.
        draws: draws of their errors, shape ``(r, k, n, n)``.
        frame: S with ``new = S old S⁻¹``, shape ``(n, n)``.
    """

    basis: Float[np.ndarray, "k n n"]
    draws: Float[np.ndarray, "r k n n"]
    frame: Float[np.ndarray, "n n"]


def error_draws(
    basis: Float[np.ndarray, "k n n"], covariance: Float[np.ndarray, "p p"] | None, error: float, count: int = 3
) -> Float[np.ndarray, "r k n n"]:
    """Draws of the errors of a basis, from its covariance or from one relative error per generator.

    Arguments:
        basis: generators, shape ``(k, n, n)``.
        covariance: of ``basis.ravel()``, shape ``(k·n·n, k·n·n)``, or None.
        error: Frobenius norm of the error of a generator over its own norm, used where no covariance is known.
        count: number of draws r; the seed is fixed, so the draws are a function of the arguments.

    Returns:
        Draws, shape ``(r, k, n, n)``.

    Example:
        >>> import numpy as np
        >>> error_draws(np.eye(2)[None], None, 0.01).shape
        (3, 1, 2, 2)
    """
    normal = np.random.default_rng(0).standard_normal((count, basis.size))
    norms = np.linalg.norm(basis, axis=(1, 2), keepdims=True)
    isotropic = normal.reshape(count, *basis.shape) * norms / basis.shape[1]
    if covariance is None:
        return np.asarray(max(error, FLOOR) * isotropic)
    spread = np.diag(covariance).clip(0)
    if np.abs(covariance - np.diag(np.diag(covariance))).max(initial=0.0) <= 1e-9 * spread.max(initial=0.0):
        correlated = normal * np.sqrt(spread)
    else:
        values, vectors = np.linalg.eigh(covariance)
        correlated = (normal * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return np.asarray(correlated.reshape(isotropic.shape) + FLOOR * isotropic)


def balance(
    basis: Float[np.ndarray, "k n n"], draws: Float[np.ndarray, "r k n n"], *, steps: int = 200, penalty: float = PENALTY
) -> Balanced:
    """Change of coordinates that makes a span of generators as short as possible (Kempf–Ness).

    Minimises the log-volume ``½ log det ⟨S L_a S⁻¹, S L_b S⁻¹⟩`` over S. At the minimum ``Σ_a [L_a, L_aᵀ] = 0``, and a reductive
    algebra becomes self-adjoint: every compact generator antisymmetric, every split one symmetric. The error draws enter
    the volume with a weight, so a direction is not shrunk until its own errors rule (a contraction such as se(3) has no minimum).

    Arguments:
        basis: generators, shape ``(k, n, n)``, linearly independent.
        draws: draws of their errors, shape ``(r, k, n, n)``.
        steps: largest number of steps of the descent.
        penalty: weight of the errors in the volume; the larger, the less a direction is shrunk.

    Returns:
        The balanced basis, its error draws and the frame.

    References:
        G. Kempf and L. Ness, "The length of vectors in representation spaces" (1979).

    Example:
        >>> import numpy as np
        >>> boost = np.array([[[0.0, 4.0], [0.25, 0.0]]])  # in units where the speed of light is 4
        >>> b = balance(boost, error_draws(boost, None, 0.0)).basis[0]
        >>> bool(np.allclose(b, b.T, atol=1e-5))
        True
    """
    k, n = basis.shape[:2]
    frame = np.eye(n)
    stack = np.concatenate([basis[None], penalty * draws / np.sqrt(len(draws))])
    volume, rate = _log_volume(stack), 0.25
    share = _noise_share(stack, penalty)
    limit = max(NOISIEST**2, 1.5 * share)
    close = 1e-7 if share > 1e-8 else 1e-14  # exact generators deserve a frame to round-off
    for _ in range(steps):
        moment = _moment(stack)
        slope = float(np.sum(moment**2))
        if slope < 0.1 * close:
            break
        trial, step, new = stack, frame, np.inf
        while rate > 1e-3:
            step, inverse = _exponentials(-rate * moment)
            trial = step @ stack @ inverse
            new = _log_volume(trial)
            if new <= volume - 0.3 * rate * slope and _noise_share(trial, penalty) <= limit:
                break
            rate /= 2
        if rate <= 1e-3 or volume - new < close:
            break
        stack, frame, volume, rate = trial, step @ frame, new, min(2 * rate, 1.0)
    inverse = np.linalg.inv(frame)
    moved, errors = frame @ basis @ inverse, frame @ draws @ inverse
    orthonormal, triangle = np.linalg.qr(moved.reshape(k, n * n).T)
    whiten = np.linalg.inv(triangle).T
    errors = np.einsum("ab,rbij->raij", whiten, errors)
    return Balanced(np.ascontiguousarray(orthonormal.T).reshape(k, n, n), errors, frame)


def _noise_share(stack: Float[np.ndarray, "r k n n"], penalty: float) -> float:
    """Squared error over squared signal in the worst directions of the span."""
    signal, noise = _flat(stack[:1]), _flat(stack[1:])
    return float(np.trace(np.linalg.solve(signal @ signal.T, noise @ noise.T))) / penalty**2


def _flat(stack: Float[np.ndarray, "r k n n"]) -> Float[np.ndarray, "k m"]:
    return np.ascontiguousarray(np.swapaxes(stack, 0, 1)).reshape(stack.shape[1], -1)


def _log_volume(stack: Float[np.ndarray, "r k n n"]) -> float:
    flat = _flat(stack)
    return float(0.5 * np.linalg.slogdet(flat @ flat.T)[1])


def _moment(stack: Float[np.ndarray, "r k n n"]) -> Float[np.ndarray, "n n"]:
    """Gradient of the log-volume along ``exp(tH)``, H symmetric: ``Σ_a [L_a, L_aᵀ]`` of the orthonormalised stack."""
    flat = _flat(stack)
    dual = np.linalg.solve(flat @ flat.T, flat).reshape(flat.shape[0], len(stack), *stack.shape[2:])
    x, y = np.swapaxes(stack, 0, 1), dual
    moment = np.einsum("arij,arlj->il", x, y) - np.einsum("arji,arjl->il", x, y)
    return np.asarray((moment + moment.T) / 2)


def _exponentials(h: Float[np.ndarray, "n n"]) -> tuple[Float[np.ndarray, "n n"], Float[np.ndarray, "n n"]]:
    values, vectors = np.linalg.eigh(h)
    return np.asarray((vectors * np.exp(values)) @ vectors.T), np.asarray((vectors * np.exp(-values)) @ vectors.T)

"""What a network says and how it changes: values and gradients row by row, in float64."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from physym._typing import Float
from physym.discovery.spectral.statistics.features import copies_of
from physym.errors import InvalidData, ShapeError

CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Response:
    """A function on rows of data: its values and its gradient there.

    Arguments:
        values: shape ``(N, q)``.
        jacobian: derivative of each output by each coordinate, shape ``(N, q, d)``.

    Example:
        >>> Response(np.ones((3, 1)), np.ones((3, 1, 2))).along(np.ones((3, 2)), np.eye(2)[None])[0].tolist()
        [[2.0]]
    """

    values: Float[np.ndarray, "N q"]
    jacobian: Float[np.ndarray, "N q d"]

    def along(
        self, x: Float[np.ndarray, "N d"], searched: Float[np.ndarray, "s n n"], searched_y: Float[np.ndarray, "s q q"] | None = None
    ) -> Float[np.ndarray, "N q s"]:
        """How the outputs fail to follow each matrix: ``J(x) A x − A' f(x)``.

        Arguments:
            x: rows of K vectors each, shape ``(N, d)``, with ``d = K·n``.
            searched: matrices A on one vector, shape ``(s, n, n)``.
            searched_y: matrices A' on the outputs, shape ``(s, q, q)``; None: the outputs should not change.

        Returns:
            Shape ``(N, q, s)``.
        """
        moved = np.einsum("sij,nj->nis", copies_of(searched, x.shape[1] // searched.shape[1]), x, optimize=True)
        change = np.asarray(self.jacobian @ moved)
        return change if searched_y is None else change - np.einsum("spq,nq->nps", searched_y, self.values, optimize=True)


def response(network: nn.Module, x: Float[np.ndarray, "N d"], *, device: str = "cpu") -> Response:
    """Values and gradients of a network in evaluation mode; the network itself is left as it is.

    Arguments:
        network: a module that maps rows ``(N, d)`` to ``(N,)`` or ``(N, q)``, each row by itself.
        x: rows, shape ``(N, d)``.
        device: where it is evaluated.

    Returns:
        The response, in float64 also for a float32 network, of which a copy is converted.

    Raises:
        ShapeError: the network does not return one row for each row of x.
        InvalidData: its values or gradients are not finite, or do not depend on x.

    Example:
        >>> network = nn.Linear(2, 1, bias=False)
        >>> found = response(network, np.ones((5, 2)))
        >>> found.values.shape, bool(np.allclose(found.jacobian[0, 0], network.weight.detach().numpy()[0]))
        ((5, 1), True)
    """
    copy = deepcopy(network).to(device=device, dtype=torch.float64).eval().requires_grad_(False)
    parts = [_chunk(copy, torch.from_numpy(x[i : i + CHUNK].copy()).to(device)) for i in range(0, len(x), CHUNK)]
    found = Response(np.concatenate([values for values, _ in parts]), np.concatenate([jacobian for _, jacobian in parts]))
    if not (np.isfinite(found.values).all() and np.isfinite(found.jacobian).all()):
        raise InvalidData("the network returns NaN or infinite values or gradients on these rows; check its training and the units of x.")
    return found


def _chunk(network: nn.Module, rows: torch.Tensor) -> tuple[Float[np.ndarray, "M q"], Float[np.ndarray, "M q d"]]:
    rows.requires_grad_(True)
    values = network(rows)
    if values.shape[:1] != rows.shape[:1] or values.ndim > 2:
        raise ShapeError(f"the network maps rows of shape {tuple(rows.shape)} to {tuple(values.shape)}; expected (N,) or (N, q).")
    values = values.reshape(len(rows), -1)
    if not values.requires_grad:
        raise InvalidData("the network's output has no gradient with respect to x; it must be differentiable, without detach or no_grad.")
    columns = [torch.autograd.grad(values[:, o].sum(), rows, retain_graph=True)[0] for o in range(values.shape[1])]
    return values.detach().cpu().numpy(), torch.stack(columns, dim=1).cpu().numpy()


def as_probability(logit: Response) -> Response:
    """The probability of label 1 that a logit, or a pair of class scores, stands for.

    Arguments:
        logit: a response with one output, or two whose difference is the logit.

    Returns:
        A response with one output between 0 and 1.

    Raises:
        ShapeError: there are more than two outputs.

    Example:
        >>> as_probability(Response(np.zeros((1, 1)), np.ones((1, 1, 1)))).jacobian.tolist()
        [[[0.25]]]
    """
    from scipy.special import expit

    outputs = logit.values.shape[1]
    if outputs > 2:
        raise ShapeError(f"the network has {outputs} outputs; a label of two classes needs one logit, or two class scores.")
    sign = np.array([-1.0, 1.0])[-outputs:]
    probability = expit(logit.values @ sign)
    slope = probability * (1 - probability)
    return Response(probability[:, None], slope[:, None, None] * np.einsum("q,nqd->nd", sign, logit.jacobian)[:, None])

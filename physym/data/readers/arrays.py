"""Plain ``(N, n, 4)`` arrays in memory or in files, whose last axis must be named by ``order``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from physym._typing import Float, Shaped
from physym.data.readers.base import RawJets, Request, near_misses, refuse_unused
from physym.data.readers.kinematics import NAMES, RELATIVE, complete, four_momenta
from physym.data.validation import check_labels, check_numbers, check_shape
from physym.errors import InvalidData

_EXAMPLES = "'E,px,py,pz', 'px,py,pz,E' or 'pt,eta,phi,m'"


def read(array: Any, request: Request, labels: Shaped[np.ndarray, "..."] | None) -> Iterator[RawJets]:
    """Jets of a NumPy array or torch tensor, chunk by chunk.

    Arguments:
        array: shape ``(N, n, 4)``; zero rows are padding.
        request: what the last axis means (``order``) and how many jets per chunk.
        labels: shape ``(N,)``, or None.

    Returns:
        Chunks of at most ``request.chunk_size`` jets.

    Raises:
        InvalidData: ``order`` is missing or not understood; zero jets; labels of the wrong length.
        ShapeError: no ``(N, n, 4)`` array.

    Example:
        >>> next(read(np.array([[[3.0, 4.0, 0.0, 5.0]]]), Request(order="px,py,pz,E"), None)).four_momenta.tolist()
        [[[5.0, 3.0, 4.0, 0.0]]]
    """
    refuse_unused(request, "memory", "split", "labels", "collection")
    numbers = _array(array)
    check_numbers(numbers, "memory")
    check_shape(numbers, "memory")
    order = parse_order(request.order, "memory")
    if labels is not None:
        check_labels(labels, len(numbers), "memory")
    yield from chunks(numbers, order, request.chunk_size, labels)


def _array(given: Any) -> Shaped[np.ndarray, "..."]:
    """A NumPy array of what was given; a masked one stays masked, so that it can be refused."""
    try:
        numbers = np.asanyarray(given.detach().cpu() if hasattr(given, "detach") else given)
    except (TypeError, ValueError) as error:
        raise InvalidData(f"memory: no array of numbers ({error}); give float32 or float64 of shape (N, n, 4).") from error
    if numbers.ndim == 0:
        raise InvalidData(
            f"memory: {type(given).__name__} is neither a path nor an array of jets; give a file, an (N, n, 4) array with order=, "
            "or an awkward array of records (ak.zip({'px': px, …}) makes one of columns)."
        )
    return cast("np.ndarray", numbers)


def parse_order(order: str | None, where: str) -> tuple[str, ...]:
    """The quantities that an ``order`` names.

    Arguments:
        order: four names with commas.
        where: file or origin, named in the sentence.

    Returns:
        Four keys of ``NAMES``.

    Raises:
        InvalidData: no order, an unknown name, or names that do not fix a four-momentum.

    Example:
        >>> parse_order("pt, eta, phi, m", "memory")
        ('pt', 'eta', 'phi', 'mass')
    """
    if order is None:
        raise InvalidData(
            f"{where}: a plain (N, n, 4) array does not say what its last axis means; state it with order=, e.g. {_EXAMPLES}."
        )
    names = [name.strip() for name in order.split(",")]
    if any(RELATIVE.search(name) for name in names):
        raise InvalidData(
            f"{where}: order={order!r} names coordinates relative to the jet axis, which are no four-momenta; use {_EXAMPLES}."
        )
    by_alias = {alias: quantity for quantity, aliases in NAMES.items() for alias in aliases}
    if names[:1] == ["pt"] and "y" in names:
        by_alias["y"] = "rapidity"  # beside pt and phi, y is the rapidity
    unknown = [name for name in names if name.lower() not in by_alias]
    if unknown:
        raise InvalidData(f"{where}: order={order!r} holds {unknown[0]!r}; expected e.g. {_EXAMPLES}. {near_misses(unknown[0], by_alias)}")
    found = tuple(by_alias[name.lower()] for name in names)
    wanted = complete({quantity: quantity for quantity in found})
    if len(found) != 4 or len(set(found)) != 4 or wanted is None or set(wanted) != set(found):
        raise InvalidData(f"{where}: order={order!r} does not name the four components of a four-momentum; expected e.g. {_EXAMPLES}.")
    return found


def chunks(
    numbers: Shaped[np.ndarray, "N n 4"], order: tuple[str, ...], size: int, labels: Shaped[np.ndarray, "N"] | None
) -> Iterator[RawJets]:
    """An array with named components, chunk by chunk; shape ``(N, n, 4)``, labels ``(N,)``.

    Example:
        >>> [len(raw.four_momenta) for raw in chunks(np.ones((3, 1, 4)), ("E", "px", "py", "pz"), 2, None)]
        [2, 1]
    """
    for start in range(0, len(numbers), size):
        rows = slice(start, start + size)
        momenta, rounding = cartesian(np.asarray(numbers[rows]), order)
        yield RawJets(momenta, rounding=rounding, labels=None if labels is None else labels[rows])


def cartesian(numbers: Shaped[np.ndarray, "N n 4"], order: tuple[str, ...]) -> tuple[Float[np.ndarray, "N n 4"], float]:
    """(E, px, py, pz), shape ``(N, n, 4)``, and its rounding; 0 where the numbers themselves tell it.

    Example:
        >>> cartesian(np.array([[[3.0, 4.0, 0.0, 5.0]]]), ("px", "py", "pz", "E"))[0].tolist()
        [[[5.0, 3.0, 4.0, 0.0]]]
    """
    if order == ("E", "px", "py", "pz"):
        # rounding 0: Jets tells it from the numbers, since float32 numbers often lie in float64 arrays
        return numbers.astype(np.float64), 0.0
    flat = numbers.reshape(-1, 4)
    momenta, rounding = four_momenta({quantity: flat[:, column] for column, quantity in enumerate(order)})
    momenta[(flat == 0).all(1)] = 0.0
    return momenta.reshape(numbers.shape), 0.0 if "E" in order and "px" in order else rounding

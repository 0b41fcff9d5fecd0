"""What a field of a method object may hold, so that a wrong one is refused when it is made and not deep in the work."""

from __future__ import annotations

from numbers import Integral


def whole(value: object, least: int = 1) -> bool:
    """Whether a value is a whole number that is large enough; ``True`` and ``2.0`` are none.

    Arguments:
        value: of a field.
        least: the smallest that is allowed.

    Returns:
        True or False.

    Example:
        >>> whole(3), whole(2.0), whole(True), whole(0)
        (True, False, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def are_widths(values: object) -> bool:
    """Whether values are the widths of at least one layer: a tuple of whole numbers.

    Arguments:
        values: of a field.

    Returns:
        True or False.

    Example:
        >>> are_widths((64, 64)), are_widths(64), are_widths(()), are_widths((6.5,))
        (True, False, False, False)
    """
    return isinstance(values, (tuple, list)) and bool(values) and all(whole(value) for value in values)


def is_object(value: object, kind: type) -> bool:
    """Whether a part of a method is an object of its kind; the class itself is none.

    Arguments:
        value: of a field.
        kind: class or protocol.

    Returns:
        True or False.

    Example:
        >>> is_object(3, int), is_object(int, type)
        (True, False)
    """
    return isinstance(value, kind) and not isinstance(value, type)

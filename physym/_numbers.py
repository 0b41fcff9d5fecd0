"""How numbers with errors are written: as many digits as the error deserves."""

from __future__ import annotations

import math

_MOST_DECIMALS = 12


def rounded(value: float, error: float) -> tuple[str, str]:
    """Value and error as text, the error with two digits and the value to the same decimal.

    Arguments:
        value: the number.
        error: its standard error; 0 or NaN where none is known, which gives six significant digits and no error.

    Returns:
        The two texts; the second is empty without an error. Errors below 1e-4 are in scientific notation.

    Example:
        >>> rounded(-1.00034, 0.0021), rounded(1.0, 3.2e-7), rounded(0.5, 0.0)
        (('-1.0003', '0.0021'), ('1', '3.2e-07'), ('0.5', ''))
        >>> rounded(1234.5, 67.0)
        ('1234', '67')
    """
    if not error > 0 or not math.isfinite(error):
        return f"{_positive_zero(value):.6g}", ""
    decimals = _decimals(error)
    text = f"{_positive_zero(round(value, decimals)):.{decimals}f}"
    if error >= 1e-4:
        return text, f"{error:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") or "0"), f"{error:.1e}"


def plus_minus(value: float, error: float) -> str:
    """A number with its error, for people.

    Arguments:
        value: the number.
        error: its standard error; 0 or NaN where none is known.

    Returns:
        Text such as ``1.0003 ± 0.0021``.

    Example:
        >>> plus_minus(1.00034, 0.0021), plus_minus(2.0, 0.0)
        ('1.0003 ± 0.0021', '2')
    """
    number, spread = rounded(value, error)
    return f"{number} ± {spread}" if spread else number


def latex_plus_minus(value: float, error: float) -> str:
    r"""A number with its error, for LaTeX's mathematics mode.

    Arguments:
        value: the number.
        error: its standard error; 0 or NaN where none is known.

    Returns:
        Text such as ``1.0003 \pm 0.0021``.

    Example:
        >>> print(latex_plus_minus(1.0, 3.2e-7), latex_plus_minus(0.5, 0.0))
        1 \pm 3.2 \times 10^{-7} 0.5
    """
    number, spread = rounded(value, error)
    return f"{_power_of_ten(number)} \\pm {_power_of_ten(spread)}" if spread else _power_of_ten(number)


def concise(value: float, error: float) -> str:
    """A number with the error of its last digits in brackets, where there is little room.

    Arguments:
        value: the number.
        error: its standard error; 0 or NaN where none is known.

    Returns:
        Text such as ``1.0003(21)``.

    Example:
        >>> concise(1.00034, 0.0021), concise(-0.5, 0.0), concise(1234.5, 67.0)
        ('1.0003(21)', '-0.5', '1234(67)')
    """
    if not rounded(value, error)[1]:
        return rounded(value, error)[0]
    decimals = _decimals(error)
    return f"{_positive_zero(round(value, decimals)):.{decimals}f}({round(error * 10**decimals)})"


def p_text(p_value: float) -> str:
    """A p-value with two digits; what lies below 1e-9 is not resolved.

    Arguments:
        p_value: between 0 and 1.

    Returns:
        For instance ``"= 0.43"`` or ``"< 1e-9"``.

    Example:
        >>> p_text(0.4321), p_text(0.0), p_text(3e-5)
        ('= 0.43', '< 1e-9', '= 3e-05')
    """
    return "< 1e-9" if p_value < 1e-9 else f"= {p_value:.2g}"


def _decimals(error: float) -> int:
    """Decimals that show two digits of the error, after the error itself is rounded: 0.000999 counts as 0.0010."""
    return min(_MOST_DECIMALS, max(0, 1 - math.floor(math.log10(float(f"{error:.1e}")))))


def _power_of_ten(text: str) -> str:
    """Scientific notation with a raised exponent."""
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}" if mark else text


def _positive_zero(value: float) -> float:
    return value if value else 0.0

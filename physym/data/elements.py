"""Chemical elements: symbols, atomic numbers and sum formulas."""

from __future__ import annotations

import numpy as np

from physym._typing import Int
from physym.errors import InvalidData

_LISTED = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag "
    "Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa "
    "U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
)
SYMBOLS = tuple(_LISTED.split())
"""Symbols of the elements 1 to 118."""

_NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS, start=1)}


def atomic_number(symbol: str) -> int:
    """The atomic number of a symbol, or of a number written as text.

    Arguments:
        symbol: for instance ``"C"``, in any case, or ``"6"``.

    Returns:
        1 to 118.

    Raises:
        InvalidData: no element.

    Example:
        >>> atomic_number("Cl"), atomic_number("CL"), atomic_number("6")
        (17, 17, 6)
    """
    number = int(symbol) if symbol.isdecimal() else _NUMBERS.get(symbol.capitalize(), 0)
    if not 1 <= number <= len(SYMBOLS):
        raise InvalidData(f"{symbol!r} is no element; expected a symbol such as 'C' or a number from 1 to {len(SYMBOLS)}.")
    return number


def formula(numbers: Int[np.ndarray, "K"]) -> str:
    """The sum formula in Hill's order: carbon, hydrogen, then the others by letter; without carbon all by letter.

    Arguments:
        numbers: atomic numbers, shape ``(K,)``; 0 is padding.

    Returns:
        Text such as ``"C2H6O"``.

    References:
        E. A. Hill, J. Am. Chem. Soc. 22 (1900) 478.

    Example:
        >>> formula(np.array([8, 6, 6, 1, 1, 1, 1, 1, 1, 0])), formula(np.array([8, 1, 1]))
        ('C2H6O', 'H2O')
    """
    found, counts = np.unique(numbers[numbers > 0], return_counts=True)
    count = {SYMBOLS[number - 1]: int(times) for number, times in zip(found, counts, strict=True)}
    first = [symbol for symbol in ("C", "H") if symbol in count] if "C" in count else []
    order = first + sorted(symbol for symbol in count if symbol not in first)
    return "".join(symbol + (str(count[symbol]) if count[symbol] > 1 else "") for symbol in order)

"""Array types whose shapes are checked in the tests and cost nothing at run time."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

PathOrPaths = str | PathLike[str] | Sequence[str | PathLike[str]]

__all__ = ["Bool", "Float", "Int", "PathOrPaths", "Shaped", "np"]

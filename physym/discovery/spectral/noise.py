"""How coordinates are smeared."""

from __future__ import annotations

from typing import Literal

NoiseModel = Literal["relative", "isotropic"]  # each coordinate by a fraction of itself, or all by the same amount

"""Each level of symmetry: from samples, or from sums over them, through its equation to what it says."""

from physym.discovery.spectral.levels.common import declined
from physym.discovery.spectral.levels.streamed import conditional_of, measure_of
from physym.discovery.spectral.levels.support import support_of, typical_scale

__all__ = ["conditional_of", "declined", "measure_of", "support_of", "typical_scale"]

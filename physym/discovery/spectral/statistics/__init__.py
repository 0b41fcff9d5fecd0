"""Additive sufficient statistics, and the features they are sums of."""

from physym.discovery.spectral.statistics.gram import CHUNKS_PER_DRIFT, ROWS_AT_ONCE, GramStatistics, gram_statistics
from physym.discovery.spectral.statistics.logit import LogitPass, LogitStatistics
from physym.discovery.spectral.statistics.rows import ROWS_PER_GROUP, RowStatistics, coordinate_scale, row_statistics

__all__ = [
    "CHUNKS_PER_DRIFT",
    "ROWS_AT_ONCE",
    "ROWS_PER_GROUP",
    "GramStatistics",
    "LogitPass",
    "LogitStatistics",
    "RowStatistics",
    "coordinate_scale",
    "gram_statistics",
    "row_statistics",
]

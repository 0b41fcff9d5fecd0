"""One file per format; each yields `RawJets` chunk by chunk. `physym.data.load_jets` chooses among them."""

from physym.data.readers.base import RawJets, Request, near_misses, scatter
from physym.data.readers.formats import FORMATS, IN_PARTS, cuts_of, detect_format, reader_for

__all__ = ["FORMATS", "IN_PARTS", "RawJets", "Request", "cuts_of", "detect_format", "near_misses", "reader_for", "scatter"]

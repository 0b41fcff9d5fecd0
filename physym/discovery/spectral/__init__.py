"""Spectral discovery: every level of symmetry is one linear equation ``H a = 0`` on sufficient statistics."""

from physym.discovery.spectral.method import Spectral

__all__ = ["Spectral"]

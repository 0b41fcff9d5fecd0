"""Find the symmetries of physics data."""

__version__ = "0.1.0"

"""Find the symmetries of physics data."""

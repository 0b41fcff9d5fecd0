"""One linear equation ``H a = 0`` per statement of symmetry."""

"""Discovery of symmetries from `Samples`."""

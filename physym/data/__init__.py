"""Loaders and simulators: files in, `Samples` out."""

"""Finite subgroups of O(n) that act on a cloud of points through an unknown linear map."""

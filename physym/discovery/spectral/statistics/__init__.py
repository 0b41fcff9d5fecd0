"""Additive sufficient statistics, and the features they are sums of."""

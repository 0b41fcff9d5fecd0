"""The structure of a measured Lie algebra: Levi decomposition, radical, simple factors, modules and names."""

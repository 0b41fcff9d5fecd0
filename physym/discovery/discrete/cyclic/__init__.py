"""The order of a cyclic symmetry in a plane, from the charges that the data carry."""

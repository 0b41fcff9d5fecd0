"""Each level of symmetry: from samples through its equation to what it says."""

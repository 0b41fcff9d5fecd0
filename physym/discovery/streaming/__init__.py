"""Discovery from files of any size: parts of files into additive statistics, in one process, in several, or on a cluster."""

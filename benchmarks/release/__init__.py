"""Train the released models anew and write their folders: ``python -m benchmarks.release [NAME …]``."""

"""Measured figures: ``python -m benchmarks [NAME …]``. Ours and the baselines run in the same process, interleaved, on one thread."""

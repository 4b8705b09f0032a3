"""From dataset to estimate to report."""

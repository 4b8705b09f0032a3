"""Related trials: found by what records say, ranked, and each with its reasons."""

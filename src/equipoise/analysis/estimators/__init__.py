"""Plain arrays in, an ``Estimate`` out: one method a function."""

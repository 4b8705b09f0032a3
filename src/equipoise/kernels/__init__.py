"""Numerical kernels: plain numbers in, plain numbers out."""

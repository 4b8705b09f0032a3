"""Folds over protocol and events."""

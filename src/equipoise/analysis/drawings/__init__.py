"""Figures from plain arrays, as SVG text that can stand in a page."""

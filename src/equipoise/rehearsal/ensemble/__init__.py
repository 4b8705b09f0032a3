"""Whole rehearsals by the thousand, without conduct: the same lives, computed side by side."""

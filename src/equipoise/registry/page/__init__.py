"""Pages of registry records: everything a record says, drawn where a drawing says it better."""

from equipoise.registry.page.study_page import Links, Neighbour, Version, render

__all__ = ["Links", "Neighbour", "Version", "render"]

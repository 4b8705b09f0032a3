"""Sphinx settings. `make docs` builds with warnings as errors and looks up nothing outside."""

project = "equipoise"
author = "the equipoise contributors"
copyright = author
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "equipoise"
html_copy_source = False
html_show_sphinx = False

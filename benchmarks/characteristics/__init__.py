"""How often intervals cover and tests reject, a file for each kind of outcome or design."""

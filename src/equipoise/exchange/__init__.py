"""Outside formats: one file each, bytes or text to plain data and back; no network, no database."""

"""The registry: records kept, judged, found, related, shown, and turned into protocols."""

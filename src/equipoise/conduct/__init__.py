"""The only writer: view, rule, event."""

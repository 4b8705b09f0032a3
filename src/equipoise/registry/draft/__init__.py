"""From a registry record to the draft of a protocol, each value for a person to confirm."""

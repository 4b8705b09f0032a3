"""What an ensemble is used for: decisions on a design."""

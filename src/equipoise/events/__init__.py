"""What can be said to have happened."""

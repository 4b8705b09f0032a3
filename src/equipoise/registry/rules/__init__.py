"""What is wrong with a registry record: rules as data, and what a reviewer would say of it."""

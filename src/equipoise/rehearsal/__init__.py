"""Virtual patients and staff, through the doors that people use."""

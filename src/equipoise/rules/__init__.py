"""Pure decisions: eligibility, allocation, authority."""

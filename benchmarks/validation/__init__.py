"""What is validated, a file for each family of methods; `validate.py` beside it prints them."""

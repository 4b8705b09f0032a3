"""What is in the bag, when the pump delivers it, and what concentrations follow."""

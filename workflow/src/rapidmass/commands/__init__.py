"""What people call by name: `rapidmass COMMAND ...`."""

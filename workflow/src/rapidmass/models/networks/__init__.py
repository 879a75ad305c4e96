"""Networks: one module a family, found by name."""

"""What a signal region is compared with: one module a method."""

"""Networks and baselines: their input, their training and their export."""

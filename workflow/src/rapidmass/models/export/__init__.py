"""Trained networks as ONNX, with a card."""

"""Cuts by hand, and what is left behind them."""

"""What scores find of many signals, whether they know them or not."""

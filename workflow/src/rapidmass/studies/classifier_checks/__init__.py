"""What people look at before they trust a classifier."""

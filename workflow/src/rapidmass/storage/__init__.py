"""Tables of events in Parquet, sorted by event key."""

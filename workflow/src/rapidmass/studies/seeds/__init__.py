"""The same networks with other seeds."""

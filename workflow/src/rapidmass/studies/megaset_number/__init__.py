"""The same events in other numbers of megasets."""

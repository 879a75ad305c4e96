"""One folder a study: what is measured, drawn and said."""

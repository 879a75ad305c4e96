"""Files, here and on servers, and what is read from them."""

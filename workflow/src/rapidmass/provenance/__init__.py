"""What a product was made from: files whole or not at all, requests, records, digests."""

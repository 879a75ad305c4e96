"""From selected events to what is trained and tested on."""

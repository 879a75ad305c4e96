"""Files and formats looked at before they are used."""

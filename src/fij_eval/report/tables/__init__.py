"""One module a table: `INPUTS`, `WORDS`, `data`, `make`."""

"""One module a figure: `INPUTS`, `WORDS`, `data`, `draw`, `make`."""

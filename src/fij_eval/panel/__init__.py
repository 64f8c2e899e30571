"""One table: a municipality and a reference month a row."""

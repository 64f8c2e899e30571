"""Other estimators of the same effect: one module a kind, and what they share."""

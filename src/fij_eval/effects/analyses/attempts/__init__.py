"""Attempts to break the primary result: one module a kind, and what they share."""

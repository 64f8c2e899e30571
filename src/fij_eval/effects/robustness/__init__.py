"""Attempts to break the result: other choices, placebos, what is left out, what is hidden."""

"""How far trends may differ: robust intervals, power of the pre-test, placebos in time."""

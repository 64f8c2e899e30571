"""The parts of the primary analysis: one module a scale, and what they share."""

"""Figures, tables, prose and PDF, from records alone."""

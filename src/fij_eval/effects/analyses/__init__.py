"""Analyses: each module reads frames and settings and makes the records of one file."""

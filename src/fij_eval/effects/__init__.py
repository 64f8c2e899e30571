"""Estimates: frames in, records out."""

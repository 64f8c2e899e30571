"""Errors, intervals and tests for estimators that are linear in the outcome."""

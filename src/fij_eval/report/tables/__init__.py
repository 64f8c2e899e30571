"""One module a table: ``INPUTS``, ``WORDS``, ``data`` and ``make``, as in ``report/figures``."""

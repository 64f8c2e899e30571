"""One module a figure.

Each has ``INPUTS`` (a literal tuple: keys of the frames that it is made from), ``WORDS`` (its
templates in every language, in the module so that an edit of the words remakes this figure alone),
``data`` (the frame that is drawn, pure), ``draw`` where no shared drawing does, and ``make``. A new
figure is a module here and a line in ``report/registry.py``.
"""

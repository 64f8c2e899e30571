"""Statistical evaluation of the municipal network «Flyktninger i jobb»."""

__version__ = "0.1.0"

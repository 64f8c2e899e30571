"""The outside world: services, raw archive, parsers, embedded demo."""

"""Models that do not exist yet: supposed changes, other days, repairs."""

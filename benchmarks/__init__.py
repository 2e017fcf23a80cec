"""Measurements: whereas beside its peers, in one run, on the same facts and rules."""

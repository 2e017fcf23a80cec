"""Proofs, blockages, decisions and diagnostics into words, pages and tables."""

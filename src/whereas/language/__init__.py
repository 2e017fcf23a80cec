"""Text into a `Program`, and back."""

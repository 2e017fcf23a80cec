"""whereas: policy as code that states its reasons."""

"""A folder of rule files into a checked `Policy`."""

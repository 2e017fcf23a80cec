"""A folder of rule files into a checked `Policy`."""

from whereas.policy.check import check
from whereas.policy.core import Policy, Setting
from whereas.policy.load import load_policy, read_package
from whereas.policy.manifest import Manifest, parse_manifest

__all__ = [
    "Manifest",
    "Policy",
    "Setting",
    "check",
    "load_policy",
    "parse_manifest",
    "read_package",
]

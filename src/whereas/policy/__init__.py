"""Turns a folder of rule files into a checked `Policy`.

load_policy   folder -> Policy, or Invalid with every error
check         Program, Manifest -> Policy
check_query   Policy, body -> Policy with the relation `query`, and its goal
setting       Policy, words of `--set`, day -> Setting
"""

from whereas.policy.check import check
from whereas.policy.core import Policy, Setting
from whereas.policy.load import load_policy, read_package
from whereas.policy.manifest import Manifest, parse_manifest
from whereas.policy.query import check_query

__all__ = [
    "Manifest",
    "Policy",
    "Setting",
    "check",
    "check_query",
    "load_policy",
    "parse_manifest",
    "read_package",
]

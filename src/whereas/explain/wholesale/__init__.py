"""The explanations of all cases at once: a query for each rule, not one for each case.

`tables` picks rows of bodies for many substitutions together, `pieces` turns rows
into JSON, `proofs` gives each fact its step, `attempts` says what a goal lacks, and
`lines` puts a case's explanation together. Each line says what `justify` says of the
case: a test holds that.
"""

from whereas.explain.wholesale.lines import explanations, heading

__all__ = ["explanations", "heading"]

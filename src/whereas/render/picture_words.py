"""The words of pictures in each language: what a box, a line and a band mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureWords:
    """What stands in a legend, beside an arrow and above a band."""

    derived: str
    fact: str
    check: str
    absence: str
    fails: str
    rests_on: str
    counts: str
    recursive: str
    rests_on_itself: str
    rests_on_absence: str
    relation: str
    input: str
    outcome: str
    stratum: str
    inputs: str
    outcomes: str
    dependencies: str
    chapter: str


ENGLISH = PictureWords(
    derived="follows by a rule",
    fact="stands in a file",
    check="compared or counted",
    absence="is not there",
    fails="fails",
    rests_on="rests on",
    counts="rests on a count or sum",
    recursive="recursive",
    rests_on_itself="↻ rests on itself",
    rests_on_absence="rests on an absence",
    relation="given by rules",
    input="read from a file",
    outcome="outcome",
    stratum="stratum {number}",
    inputs="facts",
    outcomes="outcomes",
    dependencies="what rests on what",
    chapter="rules of one file",
)

CHINESE = PictureWords(
    derived="由规则得出",
    fact="见于事实文件",
    check="比较或计数",
    absence="不存在",
    fails="不符合",
    rests_on="依据",
    counts="依据计数或合计",
    recursive="递归",
    rests_on_itself="↻ 以自身为依据",
    rests_on_absence="以不存在为依据",
    relation="由规则得出",
    input="读自文件",
    outcome="结论",
    stratum="第{number}层",
    inputs="事实",
    outcomes="结论",
    dependencies="依据关系",
    chapter="同一文件中的规则",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def picture_words(language: str) -> PictureWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)

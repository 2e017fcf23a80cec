"""The words of a page that are neither the policy's nor a justification's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageWords:
    """Buttons, headings and labels of a page, in one language."""

    unfold: str
    fold: str
    only_failing: str
    contents: str
    articles: str
    articles_note: str
    rows: str
    rows_note: str
    row: str
    used_in: str
    back: str
    rule: str
    conclusion: str


ENGLISH = PageWords(
    unfold="Unfold all",
    fold="Fold all",
    only_failing="Only what fails",
    contents="On this page",
    articles="The policy's words",
    articles_note="The sections that the reasons above name: the words of the"
    " regulation as the policy gives them, and the rules that encode them.",
    rows="The facts' rows",
    rows_note="The rows that the reasons above name, as they were read.",
    row="row",
    used_in="used in",
    back="back to {number}",
    rule="The rule",
    conclusion="the conclusion",
)

CHINESE = PageWords(
    unfold="全部展开",
    fold="全部折叠",
    only_failing="只看不符合项",
    contents="本页内容",
    articles="政策原文",
    articles_note="上文理由所引用的章节：政策所载的法规文字，以及相应的规则。",
    rows="事实文件中的行",
    rows_note="上文理由所引用的各行，以读入时为准。",
    row="行",
    used_in="用于",
    back="返回{number}",
    rule="规则",
    conclusion="结论",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def page_words(language: str) -> PageWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)

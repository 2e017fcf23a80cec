"""The words of a timeline's own, in the languages that are built in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimelineWords:
    """Patterns and labels of a timeline in one language."""

    on: str
    from_to: str
    from_on: str
    until: str
    always: str
    and_: str
    # Label and days into a sentence; where the policy says how, `when` has its words.
    holds: str
    never: str
    as_stated: str
    as_stated_today: str
    first: str
    last: str
    open_: str
    outcome: str
    phases: str
    turns: str
    moves: str
    together: str
    today_moves: str
    nothing: str
    stepped: str
    within: str
    always_missing: str
    always_fails: str
    never_judged: str
    unjudged: str
    repair: str
    never_at_once: str
    picture: str
    stated_day: str
    event: str
    legend: str


ENGLISH = TimelineWords(
    on="on {first}",
    from_to="from {first} to {last}",
    from_on="from {first} on",
    until="until {last}",
    always="on any day",
    and_=" and ",
    holds="{label} {when}",
    never="as the facts stand, {label} on no day",
    as_stated="As stated, for {day}: {label}.",
    as_stated_today="Today, {day}: {label}.",
    first="from",
    last="to",
    open_="…",
    outcome="outcome",
    phases="Which outcome when",
    turns="What turns",
    moves="What is moved",
    together="All of them are moved together, to the same day.",
    today_moves="Today; it is {day}",
    nothing="Nothing can be moved: {why}. So the outcome is the same on every day.",
    stepped="Each day was decided by itself: when the outcome turns cannot be "
    "computed by this policy's rules.",
    within="Looked at: {when}.",
    always_missing="Whatever the day: {what}.",
    always_fails="Fails on every day: {ids}.",
    never_judged="Not judged on any day, for want of what is missing: {ids}.",
    unjudged="not judged: {ids}",
    repair="What corrections of the facts could turn it: whereas repair {case}",
    never_at_once="Each condition holds on some day, but never all of them at once.",
    picture="Timeline of {case}: {sentence}.",
    stated_day="stated",
    event="{day}: {label}",
    legend="A bar is where it holds; a line, where it fails.",
)

CHINESE = TimelineWords(
    on="{first}",
    from_to="{first}至{last}",
    from_on="{first}及以后",
    until="{last}及以前",
    always="任何一天",
    and_="，或",
    holds="{when}，{label}",
    never="按现有记录，任何一天均不能得出“{label}”的结论",
    as_stated="按现有记录（{day}）：{label}。",
    as_stated_today="今天（{day}）：{label}。",
    first="自",
    last="至",
    open_="…",
    outcome="结论",
    phases="各时段的结论",
    turns="转折",
    moves="变动的日期",
    together="以上日期一并变动，取同一天。",
    today_moves="今天（{day}）",
    nothing="没有可变动的日期：{why}。因此结论在任何一天都相同。",
    stepped="每一天均单独判定：依本政策的规则，无法推算结论在何时变化。",
    within="考察范围：{when}。",
    always_missing="无论哪一天：{what}。",
    always_fails="任何一天均不符合：{ids}。",
    never_judged="因上述缺失，任何一天均未能判断：{ids}。",
    unjudged="未能判断：{ids}",
    repair="如何更正事实可改变结论：whereas repair {case}",
    never_at_once="各项条件均有符合之日，但从未同时符合。",
    picture="{case}的时间线：{sentence}。",
    stated_day="现有记录",
    event="{day}：{label}",
    legend="粗条表示符合，细线表示不符合。",
)


def timeline_words(language: str) -> TimelineWords:
    """Return the words of a language, or the English ones."""
    return CHINESE if language.partition("-")[0] == "zh" else ENGLISH

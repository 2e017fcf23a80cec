"""The words of a policy's own page, in each language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandbookWords:
    """Headings, labels and sentences of a policy's page."""

    generated: str
    prose_note: str
    contents: str
    decided: str
    undetermined: str
    otherwise: str
    if_holds: str
    wanted: str
    sources: str
    text: str
    picture: str
    by_files: str
    inputs: str
    parameters: str
    no_parameters: str
    unencoded: str
    nothing_unencoded: str
    questions: str
    no_questions: str
    trace: str
    trace_note: str
    gaps: str
    no_gaps: str
    rule: str
    what: str
    fails: str
    why: str
    rests_on: str
    used_by: str
    cited: str
    scenarios: str
    no_scenario: str
    in_scenarios: str
    one_scenario: str
    declarations: str
    subject_to: str
    unproven: str
    decisions: str
    held: str
    failed: str
    shown: str
    never_named: str
    clause: str
    citation: str
    rules: str
    name: str
    type: str
    default: str
    alternatives: str
    settled: str
    unsettled: str
    read_as: str
    meaning: str
    columns: str
    key: str
    whole: str
    covered: str
    place: str
    outcome: str
    no_rule: str
    not_encoded: str
    gap_no_scenario: str
    gap_no_decision: str
    no_citation: str
    summary: str
    counted_scenarios: str
    counted_cases: str


ENGLISH = HandbookWords(
    generated="Written by `whereas doc` from {name}, sha256 {sha256}."
    " Do not edit it: change the policy.",
    prose_note="",
    contents="On this page",
    decided="What is decided",
    undetermined="If none holds, the case is undetermined.",
    otherwise="otherwise",
    if_holds="if {goal} holds",
    wanted="wanted",
    sources="Sources",
    text="The text and its rules",
    picture="What rests on what",
    by_files="The rules are too many for one picture, so a box is a file of the"
    " policy; `whereas graph RELATION` draws what one relation rests on.",
    inputs="The facts that it asks for",
    parameters="Parameters",
    no_parameters="There are none.",
    unencoded="What is not encoded",
    nothing_unencoded="Nothing is marked as not encoded.",
    questions="Open questions for a lawyer",
    no_questions="None is stated.",
    trace="From clause to rule, scenario and decision",
    trace_note="A clause is what an id of rules names. Scenarios are those in which a"
    " rule of it holds; decisions those that name it as holding or failing, or show"
    " what it gives.",
    gaps="Gaps",
    no_gaps="There are none: each clause has a rule, a scenario and a decision where"
    " these were asked for, and each rule a citation.",
    rule="Rule",
    what="says",
    fails="if it fails",
    why="why",
    rests_on="rests on",
    used_by="used by",
    cited="cites",
    scenarios="scenarios",
    no_scenario="no scenario",
    in_scenarios="holds in {number} scenarios",
    one_scenario="holds in 1 scenario",
    declarations="Declarations: {names}",
    subject_to="A decision that rests on it is subject to {clauses}.",
    unproven="It means only that nothing on file shows the contrary.",
    decisions="decisions",
    held="holds in {number}",
    failed="fails in {number}",
    shown="shown with {number}",
    never_named="none",
    clause="clause",
    citation="citation",
    rules="rules",
    name="name",
    type="type",
    default="value",
    alternatives="other values",
    settled="settled",
    unsettled="the law leaves it open",
    read_as="read here as {value}; other readings: {others}",
    meaning="meaning",
    columns="columns",
    key="key",
    whole="the file is the whole truth",
    covered="complete for what {relation} names",
    place="section",
    outcome="outcome",
    no_rule="the regulation is quoted, and no rule encodes it",
    not_encoded="declared as not encoded",
    gap_no_scenario="no scenario in which it holds",
    gap_no_decision="no decision names it",
    no_citation="cites nothing, and nothing that cites rests on it",
    summary="{rules} rules over {inputs} inputs, {outcomes} outcomes",
    counted_scenarios="{number} scenarios, of which {passed} come out as expected",
    counted_cases="{number} cases of {facts}",
)

CHINESE = HandbookWords(
    generated="由`whereas doc`根据{name}生成，sha256 {sha256}。"
    "请勿直接修改本页，应修改政策文件。",
    prose_note="正文按政策文件原样列出，可能只有一种语言。",
    contents="本页内容",
    decided="判定事项",
    undetermined="各项均不成立的，为无法确定。",
    otherwise="其他情形",
    if_holds="{goal}成立",
    wanted="所求结论",
    sources="来源",
    text="正文与规则",
    picture="依据关系",
    by_files="规则过多，无法全部画出，因此每个方框为一个规则文件；"
    "`whereas graph RELATION`可画出某一关系的依据。",
    inputs="所需事实",
    parameters="参数",
    no_parameters="无。",
    unencoded="未编入的内容",
    nothing_unencoded="没有标明未编入的内容。",
    questions="有待法律人员解决的问题",
    no_questions="未列出。",
    trace="条款、规则、情景与决定对照",
    trace_note="条款以规则编号为准；情景指其规则成立的情景，决定指将其列为符合或不符合，或列出其结果的决定。",
    gaps="缺口",
    no_gaps="无：凡查核之处，各条款均有规则、情景和决定，各规则均有引证。",
    rule="规则",
    what="成立时",
    fails="不成立时",
    why="理由",
    rests_on="依据",
    used_by="用于",
    cited="引证",
    scenarios="情景",
    no_scenario="无情景",
    in_scenarios="在{number}个情景中成立",
    one_scenario="在1个情景中成立",
    declarations="声明：{names}",
    subject_to="以此为据的决定须另行满足{clauses}。",
    unproven="仅表示档案中没有相反的记录。",
    decisions="决定",
    held="符合{number}例",
    failed="不符合{number}例",
    shown="随{number}例列出",
    never_named="无",
    clause="条款",
    citation="引证",
    rules="规则",
    name="名称",
    type="类型",
    default="取值",
    alternatives="其他取值",
    settled="已确定",
    unsettled="法规未明确",
    read_as="此处取{value}；其他理解：{others}",
    meaning="含义",
    columns="列",
    key="主键",
    whole="文件即全部事实",
    covered="就{relation}所列者完整",
    place="章节",
    outcome="结论",
    no_rule="引用了法规文字，但没有规则",
    not_encoded="标明未编入",
    gap_no_scenario="没有使其成立的情景",
    gap_no_decision="没有决定提及",
    no_citation="没有引证，亦不为有引证的规则所依据",
    summary="{rules}条规则，{inputs}项事实，{outcomes}种结论",
    counted_scenarios="{number}个情景，其中{passed}个与预期一致",
    counted_cases="{facts}的{number}例",
)

_BUILT_IN = {"en": ENGLISH, "zh": CHINESE}


def handbook_words(language: str) -> HandbookWords:
    """Return the words of a language, or the English ones."""
    return _BUILT_IN.get(language.partition("-")[0], ENGLISH)

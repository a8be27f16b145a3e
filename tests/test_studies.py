"""The studies: their shape, no typed numbers, and their headlines reckoned once more, straight from the Parquet files."""
import ast
import csv
import json
import re

import duckdb
import numpy as np
import pytest
from conftest import ROOT

import imr_research

STUDIES = {path.stem: path for path in sorted((ROOT / "nbs/studies").glob("s*.ipynb"))}
FACTS = ROOT / "data/tables"
# years, and numbers that are names or part of a method's name
NAMES = re.compile(r"\b(?:19|20)\d\d\b(?!\s*%)|\b(?:F1|D[12]|95 % intervals?|[Ss]tudy \d\d|[Rr]oom \d\d|criterion \d+|8 CCR)\b")
# numbers that no notebook can compute: measured once, on letters or codings that are not in the project
HISTORY = {
    "s04_parser": [
        "agreed with F1 0.99 on other letters",
        "some 470 practice rationales",
        "F1 0.85 first and at 0.88 in the end",
        "F1 0.46 (TF-IDF) and 0.47 (a sentence encoder)",
        "trained on the gold with 0.71",
    ],
}


def cells(study):
    return json.loads(STUDIES[study].read_text())["cells"]


def source(cell):
    return "".join(cell["source"])


def shown(cell):
    """What a cell shows, as text in one line."""
    texts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        texts.append("".join(output.get("text") or data.get("text/markdown") or data.get("text/plain") or ""))
    return " ".join(" ".join(texts).replace("\xa0", " ").split())


def answer(study):
    return next(text for text in map(shown, cells(study)) if text.startswith("**Answer.**"))


def prose(text):
    """Markdown without code, targets of links, quoted words, and numbers of lists."""
    for pattern in [r"```.*?```", r"`[^`]*`", r"\]\([^)]*\)", r'"[^"\n]*"', r"(?m)^\d+\. "]:
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    return text


def typed_numbers(text, study):
    """Numbers in prose that are neither names nor history."""
    text = prose(text)
    for words in HISTORY.get(study, []):
        text = text.replace(words, " ")
    return re.findall(r"\S*\d\S*(?: %)?", NAMES.sub(" ", text))


def literals(node):
    """The words that stand in code as they are, without what f-strings compute and how they format it."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Subscript):
        return literals(node.value)
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value for part in node.values if isinstance(part, ast.Constant))]
    return [words for child in ast.iter_child_nodes(node) for words in literals(child)]


def typed_in_code(code):
    """The words of every `Markdown(...)` of a cell."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markdown"]
    return "\n".join(words for call in calls for part in call.args for words in literals(part))


def test_there_are_studies():
    assert {"s02_who_cites_what", "s03_criteria", "s04_parser", "s05_recitation"} <= {*STUDIES}


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_opens_with_its_question_its_letters_and_its_answer(study):
    first = cells(study)[:6]
    assert re.match(r"# .+\n\n> Study \d\d: .+$", source(first[0])), "title and one line in the first cell"
    assert [cell["cell_type"] for cell in first[:3]] == ["markdown", "markdown", "code"]
    assert source(first[1]).startswith("**Question.**") and source(first[1]).rstrip().endswith("?")
    answered = [cell for cell in first if shown(cell).startswith("**Answer.**")]
    assert len(answered) == 1 and answered[0]["cell_type"] == "code", "the answer is computed"
    assert not any("**Answer" in source(cell) for cell in cells(study) if cell["cell_type"] == "markdown")
    above = " ".join(map(shown, first))
    assert re.search(rf"(?:package|imr_research) {re.escape(imr_research.__version__)}\b", above), "the package's version"
    assert re.search(r"\d letters with ", above)
    if study != "s04_parser":  # which is of codings, not of a run
        assert re.search(r"\d+ letters with \d+ issues; \d+ of \d+ files could not be read \(\d+\.\d%\);? .*made \d{4}-\d\d-\d\d", shown(first[2]))


@pytest.mark.parametrize("study", STUDIES)
def test_an_answer_has_two_sentences(study):
    first = answer(study).removeprefix("**Answer.** ").split(" *imr_research")[0]
    assert len(re.split(r"(?<=[.!?])\s+(?=[A-Z])", first)) == 2


@pytest.mark.parametrize("study", STUDIES)
def test_caveats_come_first(study):
    headings = [line for cell in cells(study) if cell["cell_type"] == "markdown" for line in source(cell).splitlines() if line.startswith("## ")]
    assert headings[0] == "## Read this first"


@pytest.mark.parametrize("study", STUDIES)
def test_numbers_are_computed_and_not_typed(study):
    typed = {}
    for place, cell in enumerate(cells(study)):
        text = source(cell) if cell["cell_type"] == "markdown" else typed_in_code(re.sub(r"(?m)^%.*", "", source(cell)))
        alt = re.search(r"^#\| fig-alt: (.*)", source(cell), re.MULTILINE)
        if found := typed_numbers(f"{text}\n{alt[1] if alt else ''}", study):
            typed[place] = found
    assert typed == {}


@pytest.mark.parametrize("text, numbers", [
    ("In 2016 the edition of 2009 was replaced; 12 letters cite it.", ["12"]),
    ("It is 14 % of them, with a 95 % interval.", ["14 %"]),
    ("See [study 04](s04_parser.ipynb), F1, and room 09 breakdowns: 0.87.", ["0.87."]),
    ("A `range(10)`, and 2016 % of it.", ["2016 %"]),
    ("1. No number\n2. of a list counts", []),
])
def test_the_check_finds_typed_numbers(text, numbers):
    assert typed_numbers(text, "none") == numbers


def test_the_check_reads_code():
    code = 'x = 5\nMarkdown(f"""\n{x:.2f} of {table["p1"]} and 17 more: {f"{x} letters" if x else "9 letters"}\n""" + ", ".join(f"{y} in 3" for y in z))'
    assert typed_numbers(typed_in_code(code), "none") == ["17", "3"]


@pytest.mark.parametrize("study", STUDIES)
def test_figures_say_what_they_show(study):
    figures = 0
    for place, cell in enumerate(cells(study)):
        images = [kind for output in cell.get("outputs", []) for kind in output.get("data", {}) if kind.startswith("image/")]
        if images:
            alt = re.search(r"^#\| fig-alt: (.*)", source(cell), re.MULTILINE)
            assert len(images) == 1 and alt and len(alt[1].split()) >= 8, f"cell {place}: one figure, and a line #| fig-alt"
            figures += place < 6
    assert study == "s04_parser" or figures == 1, "one figure near the top"


# --- the headlines, reckoned with SQL from the files

@pytest.fixture(scope="module")
def ask():
    """Put a question in SQL to the fact tables; `codes` are the criteria with the weight and the decision of their issue."""
    facts = duckdb.connect()
    for path in FACTS.glob("*.parquet"):
        facts.execute(f"create view {path.stem} as select * from '{path}'")
    facts.execute("create view codes as select *, split_part(criterion_id, '.', 1) as subject from criteria join issues using (letter_id, issue_no) join rationales using (letter_id, issue_no)")
    return lambda question: facts.sql(question).fetchall()


def percent(share):
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def test_concordance_of_study_02(ask):
    shares = dict(ask("select concordance, sum(weight) / (select sum(weight) from rationales) from concordance join rationales using (letter_id, issue_no) group by 1"))
    same, different = shares["same_guideline"] + shares["another_section"], shares["different_guidelines"]
    assert f"the same guideline in {percent(same)} of the issues and different ones in {percent(different)};" in answer("s02_who_cites_what")


def test_no_authority_in_study_02(ask):
    silent = dict(ask("""
        select cited_by, sum(weight) / (select sum(weight) from rationales)
        from (select distinct letter_id, issue_no, cited_by from citations where kind = 'none') join rationales using (letter_id, issue_no) group by 1"""))
    said = f"the claims administrator cites no authority in {percent(silent['claims_administrator'])}, the reviewer in {percent(silent['reviewer'])}."
    assert said in answer("s02_who_cites_what")


def test_editions_of_study_02(ask):
    rows = {side: numbers for side, *numbers in ask("""
        select cited_by, count(distinct (letter_id, issue_no)) filter (edition_flag is not null), count(distinct (letter_id, issue_no))
        from citations where kind = 'MTUS' group by 1""")}
    (n, of), (m, others) = rows["claims_administrator"], rows["reviewer"]
    assert f"in {n} of {of} issues for administrators, and in {m} of {others} issues for reviewers." in answer("s02_who_cites_what")


def test_annual_report_of_study_02(ask):
    text = " ".join(map(shown, cells("s02_who_cites_what")))
    [(letters, california)] = ask("select count(*), count(*) filter (list_contains(licensure, 'California')) from letters")
    assert f"**Licensed in California:** {california} of {letters} reviewers" in text
    [(issues, overturned)] = ask("select count(*), count(*) filter (decision <> 'Upheld') from issues")
    assert f"{overturned} of {issues} overturned" in text
    for month, n, requests in ask("select strftime(decision_date, '%Y-%m'), count(*), sum(n_issues)::int from letters group by 1"):
        assert f"{month} {n} {requests} " in text
    [(half, most)] = ask("select quantile_cont(decision_date - date_assigned, 0.5)::int, max(decision_date - date_assigned) from letters")
    assert re.search(rf"since the case was assigned \d+ \d+ {half} .*since the case was assigned \d+ {most} {letters}\b", text)


def test_unapplied_criteria_of_study_03(ask):
    [(of, n, share)] = ask("select count(*), count(*) filter (not applied), sum(weight) filter (not applied) / sum(weight) from codes where recited")
    [(effective,)] = ask("select sum(w) ** 2 / sum(w ** 2) from (select sum(weight) as w from codes where recited group by letter_id)")
    z2 = 1.959964**2 / effective  # Wilson's limits are where (p - share)² = z² p (1 - p) / effective
    low, high = sorted(np.roots([1 + z2, -2 * share - z2, share**2]))
    said = f"stays unapplied there in {percent(share)} of cases ({n} of {of}; {100 * low:.0f} to {100 * high:.0f} %)"
    assert said in answer("s03_criteria")


def test_findings_of_study_03(ask):
    shares = dict(ask("select finding, sum(weight) / (select sum(weight) from codes where applied) from codes where applied group by 1"))
    said = f"*not documented* in {percent(shares['not_documented'])}, *not met* in {percent(shares['not_met'])}, and *met* in {percent(shares['met'])}."
    assert said in answer("s03_criteria")


def test_grounds_of_study_03(ask):
    """The criterion that is held most often against upheld requests, over all and among those of a topic; names from the catalogue's file."""
    with (ROOT / "imr_research/criteria.csv").open(newline="", encoding="utf-8") as file:
        labels = {row["criterion_id"]: row["label"] for row in csv.DictReader(file)}
    often = ask("select criterion_id, subject, count(*) from codes where decision = 'Upheld' and finding in ('not_met', 'not_documented') group by all order by 3 desc")
    [(upheld,)] = ask("select count(*) from issues where decision = 'Upheld'")
    assert f'is "{labels[often[0][0]]}" ({often[0][2]} of {upheld} upheld issues)' in answer("s03_criteria")
    criterion, topic, n = next(row for row in often if row[1] != "general")
    [(argue,)] = ask(f"""
        select count(*) from issues where decision = 'Upheld'
            and (topic = '{topic}' or (letter_id, issue_no) in (select (letter_id, issue_no) from codes where subject = '{topic}'))""")
    assert f'"{labels[criterion]}" ({n} of the {argue} that argue {topic.replace("_", " ")})' in answer("s03_criteria")


def test_measured_figures_of_study_03(ask):
    """What the caveat says of the program, from the comparison that study 04 reads."""
    [(program, idle, coding, idle_too, both)] = ask(f"""
        select count(*) filter (got_recited), count(*) filter (got_recited and not got_applied),
               count(*) filter (gold_recited), count(*) filter (gold_recited and not gold_applied), count(*) filter (got_recited and gold_recited)
        from '{ROOT}/data/gold/set_aside.csv'""")
    text = " ".join(map(shown, cells("s03_criteria")))
    assert f"There it left {percent(idle / program)} of recited criteria unapplied, the coding {percent(idle_too / coding)}." in text
    assert f"recited with F1 {2 * both / (program + coding):.2f} (" in text

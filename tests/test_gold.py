"""The further letters, where they exist: every structural field against their coding, PDF against text."""
import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT, SHARED
from test_letter import wrapped

from imr_research.coding import read_gold
from imr_research.letter import read_letter
from imr_research.tables import check_tables, letter_rows, make_tables, parse_letter

sys.path.insert(0, str(ROOT / "benchmarks"))
from agreement import compare  # noqa: E402

FIELDS = ["case_number", "date_assigned", "date_of_injury", "decision_date", "ur_denial_date", "application_received", "priority", "licensure", "specialties", "age", "sex"]


@pytest.fixture(scope="module")
def parsed(further_letters):
    return [parse_letter(path) for path in further_letters]


@pytest.fixture(scope="module")
def gold():
    path = SHARED / "gold/dev.json"
    if not path.exists():
        pytest.skip("skip: no coding of further letters (shared/gold/dev.json) on this machine")
    return {letter["case_number"]: letter for letter in json.loads(path.read_text())}


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    value = getattr(value, "value", value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_header_reviewer_and_patient(parsed, gold, capsys):
    wrong = [(letter.letter_id, field, plain(getattr(letter.case, field)), gold[letter.letter_id][field])
             for letter in parsed for field in FIELDS if plain(getattr(letter.case, field)) != gold[letter.letter_id][field]]
    with capsys.disabled():
        print(f" case fields: {len(parsed) * len(FIELDS) - len(wrong)} of {len(parsed) * len(FIELDS)} on {len(parsed)} letters", end=" ")
    assert wrong == []


def test_issues(parsed, gold, capsys):
    wrong, checked = [], 0
    for letter in parsed:
        coded = gold[letter.letter_id]["issues"]
        if [issue.number for issue in letter.issues] != [issue["n"] for issue in coded]:
            wrong.append((letter.letter_id, "number of issues", len(letter.issues), len(coded)))
        for issue, code in zip(letter.issues, coded):
            for field in ["request", "original_request", "authorized_request", "decision"]:
                checked += 1
                if plain(getattr(issue, field)) != code[field]:
                    wrong.append((letter.letter_id, issue.number, field, plain(getattr(issue, field)), code[field]))
    with capsys.disabled():
        print(f" issue fields: {checked - len(wrong)} of {checked} on {sum(len(letter.issues) for letter in parsed)} issues", end=" ")
    assert wrong == []


def coded(guidelines):
    return [(g["title"], g["year"], g["sections"]) if g["kind"] == "MTUS" else "non_MTUS" for g in guidelines]


def test_guidelines_of_both_sides(parsed, gold, capsys):
    """Titles, years and joined sections, and kinds where they stand. The coding leaves out what one line of one letter says; that is known and counted."""
    wrong, lines, unresolved = [], 0, 0
    for letter in parsed:
        for issue, cited, code in zip(letter.issues, letter.citations, gold[letter.letter_id]["issues"]):
            for side in ["claims_administrator", "reviewer"]:
                lines += 1
                own = [one for one in cited if one.cited_by == side]
                got = [(one.title, one.citation.year, ", ".join(one.citation.sections)) if one.citation.kind == "MTUS" else one.citation.kind for one in own]
                unresolved += sum(one.guideline_id is None and one.citation.kind == "MTUS" for one in own)
                if got != (coded(code[side]) or ["none"]):
                    wrong.append((letter.letter_id, issue.number, side, len(got), len(code[side])))
    with capsys.disabled():
        print(f" guideline lines: {lines - len(wrong)} of {lines}, MTUS citations unresolved: {unresolved}", end=" ")
    assert len(wrong) <= 1, wrong


def test_requests_have_a_category(parsed, capsys):
    requests = [request for letter in parsed for request in letter.requests]
    known = sum(request.category is not None for request in requests)
    with capsys.disabled():
        print(f" requests with a category: {known} of {len(requests)}", end=" ")
    assert known >= 0.95 * len(requests)


def test_rationales_end_where_their_paragraphs_end(parsed):
    for letter in parsed:
        text = letter.letter.text
        assert "".join(text[section.start:section.end] for section in letter.sections) == text
        assert letter.faults == (), letter.letter_id
        for issue in letter.issues:
            assert text[issue.rationale.end:issue.rationale.end + 2] in ("\n\n", "")
            assert re.search(r'[.!?]["”)]*$', issue.rationale.value), letter.letter_id


def test_the_tables_keep_the_contract(parsed):
    check_tables(make_tables(letter_rows(letter) for letter in parsed))


def found(letter):
    """Everything in a letter but its places."""
    return [plain(value) for value in vars(letter.case).values()], [[(one.citation.quote, one.guideline_id) for one in cited] for cited in letter.citations], [[plain(value) for field, value in vars(issue).items() if field not in ("start", "end")] for issue in letter.issues]


def test_a_pdf_and_its_text_give_the_same_parse(parsed):
    for letter in parsed:
        text = letter.letter.text
        for twin in [text, wrapped(text, 90), wrapped(text, 90).replace("\n\n", "\n \n").replace("\n", "\n\n")]:
            again = read_letter(twin.encode(), letter.letter_id)
            assert again.text == text and found(parse_letter(again)) == found(letter)


@pytest.mark.parametrize("width, lines", [(80, 40), (95, 45), (110, 7)])
def test_a_text_with_form_feeds_gives_the_same_words(parsed, width, lines):
    """Whether a label at the top of a page opens a paragraph of the same rationale cannot be told from a text; all else can."""
    def squeezed(letter):
        return json.loads(json.dumps(found(letter)).replace(r"\n\n", " "))
    for letter in parsed:
        rows = wrapped(letter.letter.text, width).split("\n")
        twin = "\f".join("\n".join(rows[i:i + lines]) + "\n" for i in range(0, len(rows), lines))
        assert squeezed(parse_letter(read_letter(twin.encode(), letter.letter_id))) == squeezed(letter), letter.letter_id


@pytest.mark.parametrize("option", ["-layout", "-raw", None])
def test_text_made_by_another_program_gives_the_same_words(further_letters, parsed, option):
    """`pdftotext`, where it is installed: it shows no gaps with -raw, sets columns with -layout, and without either reads the header column by column and drops hyphens at line ends."""
    program = shutil.which("pdftotext")
    if not program:
        pytest.skip("skip: no pdftotext on this machine")

    def squeezed(letter):
        words = re.sub(r"(?:\\n)+| +", " ", json.dumps(found(letter)))
        return words if option else words.replace("-", "")
    for path, letter in zip(further_letters, parsed):
        text = subprocess.run([program, "-enc", "UTF-8", *filter(None, [option]), path, "-"], capture_output=True, check=True).stdout
        assert squeezed(parse_letter(read_letter(text, letter.letter_id))) == squeezed(letter), letter.letter_id


def test_criteria_are_as_the_study_says(parsed, capsys):
    """The comparison that study s04 reads is what the program finds now, and every disagreement has a verdict."""
    path = SHARED / "gold/dev.json"
    if not path.exists():
        pytest.skip("skip: no coding of further letters (shared/gold/dev.json) on this machine")
    compared = compare(make_tables(map(letter_rows, parsed)), read_gold(path))
    saved = pd.read_csv(ROOT / "data/gold/comparison.csv", keep_default_na=False, dtype=str)
    assert compared.to_csv(index=False, lineterminator="\n") == (ROOT / "data/gold/comparison.csv").read_text(), "run make agreement, and give new disagreements a verdict"
    named = {tuple(row) for row in pd.read_csv(ROOT / "data/gold/verdicts.csv", dtype=str)[["letter_id", "issue_no", "criterion_id"]].itertuples(index=False)}
    assert {tuple(row) for row in saved[saved.kind != "agree"][["letter_id", "issue_no", "criterion_id"]].itertuples(index=False)} <= named
    with capsys.disabled():
        kinds = compared.kind.value_counts()
        print(f" criteria: {kinds['agree']} of {len(compared)} codes the same", end=" ")

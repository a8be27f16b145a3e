"""The invented letters of every layout beside their expected tables (data/invented/*.json), however they are set."""
import json
import re
from collections import Counter
from datetime import date
from functools import partial

import pytest
from conftest import ROOT
from hypothesis import given, settings, strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth
from typeset import typeset

from imr_research.letter import read_letter
from imr_research.sections import LAYOUTS, find_layout
from imr_research.tables import check_tables, letter_rows, make_tables, parse_letter

EXPECTED = sorted((ROOT / "data/invented").glob("*.json"))
# what a reader knows and the program does not find; each is a case that nobody has solved, and a test when somebody does
UNSOLVED = {
    ("A-nested-lists", "letters", "date_of_injury"),  # "On 06/30/2010 the van was struck from behind"
}
KEYS = {"citations": ["issue_no", "cited_by", "kind", "title", "year", "sections", "pages"], "criteria": ["issue_no", "criterion_id", "recited", "applied", "finding"]}


def plain(value):
    """A value as JSON has it, with one space between words."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return " ".join(value.split()) if isinstance(value, str) else value.isoformat() if isinstance(value, date) else value


def differences(rows: dict, expected: dict, name: str) -> set:
    """(letter, table, field) of each value that is not as expected."""
    found = {("letters", field): (plain(rows["letters"][0][field]), plain(value)) for field, value in expected["letters"].items()}
    for table in {"issues", "requests"} & {*expected}:
        found[table, "rows"] = len(rows[table]), len(expected[table])
        for row, wanted in zip(rows[table], expected[table]):
            found |= {(table, f"{wanted['issue_no']} {field}"): (plain(row[field]), plain(value)) for field, value in wanted.items()}
    for table in {*KEYS} & {*expected}:
        both = [Counter(str([plain(row[key]) for key in KEYS[table]]) for row in some) for some in (rows[table], expected[table])]
        found |= {(table, row): (True, False) for row in (both[0] - both[1]) + (both[1] - both[0])}
    return {(name, *place) for place, (got, wanted) in found.items() if got != wanted}


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_invented_letters_parse_to_their_tables(path):
    parsed = parse_letter(path.with_suffix(".txt"))
    rows = letter_rows(parsed)
    assert differences(rows, json.loads(path.read_text()), path.stem) == {one for one in UNSOLVED if one[0] == path.stem}
    check_tables(make_tables([rows]))
    assert parsed.faults == ()


def test_there_are_enough_of_each():
    assert all(sum(path.stem.startswith(f"{name}-") for path in EXPECTED) >= 4 for name in "ABC")
    assert {layout.name for layout in LAYOUTS} >= {find_layout(read_letter(path.with_suffix(".txt")))[0].name for path in EXPECTED} >= {*"ABC", "D2"}


def words_of(parsed) -> str:
    """Everything in a letter but its places, its paragraphs and its layout's page breaks."""
    rows = letter_rows(parsed, "letter")
    for table in ["letters", "issues", "requests", "citations", "criteria", "sentences"]:
        for row in rows[table]:
            for field in {"source", "n_pages", "start", "end", "spans", "recited_spans", "applied_spans"} & {*row}:
                del row[field]
    return re.sub(r"(?:\\n)+| +", " ", json.dumps({table: rows[table] for table in rows if table != "texts"}, default=str))


def wrapped(paragraph: str, width: int, spaces: int, measure) -> str:
    """A paragraph in lines of at most `width`, with every third gap `spaces` wide."""
    lines, line = [], ""
    for i, word in enumerate(paragraph.split()):
        gap = " " * (spaces if i % 3 == 2 else 1) if line else ""
        if line and measure(line + gap + word) > width:
            lines.append(line)
            line, gap = "", ""
        line += gap + word
    return "\n".join([*lines, line])


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_as_pdf(path):
    text = path.with_suffix(".txt").read_text()
    assert words_of(parse_letter(typeset(text))) == words_of(parse_letter(path.with_suffix(".txt")))


@settings(deadline=None, max_examples=120)
@given(st.sampled_from(EXPECTED), st.integers(60, 130), st.integers(1, 4), st.integers(20, 60), st.booleans())
def test_spacing_page_breaks_and_line_widths_change_nothing(path, width, spaces, page, as_pdf):
    """The lines of a letter's canonical text, set anew and cut into pages anywhere but between paragraphs."""
    text = read_letter(path.with_suffix(".txt")).text
    setting = (3.6 * width, 1, partial(stringWidth, fontName="Times-Roman", fontSize=12)) if as_pdf else (width, spaces, len)
    lines = "\n\n".join(wrapped(paragraph, *setting) for paragraph in text.split("\n\n")).split("\n")
    pages = [[]]
    for line, following in zip(lines, [*lines[1:], ""]):
        pages[-1].append(line)
        if len(pages[-1]) >= page and line and following:
            pages.append([])
    again = "\f".join("\n".join(some) for some in pages)
    assert words_of(parse_letter(typeset(again) if as_pdf else again.encode())) == words_of(parse_letter(path.with_suffix(".txt")))

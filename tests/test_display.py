"""Room 06, display: nothing of a rationale is lost, nothing of it is obeyed, and every mark is told from the others without colour.
At the end: how the records of the lower rooms show themselves."""
import re
import time
from collections import namedtuple
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import combinations

import pytest
from conftest import ROOT
from hypothesis import given, settings, strategies as st

from imr_research import display
from imr_research.case import Case, Value
from imr_research.citations import find_guideline, load_guidelines
from imr_research.corpus import parse_corpus
from imr_research.criteria import CriterionMatch, Sentence, Sign, load_criteria, match_criteria, read_rationale
from imr_research.display import highlight
from imr_research.letter import read_letter
from imr_research.requests import find_request, load_drugs
from imr_research.tables import parse_letter

SAMPLES = [parse_letter(read_letter(path)) for path in sorted((ROOT / "data/letters").glob("*.txt"))]
BLANKET = ('The MTUS recommends work hardening with a "defined return to work goal" and states that the worker must be no more than 2 years past date of injury. '
           "There is no documentation of the criteria listed above. The request for work hardening is not medically necessary.")


class Page(HTMLParser):
    """What a browser makes of a page: its tags, and the text in each element with a class."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts, self.marks = [], [], [], {}, []
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.open.append((tag, dict(attributes).get("class")))
        self.tags.append(tag)
        self.attributes.append(dict(attributes))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag, "tags that overlap"

    def handle_data(self, text):
        classes = [name for _, name in self.open if name]
        for name in {*classes}:
            self.texts[name] = self.texts.get(name, "") + text
        if "imr-t" in classes:
            self.marks.append((text, {name[4:] for name in classes} & {*"rac"}))


def words(text):
    return "".join(text.split())


def match(criterion, recited=(), applied=(), finding="met", wording="verbatim"):
    """A criterion with places as (start, end) or (start, end, finding)."""
    return CriterionMatch(criterion, bool(recited), bool(applied), finding if applied else None, wording if recited else None,
                          tuple(Sign(*place[:2], "a cue") for place in recited), tuple(Sign(*place[:2], "a cue", *place[2:]) for place in applied))


def reading(text, sentences, *criteria, start=0):
    """A reading made by hand, of sentences as (role, start, end)."""
    rows = tuple(Sentence(number, *sentence) for number, sentence in enumerate(sentences, 1))
    return replace(read_rationale(text, start), sentences=rows, criteria=criteria)


# ---- nothing is lost

@pytest.mark.parametrize("parsed", SAMPLES, ids=lambda parsed: parsed.letter.source[-24:])
def test_sample_letters(parsed):
    shown = highlight(parsed.issues[0])
    page, text = Page(shown._repr_html_()), parsed.issues[0].rationale.quote
    assert page.texts["imr-t"] == text
    assert all(text.count(marked) for marked, _ in page.marks)
    for role in ["rule", "application", "conclusion"]:
        assert role in page.texts["imr-l"] and f"\n{role} " in str(shown)
    assert "work_hardening.return_to_work_goal" in page.texts["imr-m"] and "? not documented" in page.texts["imr-m"]
    assert "Agreed return-to-work goal" in page.texts["imr-m"] and "recited (" in page.texts["imr-m"]
    conclusion = [marked for marked, kinds in page.marks if "c" in kinds]
    assert text.endswith("".join(conclusion)) and "medical" in "".join(conclusion)


def test_the_second_sample_letter_says_what_the_codebook_says():
    text = str(highlight(SAMPLES[1].issues[0]))
    assert "Request: WORK HARDENING PROGRAM 4 HOURS A DAY 3XWK X3WKS" in text
    before, after = text.split("Within the documentation available")
    assert "recited" in before and "✗ not met" not in before
    assert re.search(r"✗ not met: No more than two years after injury \(work_hardening\.within_two_years\)", after)
    assert re.search(r"\? not documented: Agreed return-to-work goal", after)


TEXTS = st.text(st.sampled_from("ab .<>&\"'«»[]{}/;=\n\té😀"), min_size=1, max_size=80).filter(str.strip)


@st.composite
def readings(draw):
    text, start = draw(TEXTS), draw(st.integers(0, 500))
    place = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: (start + min(pair), start + max(pair)))
    cuts = sorted(draw(st.sets(st.integers(start, start + len(text)), max_size=5)))
    sentences = [(draw(st.sampled_from(["rule", "fact", "application", "conclusion", "other"])), at, to) for at, to in zip(cuts, cuts[1:])]
    places = st.lists(place, max_size=4)
    pairs = [pair for pair in draw(st.lists(st.tuples(places, places), max_size=4)) if any(pair)]
    criteria = [match(f"topic.{number}", *pair) for number, pair in enumerate(pairs)]
    return text, start, reading(text, sentences, *criteria, start=start)


@settings(max_examples=300, deadline=None)
@given(readings())
def test_whatever_overlaps_each_character_is_shown_once_with_its_own_marks(case):
    text, start, made = case
    row = namedtuple("Row", "rationale start request")(text, start, "")
    shown = highlight(row, made)
    page = Page(shown._repr_html_())
    assert page.texts["imr-t"] == text
    expected = [set() for _ in text]  # the slow way: character by character
    for letter, spans in {
        "c": [(one.start, one.end) for one in made.sentences if one.role == "conclusion"],
        "r": [(sign.start, sign.end) for one in made.criteria for sign in one.recitals],
        "a": [(sign.start, sign.end) for one in made.criteria for sign in one.applications],
    }.items():
        for first, last in spans:
            for place in range(first - start, last - start):
                expected[place].add(letter)
    assert [kinds for marked, kinds in page.marks for _ in marked] == expected
    assert not {*page.tags} - {"style", "div", "span", "mark", "b", "i", "u"}


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="|"), min_size=1).filter(str.strip))
def test_any_text_is_shown_whole(text):
    assert Page(highlight(text)._repr_html_()).texts["imr-t"] == text
    lines = str(highlight(text)).split("\n")[2:]
    assert words("".join(line[13:] for line in lines if not line[13:].startswith("| "))).translate(NO_MARKS) == words(text).translate(NO_MARKS)


NO_MARKS = str.maketrans("", "", "{}[]«»⁰¹²³⁴⁵⁶⁷⁸⁹⁻,|")  # signs of the marks, which the text may hold too


def test_brackets_of_the_terminal_open_and_close_where_the_marks_do():
    text = "one two three four five six."
    made = reading(text, [("fact", 0, 28)], match("x.a", [(0, 18)]), match("x.b", applied=[(8, 23)]), match("x.c", [(4, 7)]))
    assert "fact         «one two³ [[three four»¹ five]]² six." in str(highlight(text, made))
    nested = reading(text, [("fact", 0, 28)], match("x.a", [(4, 7)], [(4, 7)]))
    assert "one «[[two]]»¹ three" in str(highlight(text, nested))
    concluding = reading(text, [("fact", 0, 8), ("conclusion", 8, 28)], match("x.a", [(0, 13)]))
    assert "«one two »¹" in str(highlight(text, concluding)) and "{{«three»¹ four five six.}}" in str(highlight(text, concluding))


def test_many_numbers_on_one_blanket_are_short():
    text = "None of the criteria listed above is documented."
    made = reading(text, [("application", 0, 48)], *(match(f"x.{number}", applied=[(0, 47)]) for number in (1, 2, 3, 4)), match("x.5", [(12, 20)]),
                   match("x.6", applied=[(0, 47)]))
    assert str(highlight(text, made)).split("\n")[2] == "application  [[None of the «criteria»⁵ listed above is documented]]¹⁻⁴,⁶."
    page = Page(highlight(text, made)._repr_html_())
    assert [one["data-n"] for one in page.attributes if "data-n" in one] == ["5", "1-4,6"]


def test_long_rationales():
    text = " ".join([BLANKET] * 400)
    begun = time.perf_counter()
    made = read_rationale(text)
    read = time.perf_counter()
    shown = highlight(text, made)
    page, lines = Page(shown._repr_html_()), str(shown).split("\n")
    assert time.perf_counter() - read < 20 + read - begun, "takes far longer to show than to read"
    assert page.texts["imr-t"] == text and max(map(len, lines)) <= 100
    word = "x" * 300  # is never broken
    assert word in str(highlight(f"The {word} is not medically necessary."))


# ---- what the margin says

def test_a_finding_always_has_a_word():
    text = "Seen. Denied. Closed."
    rows = [("application", 0, 5), ("application", 6, 13), ("other", 14, 21)]
    for finding, expected in {"met": "✓ met", "not_met": "✗ not met", "not_documented": "? not documented"}.items():
        shown = highlight(text, reading(text, rows, match("x.a", applied=[(0, 4, finding)], finding=finding)))
        assert f"1 {expected} x.a" in Page(shown._repr_html_()).texts["imr-m"] and f"| 1 {expected}: x.a" in str(shown)
    overruled = highlight(text, reading(text, rows, match("x.a", applied=[(0, 4, "met"), (6, 12, "not_met")], finding="not_met")))
    assert re.findall(r"\| 1 (.*): x.a", str(overruled)) == ["✓ met here, ✗ not met over all", "✗ not met"]


def test_the_cue_and_the_wording_stand_in_the_margin():
    text = "Recommended. Found."
    made = reading(text, [("rule", 0, 12), ("fact", 13, 19)], match("work_hardening.no_surgery", [(0, 11)], wording="elided"))
    page = Page(highlight(text, made)._repr_html_())
    assert [one["title"] for one in page.attributes if "title" in one] == ["cue: a cue"]
    assert page.texts["imr-m"] == "1 recited (elided) No surgery or other clearly indicated treatment work_hardening.no_surgery"


# ---- a letter is a stranger's text

RUDE = """<script>alert("1")</script> & 'x' </div></mark><img src=x onerror=alert(1)> &lt;b&gt;"""


def test_everything_is_escaped(monkeypatch):
    text = f"{RUDE} is recommended. {RUDE} is not medically necessary."
    catalogue = display.load_criteria()
    one = replace(catalogue.criteria["work_hardening.no_surgery"], label=RUDE)
    monkeypatch.setattr(display, "load_criteria", lambda: type("Catalogue", (), {"criteria": {RUDE: one}}))
    made = reading(text, [(RUDE, 0, len(RUDE)), ("conclusion", len(RUDE) + 1, len(text))],
                   CriterionMatch(RUDE, True, True, RUDE, RUDE, (Sign(3, 40, RUDE),), (Sign(20, 60, RUDE, RUDE),)))
    row = namedtuple("Row", "rationale start request")(text, 0, RUDE)
    page = Page(highlight(row, made)._repr_html_())
    assert {*page.tags} == {"style", "div", "span", "mark", "b", "i", "u"}
    assert {name for one in page.attributes for name in one} == {"class", "title", "data-n"}
    assert page.texts["imr-t"] == text and page.texts["imr-h"] == f"Request: {RUDE}"
    assert page.texts["imr-m"].count(RUDE) == 4 and page.texts["imr-l"].startswith(RUDE)  # label, id, wording, finding
    assert {one["title"] for one in page.attributes if "title" in one} == {f"cue: {RUDE}"}


def test_control_characters_do_not_reach_the_terminal_or_the_page():
    shown = highlight("The \x1b[31mrequest\x00 is\x9b2J not medically necessary.")
    for made in [str(shown), shown._repr_html_()]:
        assert not re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", made)
        assert "The ␛[31mrequest␀ is\ufffd2J" in made


# ---- pages

def test_a_page_is_whole_by_itself_and_small():
    page = "".join(highlight(parsed.issues[0])._repr_html_() for parsed in SAMPLES)
    assert not re.search(r"<script|https?:|\bid=|\bsrc=|url\(|@import|\bon\w+=", page)
    assert len(page) < 30_000
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    selectors = [part.strip() for head in re.findall(r"([^{}]+)\{(?=[^{}]*\})", style) for part in re.split(r",(?![^(]*\))", head)]
    assert selectors and all(".imr" in selector for selector in selectors), "a rule that reaches beyond the display"
    assert style.count("{") == style.count("}")


def declarations(selector):
    """The declarations of a selector, its colours left out."""
    found = re.findall(rf"(?:^|[}}]){re.escape(selector)}{{([^}}]*)}}", display._STYLE)
    return re.sub(r"background[^;]*;?|var\(--\w+\)", "", ";".join(found))


def test_marks_differ_without_colour():
    lines = {letter: declarations(f".imr .imr-{letter}") for letter in "rac"}
    assert all(re.search("dotted|solid|double", line) for line in lines.values())
    for one, other in combinations("rac", 2):
        assert re.findall("dotted|solid|double", lines[one]) != re.findall("dotted|solid|double", lines[other])
    assert {letter for letter in "rac" if f".imr-{letter}::before{{content:" in display._STYLE} == {*"rac"}, "what a screen reader hears"
    inner = dict(re.findall(r'<mark class="imr-(\w)"><(\w)>', highlight(BLANKET)._repr_html_()))
    assert len({*inner.values()}) == len(inner) == 3, "slant, weight and line without any style"


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_of_contrast():
    assert contrast("#fff", "#000000") == pytest.approx(21) and contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_contrast_in_light_and_dark():
    schemes = [dict(re.findall(r"--(\w+):(#\w+)", block)) for block in re.findall(r"\{(--bg[^}]*)\}", display._STYLE)]
    assert len(schemes) == 3 and schemes[1] == schemes[2] and luminance(schemes[0]["bg"]) > 0.9 > 0.1 > luminance(schemes[1]["bg"])
    for scheme in schemes:
        for ground in ["bg", "rg", "ag", "cg"]:
            assert contrast(scheme["fg"], scheme[ground]) >= 7
        assert contrast(scheme["dim"], scheme["bg"]) >= 4.5
        for letter in "rac":
            assert min(contrast(scheme[letter], scheme[ground]) for ground in ["bg", f"{letter}g"]) >= 3


def test_neither_print_nor_a_page_that_says_it_is_light_is_dark():
    style = display._STYLE
    for head in re.findall(r"(@media[^{]*)\{[^{}]*\{--bg:#1", style):
        assert head.startswith("@media screen")
    assert 'html:not([data-theme="light"]) body:not(' in style and '[data-jp-theme-light="false"] .imr' in style and 'body:not([data-jp-theme-light="true"]) .imr' in style
    assert "@media print" in style


# ---- what can be given

def test_issue_row_and_text_are_shown_alike():
    tables = parse_corpus(ROOT / "data/letters", progress=False)
    for parsed, (_, series), row in zip(SAMPLES, tables["issues"].iterrows(), tables["issues"].itertuples()):
        issue = parsed.issues[0]
        pages = {highlight(one)._repr_html_() for one in [issue, series, row]}
        assert len(pages) == 1
        own = read_rationale(issue.rationale.quote, issue.rationale.start, request=issue.request.value)
        assert pages == {highlight(issue, own)._repr_html_()}
        assert highlight(issue.rationale.quote).start == 0


def test_the_request_tells_the_topic():
    text = "There is no documentation of failure of conservative care. The request is not medically necessary."
    row = namedtuple("Row", "rationale start request")
    spine, knee = (str(highlight(row(text, 9, f"MRI of the {region}"))) for region in ["lumbar spine", "left knee"])
    assert "(spine_imaging." in spine and "(extremity_imaging." not in spine
    assert "(extremity_imaging." in knee and "(spine_imaging." not in knee


ISSUE = SAMPLES[0].issues[0]


@pytest.mark.parametrize("arguments, error, says", [
    ([SAMPLES[0]], TypeError, "parsed.issues[0]"),
    ([[ISSUE]], TypeError, "not list"),
    ([None], TypeError, "not NoneType"),
    ([ROOT], TypeError, "text of a rationale"),
    ([namedtuple("Row", "rationale request")("It is not necessary.", "MRI")], TypeError, "row of the table issues"),
    ([replace(ISSUE, rationale=None)], ValueError, "no rationale"),
    ([" \n"], ValueError, "no rationale"),
    ([namedtuple("Row", "rationale start request")(None, 0, "MRI")], ValueError, "take another issue"),
    (["It is not necessary.", match_criteria("It is not necessary.")], TypeError, "read_rationale(text, start)"),
    ([ISSUE, read_rationale(ISSUE.rationale.quote)], ValueError, f"read_rationale(text, {ISSUE.rationale.start})"),
    (["Short.", read_rationale(BLANKET)], ValueError, "another text"),
    (["Short.", reading("Short.", [], match("x.lost"))], ValueError, "where it saw x.lost"),
])
def test_what_cannot_be_shown_says_the_way_out(arguments, error, says):
    with pytest.raises(error) as raised:
        highlight(*arguments)
    assert says in str(raised.value)


def test_tables_and_columns_are_no_rows():
    issues = parse_corpus(ROOT / "data/letters", progress=False)["issues"]
    for wrong in [issues, issues.rationale, issues[["rationale"]].iloc[0]]:
        with pytest.raises(TypeError, match=r"iloc\[0\]"):
            highlight(wrong)
    blank = issues.iloc[0].copy()
    blank["rationale"] = float("nan")
    with pytest.raises(ValueError, match="no rationale"):
        highlight(blank)


# ---- records show themselves

PARSED = parse_letter(ROOT / "data/invented/D2-two-issues.txt")
EMPTY = Case(**dict.fromkeys(Case.__dataclass_fields__) | dict.fromkeys(["header_other", "licensure", "specialties", "subspecialties", "flags"], ()))
CATALOGUE = load_criteria()
SURGERY = CATALOGUE.criteria["work_hardening.no_surgery"]


@pytest.mark.parametrize("record, most, says", [
    (Value(56, "56 year old", 1041, 1052), 58, "Value(value=56, quote='56 year old', start=1041, end=1052)"),
    (Value("knee", "knee", 7, 11), 38, "Value(value='knee', start=7, end=11)"),
    (Value("x" * 5000, "x" * 5000, 0, 5000), 120, "xxx...xxx"),
    (Value("x" * 5000, "y" * 5000, 0, 5000), 220, "yyy...yyy"),
    (PARSED.issues[0].rationale, 120, "Value(value='The MTUS allows"),
    (replace(PARSED.letter, source="a.txt"), 40, "Letter(a.txt: 574 words, 3 pages)"),
    (PARSED.case, 400, "Case(case_number: CM00-0000001, date_assigned: 2017-03-06, "),
    (PARSED.case, 400, "licensure: California, licensure: Oregon"),
    (EMPTY, 6, "Case()"),
    (PARSED.issues, 140, "(Issue(1, Upheld: physical therapy for the left knee, 6 visits), Issue(2, Overturned: Electro-diagnostic testing of the left arm))"),
    (replace(PARSED.issues[0], request=Value("left knee " * 200, "", 0, 0)), 110, " ...)"),
    (PARSED.requests, 400, "Request(treatment: physical therapy, category: Rehabilitation, "),
    (find_request("Zzyzx as discussed"), 9, "Request()"),
    ([*load_drugs().values()], 100 * len(load_drugs()), "Drug(Norco: hydrocodone; acetaminophen, Opioids)"),
    (load_guidelines(), 100 * len(load_guidelines()), "Guideline(mtus.chronic_pain.2016, Chronic Pain Medical Treatment, 2016)"),
    (replace(find_guideline("mtus.chronic_pain.2016"), edition=None), 80, "Chronic Pain Medical Treatment)"),
    (CATALOGUE, 40, f"Catalogue({len(CATALOGUE.criteria)} criteria, {len(CATALOGUE.topics)} topics)"),
    (CATALOGUE.criteria, 150 * len(CATALOGUE.criteria), "Criterion(work_hardening.no_surgery: No surgery or other clearly indicated treatment)"),
    (PARSED.readings, 120, "(Reading(physical_medicine: 6 sentences, "),
    (reading("Once.", [("fact", 0, 5)], match("x.a", [(0, 4)])), 60, "Reading(topic not known: 1 sentence, 1 criterion)"),
    (PARSED, 60, "ParsedLetter(CM00-0000001, layout D2, 2 issues, 0 faults)"),
    (replace(PARSED, issues=PARSED.issues[:1], faults=("fault",)), 60, "1 issue, 1 fault)"),
], ids=lambda value: value if isinstance(value, int) else "")
def test_the_line_of_a_record_is_short(record, most, says):
    line = repr(record)
    assert says in line and len(line) <= most and "None" not in line and " at 0x" not in line


def test_no_record_of_our_letters_has_a_long_line():
    letters = [parse_letter(path) for path in [*(ROOT / "data/letters").glob("*.txt"), *(ROOT / "data/invented").glob("[A-D]*.txt")]]
    for parsed in letters:
        for record in [parsed, parsed.letter, parsed.case, *parsed.issues, *parsed.requests, *parsed.readings]:
            assert len(repr(record)) <= 600, record


@pytest.mark.parametrize("record, says, leaves_out", [
    (PARSED.letter, ["<summary>", "3 pages", f"{len(PARSED.letter.text):,} characters: Case Number: CM00-0000001 Date Assigned"], []),
    (PARSED.case, [">date_of_injury<", ">2017-01-17<", ">01/17/2017<", ">Oregon<", ">34 year old<", "Physical Medicine &amp; Rehabilitation"], ["None", "subspecialties"]),
    (PARSED.issues[0], ["physical therapy for the left knee, 6 visits", ">Upheld<", ">Decision based on MTUS Knee Complaints 2004, Section(s): Initial Care, and ",
                        ">Decision based on MTUS Chronic Pain Medical Treatment 2016, Section(s): Physical medicine treatment.<", ">The MTUS allows a short course"],
     ["None", "is not medically necessary", ">start<"]),
    (PARSED.requests[0], [">treatment<", ">physical therapy<", ">knee<", ">(6, 6)<"], ["None", "quantity", "drug"]),
    (SURGERY, ["<dt>id</dt><dd>work_hardening.no_surgery</dd>", f"<dd>{SURGERY.definition}</dd>", "<dt>counter_example</dt>"], ["Cue(", "<dd></dd>"]),
    (reading("Once.", [], match("x.a", [(0, 4)]), match("x.b", (), [(0, 4)], "not_met")),
     [">x.a</td><td style='text-align:left'>yes<", ">yes</td><td style='text-align:left'>not_met<", "<caption>Reading(topic not known: "], ["None", ">met<"]),
    (PARSED, [">Overturned<"], ["None"]),
], ids=lambda value: type(value).__name__)
def test_the_page_of_a_record(record, says, leaves_out):
    page = record._repr_html_()
    Page(page)
    assert [words for words in says if words not in page] == [] and [words for words in leaves_out if words in page] == []


SAID = Value(RUDE, f"{RUDE}.", 0, 9)


@pytest.mark.parametrize("record", [
    replace(PARSED.letter, text=RUDE, source=RUDE),
    replace(PARSED.case, case_number=SAID, header_other=(SAID, SAID), flags=(RUDE,)),
    replace(PARSED.issues[0], request=SAID, decision=SAID, claims_administrator=SAID, reviewer=SAID, rationale=SAID),
    replace(PARSED.requests[0], treatment=SAID, category=RUDE, body_region=(SAID,)),
    replace(SURGERY, id=RUDE, label=RUDE, definition=RUDE, example=RUDE),
    replace(reading(RUDE, [], match(RUDE, [(0, 4)], [(0, 4)], RUDE)), topic=RUDE),
], ids=lambda record: type(record).__name__)
def test_records_escape_the_text_of_letters(record):
    page = Page(record._repr_html_())
    assert {*page.tags} <= {"table", "caption", "tr", "th", "td", "dl", "dt", "dd", "details", "summary", "p"}
    assert {(name, value) for one in page.attributes for name, value in one.items()} <= {("style", "text-align:left")}
    assert unescape(record._repr_html_()).count(RUDE) >= 2

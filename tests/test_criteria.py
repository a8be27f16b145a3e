"""The criteria: catalogue, sentences with their expected codes, the codebook's worked examples, and what holds for every text."""
import csv
import random
import time

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from imr_research import criteria as room
from imr_research import cues as cue_room
from imr_research.citations import CatalogueError
from imr_research.criteria import load_criteria, match_criteria, read_criteria, read_rationale
from imr_research.cues import CueIndex, make_cue, plain_text
from imr_research.tables import parse_letter

SENTENCES = [*csv.DictReader((ROOT / "data/invented/criteria_sentences.csv").open(encoding="utf-8", newline=""))]
CATALOGUE = load_criteria()


def codes(matches):
    """Matches as the table of sentences writes them: id: recited, finding"""
    return sorted(f"{one.criterion_id}: {', '.join(['recited'] * one.recited + [one.finding] * one.applied)}" for one in matches)


def read_topic(text, topic):
    return match_criteria(text, topics=dict.fromkeys([topic, "general"]))


@pytest.mark.parametrize("row", SENTENCES, ids=lambda row: row["text"][:50])
def test_sentences(row):
    assert codes(read_topic(row["text"], row["topic"])) == sorted(filter(None, row["expected"].split("; ")))


def test_there_are_enough_sentences_and_look_alikes():
    assert len(SENTENCES) >= 80 and sum(not row["expected"] for row in SENTENCES) >= 6
    assert {row["topic"] for row in SENTENCES} >= {one.topic for one in CATALOGUE.criteria.values() if one.source == "codebook"}


@pytest.mark.parametrize("criterion", CATALOGUE.criteria.values(), ids=lambda one: one.id)
def test_each_example_is_found_and_no_counter_example(criterion):
    assert criterion.id in {one.criterion_id for one in read_topic(criterion.example, criterion.topic)}
    assert criterion.id not in {one.criterion_id for one in read_topic(criterion.counter_example, criterion.topic)}


# The worked examples of the codebook's last section, typed from there.
NOT_DOCUMENTED = "not_documented"
WORKED = {
    "000_be62e85b53db9f2d": {
        "work_hardening.job_demands": (True, NOT_DOCUMENTED),
        "work_hardening.therapy_plateau": (True, NOT_DOCUMENTED),
        "work_hardening.return_to_work_goal": (True, NOT_DOCUMENTED),
        "work_hardening.early_progress": (True, None),
        "general.provider_rationale": (False, NOT_DOCUMENTED),
    },
    "001_340026182a494e1a": {
        "work_hardening.job_demands": (True, NOT_DOCUMENTED),
        "work_hardening.therapy_plateau": (True, NOT_DOCUMENTED),
        "work_hardening.no_surgery": (True, NOT_DOCUMENTED),
        "work_hardening.recovery_sufficient": (True, NOT_DOCUMENTED),
        "work_hardening.return_to_work_goal": (True, NOT_DOCUMENTED),
        "work_hardening.able_to_benefit": (True, NOT_DOCUMENTED),
        "work_hardening.within_two_years": (True, "not_met"),
        "work_hardening.early_progress": (True, "not_met"),
    },
}


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_examples_of_the_codebook(name):
    parsed = parse_letter(ROOT / f"data/letters/{name}.txt")
    assert {one.criterion_id: (one.recited, one.finding) for one in parsed.readings[0].criteria} == WORKED[name]
    assert parsed.readings[0].topic == "work_hardening"
    if name == "000_be62e85b53db9f2d":
        assert {one.wording for one in parsed.readings[0].criteria if one.recited} == {"number"}


def test_the_codebook_is_whole():
    """Ids, topics and definitions are the codebook's: 98 criteria in 16 topics."""
    own = [one for one in CATALOGUE.criteria.values() if one.source == "codebook"]
    assert len(own) == 98 and len({one.topic for one in own}) == 16


@pytest.mark.parametrize(("text", "roles"), [
    ("The MTUS recommends a short course. The patient has used it for a year. Therefore, the request is not medically necessary.", "rule application conclusion"),
    ("The request is not medically necessary. Weaning of the medication is recommended.", "conclusion other"),
    ("The patient is a 45 year old male who fell. He has neck pain.", "fact fact"),
    ("Physical therapy for the neck, 12 visits, was the original request. Six visits were authorized by the Claims Administrator.", "other other"),
    ("ODG states: \"Recommended as an option. Patients should be formally assessed.\" In this case there is no documentation of a formal reassessment.", "rule rule application"),
])
def test_roles_of_sentences(text, roles):
    assert " ".join(one.role for one in read_rationale(text, topics=["muscle_relaxants", "physical_medicine"]).sentences) == roles


# --- the cue language

def brute(cue, words):
    """Whether a cue stands in words, tried place by place without the automaton."""
    def ends(row, at):
        return at + len(row) if len(row) <= len(words) - at and all(part in cue_room._kinds(words[at + i]) for i, part in enumerate(row)) else None

    def run_places(run):
        found = []
        for start in range(len(words)):
            reached = {start}
            for rows, empty in cue_room._places(run):
                reached = (reached if empty else set()) | {end for at in reached for row in rows if (end := ends(row, at)) is not None}
            found += [(start, end - 1) for end in reached if end > start]
        return found

    def part(runs):
        first, *rest = runs
        places = run_places(first)
        for run in rest:
            places = [(a, d) for a, b in places for c, d in run_places(run) if b < c <= b + 1 + cue_room._GAP]
        return bool(places)
    return all(map(part, cue.parts)) and not any(map(part, cue.vetoes))


ALL_CUES = [cue for one in CATALOGUE.criteria.values() for cue in one.cues]
VOCABULARY = sorted({word.strip("*") for cue in ALL_CUES for part in cue.parts for run in part for word in cue_room._RUN_OF_WORDS.findall(run) if word[0].isalpha()})


def test_the_automaton_finds_what_trying_each_cue_finds():
    chooser, index = random.Random(20261125), CueIndex(ALL_CUES)
    found = 0
    for _ in range(60):
        words = [chooser.choice(VOCABULARY) if chooser.random() > 0.1 else str(chooser.randint(1, 30)) for _ in range(14)]
        got = {id(cue) for cue in index.which(index.read(" ".join(words)))}
        expected = {id(cue) for cue in ALL_CUES if brute(cue, words)}
        assert got == expected, " ".join(words)
        found += len(expected)
    assert found > 60  # the random clauses hold something to find


@pytest.mark.parametrize(("cue", "clause", "found"), [
    ("red flag", "red-flag signs", True), ("red flag", "red flags", False), ("red flag*", "Red\nFlags", True),
    ("[clear|] evidence", "evidence", True), ("failed ... care", "failed a b c d e f g h care", True), ("failed ... care", "failed a b c d e f g h i care", False),
    ("# visits", "three to six visits", True), ("# visits", "3-6 visits", True), ("#% relief", "50 % relief", True), ("surgery & planned", "planned the surgery", True),
    ("surgery ! arthroscopy", "surgery by arthroscopy", False), ("has not", "it hasn’t failed", True), ("can not", "it can't be", True), ("the patient is", "the (patient) is", False),
])
def test_the_cue_language(cue, clause, found):
    assert bool(CueIndex([make_cue(cue, "x", {})]).find(plain_text(clause))) is found


def copy_catalogue(tmp_path, change):
    """The package's catalogue with a changed file beside it."""
    rows = [*csv.DictReader((ROOT / "imr_research/criteria.csv").open(encoding="utf-8", newline=""))]
    change(rows)
    path = tmp_path / "criteria.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(("column", "value", "words"), [
    ("cues", "red [flag", "row 12 .*acupuncture.medication_reduced.*not closed"), ("cues", "maybe: flag", "row 12 .*maybe: is no label"), ("cues", "<cure> flag", "row 12 .*no list <cure>"),
    ("cues", "", "row 12 .*cues is empty"), ("cues", "as: nothing.there", "as: nothing.there is no criterion"), ("criterion_id", "work_hardening.no_surgery", "row 12 .*does not begin with its topic"),
    ("topic", "magic", "row 12 .*does not begin with its topic"), ("n", "one", "row 12 .*invalid literal"), ("example", " ", "row 12 .*example is empty"),
    ("cues", "limit: # things", "row 12 .*needs a threshold"),
])
def test_a_wrong_row_is_named(tmp_path, column, value, words):
    path = copy_catalogue(tmp_path, lambda rows: rows[10].update({column: value}))
    with pytest.raises(CatalogueError, match=f"criteria.csv.*{words}"):
        read_criteria(path)


def test_one_row_adds_a_criterion(tmp_path):
    def add(rows):
        rows.append(dict.fromkeys(rows[0], "") | {
            "criterion_id": "tens.batteries", "topic": "tens", "n": "7", "label": "Batteries at hand", "definition": "The unit needs batteries.", "source": "letters",
            "cues": "spare batteries", "example": "The guideline asks for spare batteries.", "counter_example": "The battery failed."})
    catalogue = read_criteria(copy_catalogue(tmp_path, add))
    text = "The guideline asks that patients have spare batteries. There is no documentation of spare batteries for the TENS unit."
    assert codes(match_criteria(text, catalogue=catalogue)) == ["tens.batteries: recited, not_documented"]
    assert "tens.batteries" not in {one.criterion_id for one in match_criteria(text)}


def test_topics_are_checked():
    with pytest.raises(ValueError, match="no such topic: tea .*acupuncture"):
        match_criteria("Any text.", topics=["tea"])


# --- what holds for every text

PIECES = [*[row["text"] for row in SENTENCES], "therefore, ", "(3) ", '"', "....", "\n\n", "not ", "Dr. ", " of ", "is not medically necessary. ", "11/7/2012Patient ", "’", "İ", "\f", "a" * 40]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=300), st.integers(0, 1000))
def test_every_text_is_read_and_every_place_is_in_it(text, start):
    reading = read_rationale(text, start)
    assert [one.number for one in reading.sentences] == [*range(1, len(reading.sentences) + 1)]
    edges = [edge for one in reading.sentences for edge in (one.start, one.end)]
    assert edges == sorted(edges) and all(start <= edge <= start + len(text) for edge in edges)
    for match in reading.criteria:
        assert match.recited or match.applied
        assert (match.finding is not None) == match.applied and (match.wording is not None) == match.recited
        assert bool(match.recited_spans) == match.recited and bool(match.applied_spans) == match.applied
        assert all(start <= a < b <= start + len(text) for a, b in match.recited_spans + match.applied_spans)
    assert reading == read_rationale(text, start)  # deterministic


@pytest.mark.parametrize("piece", ["no ", "the patient has not ", "exceeds the guideline ", "1) a ", "\"", "( ", "failed care. ", "not not ", "although ", ", and the patient is ", "a.B"])
def test_time_grows_with_the_text_and_with_nothing_else(piece):
    def seconds(size):
        text = piece * (size // len(piece))
        started = time.process_time()  # other tests run at the same time
        read_rationale(text, topics=["spine_imaging", "general"])
        return time.process_time() - started
    seconds(1000)
    assert min(seconds(60_000) / seconds(30_000) for _ in range(5)) < 3.2  # linear is 2, quadratic 4


def test_the_roles_are_those_of_the_contract():
    assert {*room._ROLES} == {"rule", "fact", "application", "conclusion", "other"}

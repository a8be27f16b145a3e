"""Room 09, recitation: passages that we plant ourselves, with what must come out written by hand; and the 120 letters."""
import hashlib
import os
import random
import re
import shutil
from collections import Counter

import pandas as pd
import pytest

import imr_research.corpus as corpus
import imr_research.recitation as recitation
from imr_research.corpus import EngineError, parse_corpus, read_tables
from imr_research.recitation import Recitation, find_passages, match_passages, measure_fidelity, show_variants
from imr_research.wording import EDITS, split_words

FRAMES = ["passages", "places", "variants", "rationales", "edits"]
PLACE = ["letter_id", "issue_no", "start", "end"]
COLUMNS = {
    "texts": ["letter_id", "text"],
    "letters": ["letter_id", "licensure", "specialties", "subspecialties"],
    "issues": ["letter_id", "issue_no", "rationale", "start", "decision"],
    "citations": ["letter_id", "issue_no", "cited_by", "guideline_id", "start", "end"],
    "criteria": ["letter_id", "issue_no", "criterion_id", "recited_spans"],
    "sentences": ["letter_id", "issue_no", "role", "start", "end"],
}

# Twenty words and more, no word of which stands in what `own` makes.
PASSAGE = ("Short term use of the patch may be tried as an add-on to a program of home exercise for 6 weeks, but it is not "
           "recommended where the skin is broken, and the effect should be written down at every visit to the clinic.")
SECOND = "A sleep study is of use where snoring is loud and tiredness by day goes on for half a year or longer."
THIRD = "Ramps and rails are chosen with the family after a look at the rooms and the steps that lead to them."


def own(seed, words=12) -> str:
    """A sentence that no other letter has."""
    draw = random.Random(f"own {seed}")
    return " ".join("".join(draw.choices("bcdfghjklmnpqrstvwxz", k=7)) for _ in range(words)).capitalize() + "."


def letter(letter_id, *rationales, by="Neurology", decisions=None):
    return {"letter_id": letter_id, "rationales": rationales, "by": by, "decisions": decisions or ["Upheld"] * len(rationales)}


def around(*texts, by=None) -> list:
    """A letter for each text, which stands there between words that are nowhere else."""
    names = by or ["Neurology", "Surgery", "Psychiatry"]
    return [letter(f"L{i:02}", f"{own((i, 'front'))} {text} {own((i, 'end'))}", by=names[i % len(names)]) for i, text in enumerate(texts)]


def tables_of(letters, rules=(), criteria=(), citations=(), cited_by="rationale") -> dict:
    """The tables that the room needs. Rules are words of sentences; criteria and citations pairs of an id and words; each holds wherever its words stand."""
    rows = {table: [] for table in COLUMNS}
    for one in letters:
        text = f"Letter {one['letter_id']}\n\n"
        rows["letters"].append((one["letter_id"], ["California"], [one["by"]] if one["by"] else [], []))
        for number, (rationale, decision) in enumerate(zip(one["rationales"], one["decisions"]), 1):
            key, start = (one["letter_id"], number), len(text)
            text += rationale + "\n\n"
            spans = lambda words: [[start + found.start(), start + found.end()] for found in re.finditer(re.escape(words), rationale)]
            rows["issues"].append((*key, rationale, start, decision))
            rows["sentences"] += [(*key, "rule", *span) for words in rules for span in spans(words)]
            rows["criteria"] += [(*key, name, spans(words)) for name, words in criteria if spans(words)]
            rows["citations"] += [(*key, cited_by, name, *span) for name, words in citations for span in spans(words)]
        rows["texts"].append((one["letter_id"], text))
    return {table: pd.DataFrame(some, columns=COLUMNS[table]) for table, some in rows.items()}


def find(letters, **more):
    return find_passages(tables_of(letters, **more), progress=False)


def plain(text) -> str:
    return " ".join(split_words(text).plain)


def as_lists(frame) -> list:
    """Rows that can be compared: lists for arrays, None for what is missing."""
    def value(cell):
        return [*cell] if hasattr(cell, "__len__") and not isinstance(cell, str) else None if pd.isna(cell) else cell
    return [tuple(map(value, row)) for row in frame.itertuples(index=False)]


def same(one, other) -> bool:
    return all(as_lists(getattr(one, name)) == as_lists(getattr(other, name)) for name in FRAMES)


def told_edits(found) -> list:
    return [(row.kind, row.common, row.here) for row in found.edits.itertuples()]


# What recurs, and what does not

ONE_EDIT = [  # kind, words of PASSAGE, words put for them, and the edit's own words where they are others
    ("number", "6 weeks", "8 weeks", ("6", "8")),
    ("negation", "is not recommended", "is recommended", ("not", "")),
    ("obligation", "should be", "must be", ("should", "must")),
    ("changed", "at every visit", "after every visit", ("at", "after")),
    ("cut", "program of home exercise", "program of exercise", ("home", "")),
    ("dots", "where the skin is broken, and", "... and", ("where the skin is broken", "...")),
    ("added", "is broken", "is bruised or broken", ("", "bruised or")),
    ("hyphen", "add-on", "add on", ("add-on", "add on")),
    ("spacing", "written down", "writtendown", ("written down", "writtendown")),
    ("number_form", "6 weeks", "six weeks", ("6", "six")),
]


@pytest.mark.parametrize("kind, common, here, words", ONE_EDIT)
def test_an_edited_passage_is_one(kind, common, here, words):
    assert PASSAGE.count(common) == 1
    found = find(around(PASSAGE, PASSAGE.replace(common, here), PASSAGE))
    assert [*map(plain, found.passages.text)] == [plain(PASSAGE)]
    assert (found.passages.places[0], found.passages.letters[0], found.passages.variants[0]) == (3, 3, 2)
    assert told_edits(found) == [(kind, *words)]
    assert [*found.variants.places] == [2, 1] and [*found.variants[kind]] == [0, 1]
    assert sum(found.variants[other].sum() for other in EDITS) == 1


def test_every_kind_is_tried():
    assert {kind for kind, *_ in ONE_EDIT} == {*EDITS}


def test_a_passage_with_many_edits_is_still_one():
    edited = PASSAGE
    for kind, common, here, _ in ONE_EDIT:
        if kind in ["hyphen", "number", "negation", "obligation", "changed"]:
            edited = edited.replace(common, here)
    found = find(around(PASSAGE, edited, PASSAGE, PASSAGE))
    assert [*found.passages.places] == [4]
    assert told_edits(found) == [("hyphen", "add-on", "add on"), ("number", "6", "8"), ("negation", "not", ""), ("obligation", "should", "must"), ("changed", "at", "after")]


@pytest.mark.parametrize("letters, passages", [(2, 0), (3, 1), (4, 1)])
def test_a_passage_stands_in_three_letters(letters, passages):
    assert len(find(around(*[PASSAGE] * letters)).passages) == passages


def test_fewer_letters_do_where_that_is_asked():
    assert [*find_passages(tables_of(around(PASSAGE, PASSAGE)), min_letters=2, progress=False).passages.letters] == [2]


def test_three_issues_of_one_letter_are_one_letter():
    found = find([letter("A", *(f"{own(i)} {PASSAGE} {own(-i)}" for i in range(1, 4)))])
    assert found.passages.empty and found.places.empty and [*found.rationales.patient] == [1, 1, 1]


@pytest.mark.parametrize("words, passages", [(7, 0), (8, 1), (9, 1)])
def test_a_passage_has_eight_words(words, passages):
    text = " ".join(SECOND.split()[:words])
    found = find(around(*[text] * 5))
    assert [*map(plain, found.passages.text)] == [plain(text)] * passages


def test_more_words_are_asked_for():
    tables = tables_of(around(*[SECOND] * 3))
    assert [len(find_passages(tables, min_words=n, progress=False).passages) for n in (22, 23)] == [1, 0] and len(SECOND.split()) == 22


def test_no_passage_crosses_from_one_rationale_into_the_next():
    words = THIRD.split()
    letters = [letter(f"L{i}", f"{own((i, 1))} {' '.join(words[:6])}", f"{' '.join(words[6:12])} {own((i, 2))}") for i in range(4)]
    assert find(letters).passages.empty


def test_fewer_words_than_a_run_are_refused():
    with pytest.raises(ValueError, match="min_words is 3; runs of 5 words"):
        find_passages(tables_of(around(*["ramps and rails"] * 4)), min_words=3, progress=False)


def test_two_texts_that_follow_one_another_are_two_where_the_second_stands_alone_more_often():
    found = find(around(*[f"{PASSAGE} {SECOND}"] * 3, *[SECOND] * 4))
    assert {*map(plain, found.passages.text)} == {plain(PASSAGE), plain(SECOND)}
    assert dict(zip(map(plain, found.passages.text), found.passages.places)) == {plain(PASSAGE): 3, plain(SECOND): 7}


def test_two_texts_that_nearly_always_follow_one_another_are_one():
    found = find(around(*[f"{PASSAGE} {SECOND}"] * 5, SECOND))
    assert [*map(plain, found.passages.text)] == [plain(f"{PASSAGE} {SECOND}")]
    assert [*found.passages.places] == [6]  # one of them begins in the middle
    assert sorted((row.first, row.places) for row in found.variants.itertuples()) == [(0, 5), (len(split_words(PASSAGE)), 1)]


def test_passages_that_cover_most_come_first():
    found = find(around(*[THIRD] * 3) + [letter(f"M{i}", f"{own(('m', i))} {SECOND}", by=str(i)) for i in range(5)] + [letter(f"N{i}", PASSAGE + own(("n", i))) for i in range(4)])
    assert [*map(plain, found.passages.text)] == [plain(PASSAGE), plain(SECOND), plain(THIRD)]
    assert [*found.passages.covered_words] == [4 * len(split_words(PASSAGE)), 5 * 22, 3 * 21]


def test_a_passage_that_stands_twice_in_a_rationale_has_two_places():
    found = find(around(f"{SECOND} {own('between', 30)} {SECOND}", SECOND, SECOND))
    assert [*found.passages.places] == [4] and [*found.passages.issues] == [3] and [*found.passages.letters] == [3]
    assert [*found.passages.upheld] == [3]


@pytest.mark.parametrize("words", [0, 3, 12])
def test_a_passage_that_stands_twice_near_by_has_two_places(words):
    found = find(around(f"{SECOND} {own('between', words)} {SECOND}", *[SECOND] * 4))
    assert [*found.passages.places] == [6] and [*found.passages.letters] == [5]


def insert(text, seed, words) -> str:
    """A text with words of one letter put in after its tenth."""
    return " ".join([*text.split()[:10], own(seed, words)[:-1].lower(), *text.split()[10:]])


@pytest.mark.parametrize("exact, put_in", [(8, 1), (17, 2), (8, 2), (40, 5)])
def test_the_common_form_is_the_one_that_most_letters_have(exact, put_in):
    found = find(around(*[SECOND] * exact, *(insert(SECOND, ("put in", i), 10) for i in range(put_in))))
    assert [*map(plain, found.passages.text)] == [plain(SECOND)] and [*found.passages.places] == [exact + put_in]


def test_renderings_of_one_letter_each_do_not_outvote_the_common_form():
    numbers = [8, 9, 10, 11, 12, 14]
    found = find(around(*[PASSAGE] * 5, *(PASSAGE.replace("6 weeks", f"{number} weeks") for number in numbers)))
    assert [*map(plain, found.passages.text)] == [plain(PASSAGE)]
    assert sorted(told_edits(found)) == sorted(("number", "6", str(number)) for number in numbers)


@pytest.mark.parametrize("texts", [(f"{SECOND} {PASSAGE}", f"{SECOND} {THIRD}"), (f"{PASSAGE} {SECOND}", f"{THIRD} {SECOND}")])
def test_two_ways_to_go_on_are_both_found(texts):
    found = find(around(*texts * 3))
    recited = found.rationales.words * (1 - found.rationales.patient)
    assert [*recited.round(6)] == [len(split_words(text)) for text in texts] * 3


def test_a_short_cut_and_a_long_one_are_two_variants():
    found = find(around(PASSAGE, PASSAGE, PASSAGE.replace("home exercise for 6", "for 6"), PASSAGE.replace("home exercise for 6", "6")))
    assert found.passages.variants[0] == 3
    assert sorted(told_edits(found)) == [("cut", "home exercise", ""), ("cut", "home exercise for", "")]


def test_decisions_and_reviewers_are_counted_once():
    letters = [letter("A", f"{SECOND} {own(1)}", f"{own(2)} {SECOND}", decisions=["Upheld", "Overturned"]),
               letter("B", f"{SECOND} {own(3)}", by="Surgery", decisions=["Overturned in Part"]), letter("C", f"{own(4)} {SECOND}"), letter("D", f"{own(5)} {SECOND}", by="")]
    (row,) = find(letters).passages.to_dict("records")
    assert (row["places"], row["issues"], row["letters"], row["upheld"], row["overturned"]) == (5, 5, 4, 3, 2)
    assert row["reviewers"] == 3  # Neurology, Surgery, and one who tells his state only


def test_reviewers_without_credentials_are_not_counted():
    tables = tables_of(around(*[SECOND] * 3))
    tables["letters"]["licensure"] = tables["letters"]["specialties"] = [[]] * 3
    (row,) = find_passages(tables, progress=False).passages.to_dict("records")
    assert row["reviewers"] == 0 and pd.isna(row["class"])


# Where, and how much

MIXED = [
    letter("A", f"{own('a')} {PASSAGE} {own('aa')}", f"{own('a2')} {SECOND}", by="Surgery"),
    letter("B", PASSAGE.replace("6 weeks", "8 weeks") + " " + own("b") + " " + SECOND.replace("loud", "very\nloud"), by="Neurology"),
    letter("C", f"{PASSAGE}\n\n{own('c', 40)}", own("whole", 30), own("whole", 30), "", by="Psychiatry"),
    letter("D", own("whole", 30).upper(), f"{SECOND} {own('d')}", own("only d"), by="Surgery"),
    letter("E", f"{own('e')} {PASSAGE.replace('may be tried', '...')}", f"{SECOND}", by="Rheumatology"),
]


@pytest.fixture(scope="module")
def mixed():
    return find(MIXED)


def test_what_the_mixed_letters_hold(mixed):
    texts = {plain(PASSAGE): 4, plain(SECOND): 4, plain(own("whole", 30)): 3}
    assert dict(zip(map(plain, mixed.passages.text), mixed.passages.places)) == texts
    assert sorted(told_edits(mixed)) == [("added", "", "very"), ("dots", "may be tried", "..."), ("number", "6", "8")]


def test_places_stand_in_the_text_of_the_letter(mixed):
    texts = dict(zip(*tables_of(MIXED)["texts"].to_dict("list").values()))
    variants = mixed.variants.set_index(["passage_id", "variant"]).text
    issues = {(row.letter_id, row.issue_no): row for row in tables_of(MIXED)["issues"].itertuples()}
    for place in mixed.places.itertuples():
        here, issue = texts[place.letter_id][place.start : place.end], issues[place.letter_id, place.issue_no]
        assert plain(here) == plain(variants[place.passage_id, place.variant]) and here == here.strip()
        assert issue.start <= place.start < place.end <= issue.start + len(issue.rationale)
        assert 0 < place.own_words <= len(split_words(here))


def test_counts_of_the_tables_agree(mixed):
    places = mixed.places.groupby("passage_id")
    for row in mixed.passages.itertuples():
        some = places.get_group(row.passage_id)
        assert (row.places, row.letters, row.covered_words) == (len(some), some.letter_id.nunique(), some.own_words.sum())
        own_variants = mixed.variants[mixed.variants.passage_id == row.passage_id]
        assert row.variants == len(own_variants) and own_variants.places.sum() == row.places
        assert [*own_variants.variant] == [*range(1, row.variants + 1)] and [*own_variants.places] == sorted(own_variants.places, reverse=True)
    kinds = Counter(mixed.edits.kind)
    assert {kind: int(mixed.variants[kind].sum()) for kind in EDITS} == {kind: kinds[kind] for kind in EDITS}


def test_shares_sum_to_one_and_are_those_of_the_words(mixed):
    rows = mixed.rationales.set_index(["letter_id", "issue_no"])
    full = rows[rows.words > 0]
    shares = full[["guideline", "boilerplate", "shared", "patient"]]
    assert ((shares.sum(axis=1) - 1).abs() < 1e-9).all() and shares.ge(0).all(axis=None) and shares.le(1).all(axis=None)
    assert rows.patient["D", 3] == 1 and rows.patient["E", 2] == 0
    assert rows.words["A", 2] == 12 + 22 and abs(rows.patient["A", 2] - 12 / 34) < 1e-9


def test_an_empty_rationale_has_no_shares(mixed):
    (row,) = mixed.rationales[mixed.rationales.words == 0].to_dict("records")
    assert (row["letter_id"], row["issue_no"]) == ("C", 4)
    assert all(pd.isna(row[share]) for share in ["guideline", "boilerplate", "shared", "patient"])


def test_nothing_but_empty_rationales_have_no_shares():
    rows = find([letter("A", "", "..."), letter("B", "")]).rationales
    assert rows[["guideline", "boilerplate", "shared", "patient"]].isna().all(axis=None)


def test_duplicates_are_counted_by_their_words(mixed):
    rows = mixed.rationales.set_index(["letter_id", "issue_no"])
    assert {key: rows.duplicates[key] for key in [("C", 2), ("C", 3), ("D", 1), ("D", 3), ("E", 2)]} == {("C", 2): 3, ("C", 3): 3, ("D", 1): 3, ("D", 3): 1, ("E", 2): 1}
    assert all(abs(row.weight - 1 / row.duplicates) < 1e-12 for row in rows.itertuples())
    assert abs(rows.weight.sum() - len({plain(text) for one in MIXED for text in one["rationales"]})) < 1e-9


def test_rationales_are_all_issues_in_order(mixed):
    assert [*zip(mixed.rationales.letter_id, mixed.rationales.issue_no)] == [(one["letter_id"], n) for one in MIXED for n, _ in enumerate(one["rationales"], 1)]


# Classes, guidelines, criteria, quotation

DEPENDENT = "As the operation asked for is not medically necessary, the walker for afterwards is not medically necessary either."
WEANING = "This decision should not be read as advice to stop the tablets at once, and how fast to taper is left to the prescribing physician."


@pytest.mark.parametrize("letters, rules, expected", [
    (around(*[PASSAGE] * 3), [PASSAGE], "guideline"),
    (around(*[PASSAGE] * 3), [PASSAGE[:20]], None),  # less than half of it reads as a rule
    (around(*[PASSAGE] * 3), [], None),
    (around(*[PASSAGE] * 3, by=["Surgery"]), [], "boilerplate"),
    (around(*[PASSAGE] * 3, by=["Surgery"]), [PASSAGE], "boilerplate"),  # one reviewer's choice of a guideline
    (around(*[DEPENDENT] * 3), [], "dependent"),
    (around(*[WEANING] * 3, by=["Surgery"]), [], "administrative"),
    ([letter("A", own("whole", 30), own("whole", 30))], [], "duplicate"),
    ([letter("A", own("whole", 30)), letter("B", own("whole", 30), by="Surgery")], [], "duplicate"),
    ([letter("A", DEPENDENT, DEPENDENT)], [], "dependent"),
])
def test_classes(letters, rules, expected):
    found = find(letters, rules=rules)
    assert [None if pd.isna(name) else name for name in found.passages["class"]] == [expected]
    share = {"guideline": "guideline", "boilerplate": "boilerplate", "dependent": "boilerplate", "administrative": "boilerplate"}.get(expected, "patient" if expected == "duplicate" else "shared")
    rows = found.rationales
    assert (rows[share] > 0).all() and (rows[[name for name in ["guideline", "boilerplate", "shared"] if name != share]] == 0).all(axis=None)


def test_a_criterion_makes_a_guideline_and_is_named():
    found = find(around(*[PASSAGE] * 3), criteria=[("patch.skin", "skin is broken"), ("patch.weeks", "6 weeks"), ("other.thing", own((0, "end")))])
    (row,) = found.passages.to_dict("records")
    assert row["class"] == "guideline" and [*row["criterion_ids"]] == ["patch.skin", "patch.weeks"]


def test_criteria_of_less_than_half_of_the_places_are_not_the_passage_s():
    texts = [PASSAGE, PASSAGE, PASSAGE.replace("6 weeks", "8 weeks")]
    (row,) = find(around(*texts), criteria=[("patch.skin", "skin is broken"), ("patch.eight", "8 weeks")]).passages.to_dict("records")
    assert [*row["criterion_ids"]] == ["patch.skin"]


@pytest.mark.parametrize("texts, cited_by, expected", [
    ([f"{PASSAGE} (Blue Book)"] * 3, "rationale", ["blue"]),  # behind it
    ([f"The Blue Book has this: {PASSAGE}"] * 3, "rationale", ["blue"]),  # in front of it
    ([f"{PASSAGE} (Blue Book)"] * 3, "reviewer", []),  # the guideline line is no part of the rationale
    ([f"{PASSAGE} {own('far', 40)[:-1]} Blue Book"] + [f"{PASSAGE} {own(('far', i), 40)[:-1]} Blue Book" for i in range(2)], "rationale", []),
    ([f"{PASSAGE} (Blue Book)"] * 2 + [f"{PASSAGE} (Red Book)"], "rationale", ["blue"]),
    ([f"{PASSAGE} (Blue Book)", PASSAGE, PASSAGE], "rationale", ["blue"]),  # those that name none do not speak
    ([f"{PASSAGE} (Blue Book)", f"{PASSAGE} (Red Book)", PASSAGE], "rationale", ["blue", "red"]),
])
def test_guidelines(texts, cited_by, expected):
    found = find(around(*texts), citations=[("blue", "Blue Book"), ("red", "Red Book"), (None, "exercise")], cited_by=cited_by)
    (row,) = [row for row in found.passages.to_dict("records") if plain(PASSAGE) in plain(row["text"])]
    assert [*row["guideline_ids"]] == expected


QUOTED = [
    (f'It reads: "{PASSAGE}"', "marks"),
    (f"It reads: “{PASSAGE}”", "marks"),
    (f'It has this page: "As ever. {PASSAGE}"', "marks"),
    (f"The book states that {PASSAGE}", "says"),
    (f"The book says: {PASSAGE}", "says"),
    (f'"Yes," he said. {PASSAGE}', None),
    (f"“Yes,” he said. {PASSAGE}", None),
    (f"The knee is sore. {PASSAGE}", None),
    (PASSAGE, None),
    (f'He is 6\'2" tall. {PASSAGE}', None),
    (f"She is sure that {PASSAGE}", None),
]


@pytest.mark.parametrize("text, expected", QUOTED)
def test_quotation(text, expected):
    found = find(around(text, PASSAGE, PASSAGE))
    (quoted,) = found.places[found.places.letter_id == "L00"].quoted
    assert (None if pd.isna(quoted) else quoted) == expected


def test_fidelity():
    half = " ".join(PASSAGE.split()[:20])
    found = find(around(PASSAGE, PASSAGE, f'"{half}"', PASSAGE.replace("where the skin is broken, and", "... and"), PASSAGE.replace("6 weeks", "8 weeks")))
    n = len(split_words(PASSAGE))
    rows = measure_fidelity(found).set_index("letter_id")
    assert [round(rows.kept[f"L{i:02}"] * n, 6) for i in range(5)] == [n, n, len(split_words(half)), n - 5, n - 1]
    assert [None if pd.isna(one) else one for one in rows.quoted] == [None, None, "marks", None, None]
    assert [*rows.dots] == [0, 0, 0, 1, 0] and [*rows.number] == [0, 0, 0, 0, 1]


def test_dots_that_cut_nothing_are_an_edit():
    found = find(around(PASSAGE, PASSAGE, PASSAGE.replace("6 weeks, but", "6 weeks ... but")))
    assert told_edits(found) == [("dots", "weeks, but", "weeks ... but")]
    assert [*measure_fidelity(found).dots] == [0, 0, 1]


def test_dots_that_cut_nothing_lose_nothing():
    found = find(around(PASSAGE, PASSAGE, PASSAGE.replace("6 weeks, but", "6 weeks ... but")))
    assert [*measure_fidelity(found).kept] == [1, 1, 1]


# Known passages in other letters

def places_of(found) -> set:
    ids = dict(zip(found.passages.passage_id, map(plain, found.passages.text)))
    return {(ids[row.passage_id], row.letter_id, row.issue_no, row.start, row.end, row.own_words) for row in found.places.itertuples()}


def test_matching_the_same_letters_finds_the_same_places(mixed):
    again = match_passages(mixed, tables_of(MIXED), progress=False)
    assert places_of(again) == places_of(mixed)
    assert as_lists(again.passages[["passage_id", "class", "places"]]) == as_lists(mixed.passages[["passage_id", "class", "places"]])
    assert as_lists(again.rationales) == as_lists(mixed.rationales)


def test_a_piece_of_a_rationale_that_was_pasted_whole_is_no_place():
    whole = own("whole", 30)
    letters = [letter("A", whole, whole), letter("B", " ".join(whole.split()[:10]) + " " + own("b"))]
    found = find(letters)
    assert {*found.places.letter_id} == {"A"}
    assert places_of(match_passages(found, tables_of(letters), progress=False)) == places_of(found)


def test_matching_new_letters(mixed):
    new = [letter("X", f"{own('x')} {PASSAGE.replace('should', 'must')} {own('y')}"), letter("Y", own("z", 40)), letter("Z", THIRD)]
    found = match_passages(mixed, tables_of(new), progress=False)
    assert [*found.passages.passage_id] == [mixed.passages.passage_id[[*map(plain, mixed.passages.text)].index(plain(PASSAGE))]]
    assert [(row.letter_id, row.issue_no) for row in found.places.itertuples()] == [("X", 1)] and told_edits(found) == [("obligation", "should", "must")]
    assert [round(share, 6) for share in found.rationales.patient] == [round(24 / (24 + len(split_words(PASSAGE))), 6), 1, 1]


@pytest.mark.parametrize("name", ["guideline", None])
def test_a_known_passage_keeps_its_class(mixed, name):
    """Told anew from these two letters, which have one reviewer, it would be boilerplate."""
    new = tables_of([letter("X", PASSAGE), letter("Y", f"{own('y')} {PASSAGE}")])
    assert [*match_passages([PASSAGE], new, progress=False).passages["class"]] == ["boilerplate"]
    known = Recitation(**vars(mixed) | {"passages": mixed.passages.assign(**{"class": pd.array([name] * len(mixed.passages), mixed.passages["class"].dtype)})})
    (found,) = match_passages(known, new, progress=False).passages["class"]
    assert (None if pd.isna(found) else found) == name


def test_matching_texts_of_one_s_own():
    tables = tables_of(around(PASSAGE, SECOND, own("nothing")))
    found = match_passages((text for text in [SECOND, PASSAGE, THIRD]), tables, progress=False)
    assert [*map(plain, found.passages.text)] == [plain(PASSAGE), plain(SECOND)] and [*found.passages.places] == [1, 1]
    assert match_passages([], tables, progress=False).passages.empty
    with pytest.raises(ValueError, match="'too short': a passage has 3 words at least"):
        match_passages([SECOND, "too short"], tables)


def test_a_text_that_stands_in_part():
    words = THIRD.split()
    tables = tables_of(around(" ".join(words[:8]), " ".join(words[-7:]), " ".join(words[4:14])))
    found = match_passages([THIRD], tables, progress=False)
    assert [(row.letter_id, row.first, row.last) for row in found.places.merge(found.variants[["passage_id", "variant", "first", "last"]]).itertuples()] == [("L00", 0, 8), ("L02", 4, 14)]


@pytest.mark.parametrize("between, places", [(2, 1), (8, 0)])  # 45 of 53 words are the passage's, or 45 of 77
def test_words_that_are_scattered_are_no_passage(between, places):
    words = re.sub("[-,.]", " ", PASSAGE).split()
    pieces = [" ".join(words[i : i + 9]) + " " + own(("between", i), between)[:-1] for i in range(0, 45, 9)]
    assert len(words) == 45 and len(match_passages([PASSAGE], tables_of(around(" ".join(pieces))), progress=False).places) == places


def test_a_word_belongs_to_one_passage():
    start = " ".join(PASSAGE.split()[:12])
    found = match_passages([PASSAGE, start], tables_of(around(PASSAGE, start, f"{start} {own('x')} {PASSAGE}")), progress=False)
    assert sorted(zip(map(plain, found.passages.text), found.passages.places)) == sorted([(plain(PASSAGE), 3 + 1)])


def test_a_short_text_stands_with_three_quarters_of_its_words():
    text = "ramps and rails are fitted with the family"  # eight words
    tables = tables_of(around("ramps and rails are fitted with", "rails are fitted with the", text))
    assert [*match_passages([text], tables, min_words=20, progress=False).places.letter_id] == ["L00", "L02"]


def test_a_text_on_its_own_is_one_text():
    assert [*match_passages(PASSAGE, tables_of(around(PASSAGE)), progress=False).passages.places] == [1]


# Parts, workers, order

@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_letters_does_not_matter(mixed, seed):
    letters = [*MIXED]
    random.Random(seed).shuffle(letters)
    found = find(letters)
    assert places_of(found) == places_of(mixed)
    for name in ["passages", "places", "edits"]:
        assert sorted(map(str, as_lists(getattr(found, name)))) == sorted(map(str, as_lists(getattr(mixed, name))))


def test_the_order_of_letters_does_not_matter_where_all_renderings_differ():
    letters = around(PASSAGE.replace("6 weeks", "8 weeks"), PASSAGE.replace("should", "must"), PASSAGE.replace("not ", ""))
    assert plain(find(letters).passages.text[0]) == plain(find(letters[::-1]).passages.text[0])


FORM = """Case Number: CM00-{number:07}
Date Assigned: 03/06/2017    Date of Injury: 01/17/2017
Decision Date: 03/30/2017    UR Denial Date: 02/20/2017
Priority: Standard    Application Received: 02/27/2017

HOW THE IMR FINAL DETERMINATION WAS MADE

The Expert Reviewer has the following credentials:
State(s) of Licensure: California
Certification(s)/Specialty: {by}

CLINICAL CASE SUMMARY

[This letter is invented. It describes nobody.] The patient is a 40 year old male.

IMR ISSUES, DECISIONS AND RATIONALES

The Final Determination was based on decisions for the disputed items/services set forth below:
"""
ISSUE = """
Item {number}: Upheld

Claims Administrator guideline: Decision based on MTUS Acupuncture Treatment 2007.

MAXIMUS guideline: Decision based on MTUS Acupuncture Treatment 2007.

Decision rationale: {rationale}
"""
SPECIALTIES = ["Pain Management", "Orthopedic Surgery", "Neurology"]


def sentences(seed) -> str:
    """Two sentences of no other letter, in words that a letter could have."""
    draw = random.Random(f"sentences {seed}")
    words = "knee back neck hand walk sleep bend lift spring winter morning evening often rarely sore stiff warm cold left right bus stairs garden kitchen".split()
    return " ".join(" ".join(draw.choices(words, k=9)).capitalize() + "." for _ in range(2))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Twelve letters; their tables in one part, in four, and in four with a damaged archive beside."""
    letters = tmp_path_factory.mktemp("letters")
    renderings = [PASSAGE, PASSAGE.replace("6 weeks", "8 weeks"), PASSAGE, PASSAGE.replace("may be tried", "....")]
    for i in range(12):
        rationales = [f"{sentences(i)} {renderings[i % 4] if i < 8 else SECOND} {sentences(-i)}", *[DEPENDENT] * (i % 3 == 0), *[sentences("whole") + sentences("again")] * (i in (4, 9))]
        issues = "".join(ISSUE.format(number=n, rationale=rationale) for n, rationale in enumerate(rationales, 1))
        (letters / f"{i:02}.txt").write_text(FORM.format(number=i, by=SPECIALTIES[i % 3]) + issues)
    out = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        parse_corpus(letters, out / "one", workers=0, progress=False)
        patch.setattr(corpus, "_CHUNK", 3)
        parse_corpus(letters, out / "four", workers=0, progress=False)
        (letters / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
        (letters / "00.pdf").write_bytes(b"no letter")
        patch.setattr(corpus, "_CHUNK", 1)
        parse_corpus(letters, out / "thirteen", workers=0, progress=False)
    assert [len([*(out / name / "issues").glob("*.parquet")]) for name in ["one", "four"]] == [1, 4]
    return out


@pytest.fixture(scope="module")
def in_memory(folders):
    return find_passages(dict(read_tables(folders / "one")), progress=False)


def test_what_the_twelve_letters_hold(in_memory):
    assert dict(zip(map(plain, in_memory.passages.text), in_memory.passages.places)) == {
        plain(PASSAGE): 8, plain(SECOND): 4, plain(DEPENDENT): 4, plain(sentences("whole") + sentences("again")): 2}
    assert sorted(zip(in_memory.edits.kind, in_memory.edits.common, in_memory.edits.here)) == [("dots", "may be tried", "...."), ("number", "6", "8")]


@pytest.mark.parametrize("name, workers", [("one", 0), ("four", 0), ("four", 2), ("thirteen", 0)])
def test_parts_and_workers_leave_no_trace(folders, in_memory, name, workers):
    assert same(find_passages(folders / name, workers=workers, progress=False), in_memory)
    assert not [*(folders / name).glob(".recitation*")]


def test_matching_in_parts(folders, in_memory):
    one, four = (match_passages(in_memory, folders / name, workers=0, progress=False) for name in ["one", "four"])
    assert same(one, four) and places_of(one) == places_of(in_memory)


def test_chosen_letters(folders):
    tables = read_tables(folders / "four")
    ids = [*tables["letters"].letter_id][:5]
    chosen = find_passages(read_tables(folders / "four", letters=ids), progress=False)
    some = {table: frame[frame.letter_id.isin(ids)] for table, frame in tables.items() if "letter_id" in frame}
    assert same(chosen, find_passages(some, progress=False)) and {*chosen.rationales.letter_id} == {*ids}
    assert len(tables["issues"]) > len(chosen.rationales) == some["issues"].shape[0]


def test_no_letters_at_all():
    none = find([])
    assert [len(getattr(none, name)) for name in FRAMES] == [0] * 5
    assert [len(getattr(match_passages([PASSAGE], tables_of([]), progress=False), name)) for name in FRAMES] == [0] * 5


def test_a_client_of_one_s_own(folders, in_memory):
    from distributed import Client, LocalCluster
    with LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        assert same(find_passages(folders / "four", client=client, progress=False), in_memory)


# When it goes wrong

def test_a_worker_that_is_killed_is_said_in_a_line(folders, monkeypatch):
    def die(*_):
        os._exit(9)
    monkeypatch.setattr(recitation, "_count_parts", die)
    with pytest.raises(EngineError, match="workers died over this part") as error:
        find_passages(folders / "four", workers=1, progress=False)
    assert "\n" not in str(error.value) and not [*(folders / "four").glob(".recitation*")]


def test_no_tables(tmp_path, mixed):
    for call in [lambda: find_passages(tmp_path), lambda: match_passages(mixed, tmp_path), lambda: match_passages([PASSAGE], tmp_path / "nowhere")]:
        with pytest.raises(FileNotFoundError, match="imr-research parse") as error:
            call()
        assert "\n" not in str(error.value)


def test_a_table_is_missing(folders, tmp_path):
    shutil.copytree(folders / "four", tmp_path / "tables")
    shutil.rmtree(tmp_path / "tables/criteria")
    with pytest.raises(FileNotFoundError, match="no criteria here; make the tables with"):
        find_passages(tmp_path / "tables")


def test_a_part_of_a_table_is_missing(folders, tmp_path):
    shutil.copytree(folders / "four", tmp_path / "tables")
    sorted((tmp_path / "tables/criteria").glob("*"))[1].unlink()
    with pytest.raises((FileNotFoundError, corpus.TablesError), match="criteria"):
        find_passages(tmp_path / "tables", workers=0, progress=False)


def test_a_passage_that_is_not_there(mixed):
    with pytest.raises(KeyError, match="no passage 'abc'"):
        show_variants(mixed, "abc")


HOSTILE = "The <script>alert('patch')</script> may be tried & kept \"on\" for 6 weeks <img src=x onerror=alert(1)> where the skin is not broken."


def test_hostile_text_is_escaped():
    found = find(around(HOSTILE, HOSTILE, HOSTILE.replace("kept", "<b>left</b>"), by=["Surgery"]))
    assert len(found.passages) == 1
    for shown in [found._repr_html_(), show_variants(found, found.passages.passage_id[0])._repr_html_()]:
        assert "&lt;script&gt;" in shown and not re.search(r"<(script|img|b)\b", shown)
    assert "[-kept-]" in repr(show_variants(found, found.passages.passage_id[0]))


def test_what_is_shown_is_what_is_there(mixed):
    shown = mixed._repr_html_()
    assert repr(mixed) == f"Recitation({', '.join(f'{name} {len(getattr(mixed, name)):,}' for name in FRAMES)})" and repr(mixed) in shown
    assert shown.count("<tr>") == len(mixed.passages) + 1


def test_variants_are_shown_with_marks():
    found = find(around(PASSAGE, PASSAGE, PASSAGE, PASSAGE.replace("should", "must"), PASSAGE.replace("6 weeks", "8 weeks")), rules=[PASSAGE])
    shown = show_variants(found, found.passages.passage_id[0], most=2)
    assert shown._repr_html_().count("<tr>") == 3 and len(repr(shown).splitlines()) == 3 and "3 in 3" in repr(shown)
    assert {"[-should-] {+must+}", "[-6-] {+8+}"} == {*re.findall(r"\[-.*?\+\}", repr(show_variants(found, found.passages.passage_id[0])))}


def test_variants_of_a_passage_of_no_class_are_shown(mixed):
    shown = show_variants(mixed, mixed.passages.passage_id[0])
    assert "of no class" in repr(shown) and "of no class" in shown._repr_html_()


# The 120 letters, of whose text nothing stands here

@pytest.fixture(scope="module")
def further(further_letters):
    tables = parse_corpus(further_letters, workers=0, progress=False)
    return tables, find_passages(tables, progress=False)


def digests(tables) -> pd.Series:
    """A hash of the words of each rationale, found without the room: runs of letters and digits."""
    words = tables["issues"].rationale.map(lambda text: " ".join(re.findall(r"[a-z0-9]+", text.lower())))
    return words.map(lambda text: hashlib.sha256(text.encode()).hexdigest())


def test_duplicates_of_the_letters_are_all_found(further):
    tables, found = further
    plain_count = digests(tables)
    expected = plain_count.map(plain_count.value_counts())
    assert len(found.rationales) == len(tables["issues"]) > 250
    assert [*found.rationales.duplicates] == [*expected] and (expected > 1).sum() >= 20
    assert abs(found.rationales.weight.sum() - plain_count.nunique()) < 1e-9


def test_the_dependent_denial_is_one_class_with_all_its_places(further):
    tables, found = further
    plain_count = digests(tables)
    most = plain_count.mode()[0]
    issues = tables["issues"][plain_count == most]
    dependent = found.passages[found.passages["class"] == "dependent"]
    places = found.places[found.places.passage_id.isin(dependent.passage_id)]
    assert len(dependent) == 1 and [*dependent.places] == [len(issues)] and len(issues) >= 15
    assert {*zip(places.letter_id, places.issue_no)} == {*zip(issues.letter_id, issues.issue_no)}
    whole = places.merge(issues, on=["letter_id", "issue_no"])
    assert ((whole.end_x - whole.start_x) >= whole.rationale.map(lambda text: len(text.strip())) - 1).all()  # all but the full stop
    # other wordings of the same reasoning: short rationales that say twice that something is not necessary and once "as" or "since" or "because"
    regex = re.compile(r"^\W*(as|since|because|given)\b.*\bnot\b.{0,20}\bnecessary\b.*\bnot\b.{0,20}\bnecessary\W*$", re.I | re.S)
    short = tables["issues"][tables["issues"].rationale.map(lambda text: len(text.split()) < 50 and bool(regex.match(text)))]
    assert {*zip(short.letter_id, short.issue_no)} <= {*zip(places.letter_id, places.issue_no)}


def carrying(found, criterion_id) -> pd.DataFrame:
    rows = found.passages
    return rows[rows.criterion_ids.map(lambda ids: criterion_id in ids) & (rows["class"] != "duplicate")]


@pytest.mark.parametrize("criterion_id, letters", [("acupuncture.medication_reduced", 4), ("spine_imaging.nerve_compromise", 15), ("physical_medicine.home_exercise", 15)])
def test_recitations_of_the_letters_are_one_main_passage(further, criterion_id, letters):
    tables, found = further
    rows = carrying(found, criterion_id)
    main = rows.iloc[0]
    assert main["class"] == "guideline" and main.letters >= letters and main.variants > 1
    assert rows.places.sum() - main.places <= 0.35 * main.places  # what else carries it is small beside it
    reciting = tables["criteria"][(tables["criteria"].criterion_id == criterion_id) & tables["criteria"].recited]
    here = found.places[found.places.passage_id == main.passage_id]
    both = {*zip(reciting.letter_id, reciting.issue_no)} & {*zip(here.letter_id, here.issue_no)}
    print(f"{criterion_id}: recited in {len(reciting)} issues, {len(both)} of them in the main passage; {len(rows)} passages carry it")
    assert len(both) >= main.issues / 2


def test_places_stand_in_the_letters(further):
    tables, found = further
    texts = dict(zip(tables["texts"].letter_id, tables["texts"].text))
    variants = found.variants.set_index(["passage_id", "variant"]).text
    for place in found.places.itertuples():
        assert plain(texts[place.letter_id][place.start : place.end]) == plain(variants[place.passage_id, place.variant])


def test_the_letters_matched_with_their_own_passages(further):
    tables, found = further
    again = match_passages(found, tables, progress=False)
    one, other = places_of(found), places_of(again)  # passages that share some words may take them in another order
    assert len(one ^ other) <= 0.02 * len(one)

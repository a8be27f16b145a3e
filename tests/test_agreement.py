"""Room 08, agreement: every number against one worked out by hand or by another way."""
import json
import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from imr_research.agreement import (
    MEASURES, compare_codes, list_disagreements, measure_agreement, measure_chance_agreement, measure_tables, show_disagreements,
)
from imr_research.coding import CodingError, make_coding, read_gold
from imr_research.tables import letter_rows, make_tables, parse_letter

CRITERIA = ["tens.not_primary", "tens.one_month_trial", "tens.modalities_failed", "tens.pain_duration", "tens.treatment_plan"]
ONE, TWO, THREE, FOUR, FIVE = CRITERIA


def code(letter_id, criterion_id, recited=True, finding=None, issue_no=1):
    return dict(letter_id=letter_id, issue_no=issue_no, criterion_id=criterion_id, recited=recited, applied=finding is not None, finding=finding)


def frame(*codes):
    return pd.DataFrame(codes, columns=["letter_id", "issue_no", "criterion_id", "recited", "applied", "finding"])


@pytest.fixture(scope="module")
def samples():
    return make_tables(letter_rows(parse_letter(path)) for path in sorted((ROOT / "data/letters").glob("*.txt")))


@pytest.fixture(scope="module")
def gold():
    return read_gold(ROOT / "data/gold/samples.json")


def random_codes(seed, letters=80, share=0.5):
    draw = np.random.default_rng(seed)
    findings = [None, "met", "not_met", "not_documented"]
    return frame(*(code(f"L{letter:03}", criterion, True, findings[draw.integers(4)]) for letter in range(letters) for criterion in CRITERIA if draw.random() < share))


@pytest.mark.parametrize("got, gold, kind", [
    (code("L", ONE), code("L", ONE), "agree"),
    (code("L", ONE, False, "met"), code("L", ONE, False, "met"), "agree"),
    (None, code("L", ONE), "missed"),
    (code("L", ONE), None, "extra"),
    (code("L", ONE), code("L", ONE, False, "met"), "recited differs"),
    (code("L", ONE), code("L", ONE, True, "met"), "applied differs"),
    (code("L", ONE, True, "not_met"), code("L", ONE, True, "met"), "finding differs"),
    (code("L", ONE, True, "not_met"), code("L", ONE, False, "met"), "recited differs"),
])
def test_kinds(got, gold, kind):
    sides = [make_coding([one] if one else [], [("L", 1)], "A") for one in [got, gold]]
    compared = compare_codes(*sides)
    assert [*compared.kind] == [kind]
    assert compared.got_recited.isna()[0] == (got is None) and compared.gold_recited.isna()[0] == (gold is None)


def test_which_issues_count():
    both = frame(code("L1", ONE), code("L2", ONE), code("L3", ONE))
    coded = make_coding([code("L1", ONE)], [("L1", 1), ("L2", 1)], "A")
    assert [*compare_codes(both, coded).kind] == ["agree", "extra"], "L3 was not coded"
    assert [*compare_codes(coded, both).kind] == ["agree", "missed"], "a coder is compared on what she read"
    assert [*compare_codes(both[:1], both).kind] == ["agree", "missed", "missed"], "a frame is a program's: it was to read all"
    assert [*compare_codes(both, both[:1]).kind] == ["agree"], "letters that the gold does not have do not count"
    tables = {"criteria": both[:1], "issues": both[["letter_id", "issue_no"]][:2]}
    assert [*compare_codes(both, tables).kind] == ["agree", "extra"]
    assert [*compare_codes(tables, both).kind] == ["agree", "missed", "missed"], "a letter that failed counts against the program"
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_codes(make_coding([], [("L9", 1)], "B"), coded)


def test_measures_against_counting_one_by_one():
    got, gold = random_codes(1), random_codes(2)
    issues = pd.DataFrame({"letter_id": [f"L{letter:03}" for letter in range(80)], "issue_no": 1})  # some have no code
    measured = measure_agreement(got, {"criteria": gold, "issues": issues}).set_index("measure")
    cases = {"found": lambda row: True, "recited": lambda row: row["recited"], "applied": lambda row: row["applied"], "finding": lambda row: row["applied"]}
    for measure, case in cases.items():
        sides = [{(row["letter_id"], row["criterion_id"]): row["finding"] for row in side.to_dict("records") if case(row)} for side in [got, gold]]
        hits = sum(key in sides[1] and (measure != "finding" or finding == sides[1][key]) for key, finding in sides[0].items())
        row = measured.loc[measure]
        assert (row.n_got, row.n_gold, row.n_both) == (len(sides[0]), len(sides[1]), hits)
        assert row.precision == pytest.approx(hits / len(sides[0])) and row.recall == pytest.approx(hits / len(sides[1]))
        assert row.f1 == pytest.approx(2 / (1 / row.precision + 1 / row.recall)) and row.f1_low < row.f1 < row.f1_high


def test_parts_add_up_to_the_whole():
    got, gold = random_codes(1), random_codes(2)
    whole, parts = measure_agreement(got, gold), measure_agreement(got, gold, by="criterion_id")
    assert {*parts.criterion_id} == {*CRITERIA} and [*parts.measure[:4]] == MEASURES
    for count in ["n_gold", "n_got", "n_both"]:
        assert [*parts.groupby("measure", sort=False)[count].sum()] == [*whole[count]]
    assert {*measure_agreement(got, gold, by="topic").topic} == {"tens"}


def test_the_interval_draws_letters_and_not_codes():
    """Letters that are all right or all wrong: F1 of a draw is the share of right letters, so the interval is that of a share of 40 letters, not of 200 codes."""
    gold = frame(*(code(f"L{letter:02}", criterion) for letter in range(40) for criterion in CRITERIA))
    wrong = gold.letter_id >= "L20"
    got = gold.assign(recited=~wrong, applied=wrong, finding=np.where(wrong, "met", None))
    row = measure_agreement(got, gold, draws=4000).set_index("measure").loc["recited"]
    recall = np.random.default_rng(5).binomial(40, 0.5, 100_000) / 40
    expected = np.percentile(2 * recall / (1 + recall), [2.5, 97.5])
    assert [row.f1_low, row.f1_high] == pytest.approx(expected, abs=0.03)


def test_the_interval_is_the_same_for_the_same_seed_and_any_order():
    got, gold = random_codes(1), random_codes(2)
    first = measure_agreement(got, gold, seed=1)
    assert first.equals(measure_agreement(got[::-1], gold.sample(frac=1, random_state=0), seed=1))
    assert not first.f1_low.equals(measure_agreement(got, gold, seed=2).f1_low)


def test_no_cases_no_number():
    nothing = measure_agreement(make_coding([], [("L1", 1), ("L2", 1)], "A"), make_coding([], [("L1", 1), ("L2", 1)], "B"))
    assert [*nothing.measure] == MEASURES and [*nothing.n_gold] == [0] * 4 and nothing[["precision", "recall", "f1", "f1_low", "f1_high"]].isna().all(axis=None)
    half = measure_agreement(make_coding([], [("L1", 1)], "A"), frame(code("L1", ONE))).set_index("measure")
    assert math.isnan(half.precision["found"]) and half.recall["found"] == 0 and half.f1["found"] == 0 and math.isnan(half.f1_low["found"])
    with pytest.raises(ValueError, match="letter_id"):
        measure_agreement(nothing, nothing, by="letter_id")


# agreement beyond chance

def test_kappa_of_a_known_table():
    """The textbook table of 20, 5, 10 and 15: kappa 0.4; and its alpha by the formula of coincidences."""
    said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    sides = [frame(*(code(f"L{n}", ONE, applied[side], "met" if not applied[side] else None) for n, applied in enumerate(said))) for side in [0, 1]]
    chance = measure_chance_agreement(*sides).set_index("measure")
    assert (chance.n_units["recited"], chance.agreement["recited"]) == (50, 0.7) and chance.kappa["recited"] == pytest.approx(0.4)
    yes, no, differing = 55, 45, 15
    assert chance.alpha["recited"] == pytest.approx(1 - 2 * differing / (2 * yes * no / 99))


def test_units_are_the_criteria_of_the_topics_on_the_desk():
    first = frame(code("L1", ONE), code("L2", TWO), code("L3", "general.not_recommended"))
    second = frame(code("L1", ONE), code("L1", THREE), code("L2", TWO), code("L3", "general.not_recommended"))
    found = measure_chance_agreement(first, second).set_index("measure").loc["found"]
    assert found.n_units == 7, "three criteria of tens in two issues, one general ground in the third"
    assert found.agreement == pytest.approx(6 / 7)


def test_findings_are_compared_where_both_apply():
    first = frame(code("L1", ONE, True, "met"), code("L1", TWO, True, "not_met"), code("L1", THREE), code("L1", FOUR, True, "met"))
    second = frame(code("L1", ONE, True, "met"), code("L1", TWO, True, "not_documented"), code("L1", THREE, True, "met"), code("L1", FIVE, True, "met"))
    finding = measure_chance_agreement(first, second).set_index("measure").loc["finding"]
    assert (finding.n_units, finding.n_categories, finding.agreement) == (2, 3, 0.5)


def test_one_category_has_no_kappa():
    same = frame(code("L1", ONE, True, "met"), code("L2", ONE, True, "met"))
    chance = measure_chance_agreement(same, same)
    assert (chance.agreement == 1).all() and chance[["kappa", "alpha"]].isna().all(axis=None) and [*chance.n_categories] == [1] * 4
    nothing = measure_chance_agreement(make_coding([], [("L1", 1)], "A"), make_coding([], [("L1", 1)], "B"))
    assert [*nothing.n_units] == [0] * 4 and nothing.agreement.isna().all()


def test_itself_scores_one_and_a_shuffled_one_near_zero(gold, samples):
    many = random_codes(3, 300)
    for coding in [gold, samples, many]:
        assert (measure_agreement(coding, coding)[["precision", "recall", "f1"]] == 1).all(axis=None)
        assert measure_chance_agreement(coding, coding)[["agreement", "kappa", "alpha"]].fillna(1).eq(1).all(axis=None)
    assert measure_chance_agreement(many, many)[["kappa", "alpha"]].eq(1).iloc[[0, 2, 3]].all(axis=None)
    shuffled = measure_chance_agreement(many, random_codes(4, 300))
    assert shuffled[["kappa", "alpha"]].abs().lt(0.1).all(axis=None)


# the other tables

LETTER = {"case_number": "CM1", "age": 40, "sex": "male", "licensure": ["California"], "decision_date": None, "issues": [
    {"n": 1, "request": "TENS", "decision": "Upheld", "claims_administrator": [], "reviewer": [{"kind": "MTUS", "title": "Knee Complaints", "year": 2004, "sections": "Care, Tests"}, {"kind": "Non-MTUS"}]}]}


def tables(age=40, request="TENS", sections=("Care", "Tests"), issues=(1,), letters=("CM1",), claims="none"):
    cited = [dict(cited_by="claims_administrator", kind=claims, title=None, year=None, sections=[]), dict(cited_by="reviewer", kind="MTUS", title="Knee Complaints", year=2004, sections=[*sections]),
             dict(cited_by="reviewer", kind="non_MTUS", title=None, year=None, sections=[]), dict(cited_by="rationale", kind="MTUS", title="Other", year=2004, sections=[])]
    rows = [{"letters": [dict(letter_id=letter, case_number=letter, age=age, sex="male", licensure=["California"])],
             "issues": [dict(letter_id=letter, issue_no=number, request=request, decision="Upheld") for number in issues],
             "citations": [dict(letter_id=letter, issue_no=number) | row for number in issues for row in cited]} for letter in letters]
    return make_tables(rows)


@pytest.mark.parametrize("got, expected", [  # of citations, issues, letters: cases of the gold, cases got, hits
    (tables(), [(3, 3, 3), (2, 2, 2), (4, 4, 4)]),
    (tables(letters=("CM1", "CM2")), [(3, 3, 3), (2, 2, 2), (4, 4, 4)]),
    (tables(age=41), [(3, 3, 3), (2, 2, 2), (4, 4, 3)]),
    (tables(age=None), [(3, 3, 3), (2, 2, 2), (4, 3, 3)]),
    (tables(request="TENS unit"), [(3, 3, 3), (2, 2, 1), (4, 4, 4)]),
    (tables(sections=("Care",)), [(3, 3, 2), (2, 2, 2), (4, 4, 4)]),
    (tables(claims="non_MTUS"), [(3, 3, 2), (2, 2, 2), (4, 4, 4)]),
    (tables(issues=(1, 2)), [(3, 6, 3), (2, 4, 2), (4, 4, 4)]),
    (tables(issues=()), [(3, 0, 0), (2, 0, 0), (4, 4, 4)]),
    (tables(letters=()), [(3, 0, 0), (2, 0, 0), (4, 0, 0)]),
])
def test_fields_and_citations(got, expected):
    measured = measure_tables(got, [LETTER]).set_index("table").loc[["citations", "issues", "letters"]]
    assert [*measured[["n_gold", "n_got", "n_both"]].itertuples(index=False, name=None)] == expected


def test_fields_one_by_one_from_a_file(tmp_path):
    (tmp_path / "gold.json").write_text(json.dumps([LETTER]))
    measured = measure_tables(tables(age=41), tmp_path / "gold.json", by="field").set_index("field")
    assert {*measured.index} == {"case_number", "age", "sex", "licensure", "decision_date", "request", "decision", "claims_administrator", "reviewer"}
    assert measured.f1["age"] == 0 and measured.f1["sex"] == 1 and measured.n_gold["decision_date"] == 0 and math.isnan(measured.f1["decision_date"])
    with pytest.raises(ValueError, match="letter"):
        measure_tables(tables(), [LETTER], by="letter")


def test_lists_that_are_none(tmp_path):
    (tmp_path / "gold.json").write_text('{"letters": []}')
    for wrong, reason in [(tmp_path / "gold.json", "gold.json: this is no plain list"), ([{"case_number": "CM1"}], "letter 1 has no case_number or no issues")]:
        with pytest.raises(CodingError, match=reason):
            measure_tables(tables(), wrong)


# showing

def test_disagreements_have_their_place(gold, samples):
    listed = list_disagreements(gold.codes.drop(index=0), gold, samples)
    assert [*listed.kind] == ["missed"] and listed.criterion_id[0] == gold.codes.criterion_id[0]
    issue = samples["issues"].iloc[0]
    assert listed[["start", "end", "request"]].iloc[0].tolist() == [issue.start, issue.end, issue.request]
    assert len(list_disagreements(gold, gold, samples)) == 0


def test_what_is_shown_is_escaped():
    letter = "<script>alert(1)</script>"
    issue = {"letter_id": letter, "issue_no": 1, "request": "<b>&", "decision": "Upheld", "rationale": "There is <i>no</i> documentation of a trial.", "start": 0, "end": 44}
    shown = show_disagreements(frame(), make_coding([code(letter, ONE, True, "not_met")], [(letter, 1)], "A"), {"issues": pd.DataFrame([issue])})
    html = shown._repr_html_()
    assert "<script>" not in html and "<i>no</i>" not in html and "<b>&" not in html and "&lt;script&gt;" in html
    assert "not coded" in html and "recited, not met" in html and "missed" in html
    assert ONE in repr(shown) and "1 disagreements in 1 issues" in repr(shown)


@pytest.mark.parametrize("rationale", ["", None])
def test_an_issue_without_words_is_shown_all_the_same(rationale):
    rows = [] if rationale is None else [dict(letter_id="L1", issue_no=1, request="TENS", decision="Upheld", rationale=rationale, start=0, end=0)]
    issues = pd.DataFrame(rows, columns=["letter_id", "issue_no", "request", "decision", "rationale", "start", "end"])
    shown = show_disagreements(frame(), frame(code("L1", ONE)), {"issues": issues})
    assert "no rationale of this issue" in shown._repr_html_() and ONE in shown._repr_html_()

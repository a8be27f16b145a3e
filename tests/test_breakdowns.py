"""Room 09, breakdowns: a small invented world, with every number worked out by hand."""
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from conftest import ROOT
from scipy.stats import binomtest

from imr_research import breakdowns
from imr_research.breakdowns import (
    GROUPS, count_asked, count_concordance, count_criteria, count_days, count_editions, count_findings, count_flows, count_grounds, count_guidelines,
    count_licensure, count_months, count_overturned, count_requests, count_shares, count_specialties, count_unapplied, measure_days, measure_roles,
)
from imr_research.corpus import parse_corpus, read_tables
from imr_research.tables import arrow_schema

COUNTED = [count_months, count_days, measure_days, count_requests, count_specialties, count_licensure, count_asked, count_overturned, count_guidelines,
           count_editions, count_concordance, count_flows, count_criteria, count_findings, count_unapplied, count_grounds, measure_roles]
PAIN_2009, PAIN, BACK = "mtus.chronic_pain.2009", "mtus.chronic_pain.2016", "mtus.low_back.2004"
ONE, TWO, TRIAL, REASONS = "tens.one_month_trial", "tens.not_primary", "acupuncture.trial", "general.provider_rationale"


def rows(columns, *values):
    return [dict(zip(columns.split(), row)) for row in values]


def cited(letter_id, issue_no, cited_by, guideline_id, kind="MTUS", edition_flag=None):
    return dict(letter_id=letter_id, issue_no=issue_no, cited_by=cited_by, kind=kind, guideline_id=guideline_id, edition_flag=edition_flag)


ADMINISTRATOR, REVIEWER = "claims_administrator", "reviewer"
WORLD = {
    "letters": rows(
        "letter_id decision_date date_assigned application_received n_issues specialties licensure",
        ("a", date(2017, 1, 10), date(2017, 1, 1), date(2016, 12, 20), 3, ["Pain Management"], ["California", "Texas"]),
        ("b", date(2017, 3, 5), date(2017, 2, 3), date(2017, 1, 31), 1, ["Pain Management", "Neurology"], ["Texas"]),
        ("c", None, date(2017, 2, 1), date(2017, 2, 1), 1, [], []),
        ("d", date(2017, 3, 1), date(2017, 3, 11), None, 2, ["Neurology"], ["California"]),
    ),
    "issues": rows(
        "letter_id issue_no decision topic start end",
        ("a", 1, "Upheld", "tens", 0, 100), ("a", 2, "Overturned", "tens", 200, 300), ("a", 3, "Overturned in Part", None, 400, 500),
        ("b", 1, "Upheld", "acupuncture", 1000, 1010), ("c", 1, "Upheld", None, 0, 0), ("d", 1, "Upheld", "tens", 0, 9), ("d", 2, "Overturned", "acupuncture", 9, 99),
    ),
    "requests": rows(
        "letter_id issue_no category subcategory drug_class",
        ("a", 1, "DMEPOS", "DME", None), ("a", 2, "DMEPOS", "DME", None), ("a", 3, "Pharmaceuticals", "Opioids", "Opioids"), ("b", 1, "Rehabilitation", "Acupuncture", None),
        ("c", 1, None, None, None), ("d", 1, "DMEPOS", "DME", None), ("d", 2, "Rehabilitation", "Acupuncture", None),
    ),
    "citations": [
        cited("a", 1, ADMINISTRATOR, PAIN_2009, edition_flag="superseded"), cited("a", 1, REVIEWER, PAIN), cited("a", 2, ADMINISTRATOR, None, "none"),
        cited("a", 2, REVIEWER, None, "non_MTUS"), cited("a", 3, ADMINISTRATOR, BACK), cited("a", 3, ADMINISTRATOR, "odg", "non_MTUS"), cited("a", 3, REVIEWER, BACK),
        cited("a", 3, REVIEWER, BACK),  # twice, as where two sections are cited
        cited("b", 1, ADMINISTRATOR, None, "none"), cited("b", 1, REVIEWER, None, "none"), cited("c", 1, REVIEWER, "mtus.acupuncture.2007"),
        cited("d", 1, ADMINISTRATOR, PAIN), cited("d", 1, REVIEWER, PAIN), cited("d", 2, ADMINISTRATOR, PAIN), cited("d", 2, REVIEWER, PAIN), cited("d", 2, "rationale", PAIN),
    ],
    "concordance": rows(
        "letter_id issue_no concordance",
        ("a", 1, "another_edition"), ("a", 2, "administrator_cites_none"), ("a", 3, "same_guideline"), ("b", 1, "neither_cites"), ("c", 1, "administrator_cites_none"),
        ("d", 1, "same_guideline"), ("d", 2, "same_guideline"),
    ),
    "criteria": rows(
        "letter_id issue_no criterion_id recited applied finding",
        ("a", 1, ONE, True, False, None), ("a", 1, TWO, True, True, "not_met"), ("a", 2, ONE, False, True, "met"), ("d", 1, ONE, True, True, "not_documented"),
        ("b", 1, TRIAL, True, False, None), ("c", 1, REASONS, False, True, "not_documented"),
    ),
    "sentences": rows(
        "letter_id issue_no role start end",
        ("a", 1, "rule", 0, 50), ("a", 1, "fact", 50, 75), ("a", 1, "conclusion", 75, 100), ("b", 1, "rule", 1000, 1010),
    ),
}


def as_arrow(table, records):
    """As `read_tables` gives it: Arrow types, here with the columns that the world has."""
    schema = pa.schema([arrow_schema(table).field(name) for name in records[0]])
    return pa.Table.from_pylist(records, schema).to_pandas(types_mapper=pd.ArrowDtype)


@pytest.fixture(scope="module", params=["Arrow types", "plain types"])
def world(request):
    frame = as_arrow if request.param == "Arrow types" else lambda _, records: pd.DataFrame(records)
    return {table: frame(table, records) for table, records in WORLD.items()}


@pytest.fixture(scope="module")
def weighted(world):
    """The rationales of a 1, a 2 and d 1 are one and the same."""
    same = {("a", 1), ("a", 2), ("d", 1)}
    rationales = [dict(letter_id=row["letter_id"], issue_no=row["issue_no"], weight=1 / 3 if (row["letter_id"], row["issue_no"]) in same else 1.0) for row in WORLD["issues"]]
    return world | {"rationales": pd.DataFrame(rationales)}


@pytest.fixture(scope="module")
def own():
    return parse_corpus([ROOT / "data/letters", ROOT / "data/invented"], progress=False)


def pick(table, **values):
    """The only row with these values."""
    for column, value in values.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# Newcombe, Statistics in Medicine 17 (1998), table I, method 3
@pytest.mark.parametrize("hits, trials, low, high", [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)])
def test_the_interval_is_wilsons(hits, trials, low, high):
    units = pd.DataFrame({"letter_id": map(str, range(trials))})
    row = count_shares(units, units[:hits], ["letter_id"]).iloc[0]
    assert (row.n, row.of, row.letters, row.effective) == (hits, trials, trials, trials)
    assert row.low == pytest.approx(low, abs=5e-5) and row.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("trials", [1, 2, 7, 40, 1000])
def test_the_interval_equals_scipys(trials):
    for hits in {0, 1, trials // 3, trials}:
        low, high = breakdowns._find_interval(np.array([hits / trials]), np.array([trials]))
        expected = binomtest(hits, trials).proportion_ci(method="wilson")
        assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_requests_of_one_letter_are_one_answer():
    alone = pd.DataFrame({"letter_id": ["a"] * 21, "issue_no": range(21)})
    row = count_shares(alone, alone[:0], ["letter_id", "issue_no"]).iloc[0]
    assert row.of == 21 and row.effective == 1 and row.high == pytest.approx(binomtest(0, 1).proportion_ci(method="wilson").high)


def test_a_closed_list_has_rows_with_zero_and_an_open_one_has_not():
    units = pd.DataFrame({"letter_id": [*"ab"]})
    hits = units.assign(kind=pd.Categorical(["x", "x"], ["y", "x"]))
    assert count_shares(units, hits, ["letter_id"], "kind")[["kind", "n"]].values.tolist() == [["y", 0], ["x", 2]]
    assert count_shares(units, hits.astype({"kind": str}), ["letter_id"], "kind").kind.tolist() == ["x"]


def test_months(world):
    months = count_months(world)
    decided = months[months.event == "decided"]
    assert decided[["month", "n", "of", "requests"]].values.tolist() == [["2017-01", 1, 3, 3], ["2017-02", 0, 3, 0], ["2017-03", 2, 3, 3]]
    assert months[months.event == "received"].month.tolist() == ["2016-12", "2017-01", "2017-02"]


def test_days(world):
    days = count_days(world)
    assert dict(days[days.since == "assigned"][["days", "n"]].values) == {"before": 1, "0-9": 1, "10-19": 0, "20-29": 0, "30-39": 1}
    assert {*days[days.since == "assigned"].of} == {3} and {*days[days.since == "received"].of} == {2}
    measured = measure_days(world).set_index("since")
    assert measured.loc["assigned", ["least", "median", "most", "letters"]].tolist() == [9, 19.5, 30, 2]  # without the one that lies before
    assert measured.loc["received", ["least", "median", "most", "letters"]].tolist() == [21, 27, 33, 2]


def test_days_far_apart_share_the_last_bin():
    letters = pd.DataFrame({"letter_id": [*"ab"], "decision_date": [date(2014, 1, 1)] * 2, "date_assigned": [date(2013, 9, 23), date(2013, 1, 1)],
                            "application_received": [None, None]})
    assert count_days({"letters": letters})[["days", "n"]].values.tolist() == [["100 and more", 2]]


def test_reviewers_and_requests_of_a_letter(world):
    assert count_requests(world)[["requests", "n", "of"]].values.tolist() == [[1, 2, 4], [2, 1, 4], [3, 1, 4]]
    assert dict(count_specialties(world)[["specialty", "n"]].values) == {"Pain Management": 2, "Neurology": 2} and {*count_specialties(world).of} == {3}
    california = pick(count_licensure(world), state="California")
    assert (california.n, california.of) == (2, 3)


def test_what_was_asked_for(world):
    assert dict(count_asked(world)[["category", "n"]].values) == {"DMEPOS": 3, "Rehabilitation": 2, "Pharmaceuticals": 1, "not recognised": 1}
    assert count_asked(world, "drug_class")[["drug_class", "n", "of"]].values.tolist() == [["Opioids", 1, 1]]
    assert pick(count_asked(world, "topic"), topic="no topic").n == 2


def test_overturned(world):
    overall = count_overturned(world).iloc[0]
    assert (overall.n, overall.of, overall.letters) == (3, 7, 4) and overall.effective == pytest.approx(49 / 15) and overall.share == pytest.approx(3 / 7)
    tens = pick(count_overturned(world, "topic"), topic="tens")
    assert (tens.n, tens.of, tens.letters) == (1, 3, 2) and tens.effective == pytest.approx(9 / 5)
    assert pick(count_overturned(world, "category"), category="Pharmaceuticals").n == 1  # in part
    assert (lambda row: (row.n, row.of))(pick(count_overturned(world, "concordance"), concordance="same_guideline")) == (2, 3)
    assert (lambda row: (row.n, row.of, row.label))(pick(count_overturned(world, "reviewer"), reviewer=PAIN)) == (1, 3, "Chronic Pain Medical Treatment 2016")
    back = pick(count_overturned(world, "claims_administrator"), claims_administrator=BACK)
    odg = pick(count_overturned(world, "claims_administrator"), claims_administrator="odg")
    assert (back.n, back.of, odg.n, odg.of) == (1, 1, 1, 1)  # one issue, in both groups
    assert (lambda row: (row.n, row.of))(pick(count_overturned(world, "specialty"), specialty="Neurology")) == (1, 3)
    assert count_overturned(world, "month")[["month", "n", "of"]].values.tolist() == [["2017-01", 2, 3], ["2017-03", 1, 3]]


def test_copies_weigh_together_as_one(weighted):
    overall = count_overturned(weighted).iloc[0]
    assert (overall.n, overall.of) == (3, 7)  # plain counts
    assert overall.share == pytest.approx(7 / 15)  # (1/3 + 1 + 1) of (3 * 1/3 + 4)
    assert overall.effective == pytest.approx(225 / 59)  # 5² / ((5/3)² + 1 + 1 + (4/3)²)
    assert pick(count_overturned(weighted, "topic"), topic="tens").share == pytest.approx(1 / 3)
    assert pick(count_criteria(weighted), criterion_id=ONE, measure="recited").share == pytest.approx(2 / 3)


def test_an_issue_without_weight_counts_one(world):
    some = world | {"rationales": pd.DataFrame({"letter_id": ["a"], "issue_no": [1], "weight": [0.5]})}
    assert count_overturned(some).iloc[0].share == pytest.approx(3 / 6.5)


def test_guidelines(world):
    table = count_guidelines(world)
    numbers = {(row.cited_by, row.guideline): (row.n, row.not_in_force) for row in table.itertuples()}
    assert numbers == {
        (ADMINISTRATOR, PAIN): (2, 0), (ADMINISTRATOR, PAIN_2009): (1, 1), (ADMINISTRATOR, "no authority cited"): (2, 0), (ADMINISTRATOR, BACK): (1, 0),
        (ADMINISTRATOR, "odg"): (1, 0), (ADMINISTRATOR, "no guideline line"): (1, 0), (REVIEWER, PAIN): (3, 0), (REVIEWER, "not resolved"): (1, 0), (REVIEWER, BACK): (1, 0),
        (REVIEWER, "no authority cited"): (1, 0), (REVIEWER, "mtus.acupuncture.2007"): (1, 0), ("rationale", "no authority cited"): (6, 0), ("rationale", PAIN): (1, 0),
    }
    assert {*table.of} == {7}
    editions = count_editions(world)
    assert editions[editions.cited_by == ADMINISTRATOR][["edition_flag", "n", "of"]].values.tolist() == [["superseded", 1, 4], ["not_yet_in_force", 0, 4]]


def test_concordance_has_all_kinds(world):
    assert dict(count_concordance(world)[["concordance", "n"]].values) == {
        "same_guideline": 3, "another_section": 0, "another_edition": 1, "different_guidelines": 0, "administrator_cites_none": 2, "reviewer_cites_none": 0, "neither_cites": 1}


def test_flows_add_up_to_the_issues(world, weighted):
    flows = {(row.claims_administrator, row.reviewer): (row.n, row.flow) for row in count_flows(world).itertuples()}
    assert flows == {
        (PAIN, PAIN): (2, 2), (PAIN_2009, PAIN): (1, 1), ("no authority cited", "not resolved"): (1, 1), (BACK, BACK): (1, 0.5), ("odg", BACK): (1, 0.5),
        ("no authority cited", "no authority cited"): (1, 1), ("no guideline line", "mtus.acupuncture.2007"): (1, 1)}
    assert count_flows(weighted).flow.sum() == pytest.approx(5) and count_flows(weighted).share.sum() == pytest.approx(1)


def test_criteria(world):
    table = count_criteria(world)

    def measures(**which):
        return [(row.n, row.of) for row in table[np.logical_and.reduce([table[column] == value for column, value in which.items()])].itertuples()]

    assert measures(criterion_id=ONE) == [(2, 3), (2, 3), (1, 3), (1, 3), (1, 3)]  # recited, applied, both, recited_only, applied_only
    assert measures(criterion_id=TWO) == [(1, 3), (1, 3), (1, 3), (0, 3), (0, 3)]
    assert measures(criterion_id=TRIAL) == [(1, 2), (0, 2), (0, 2), (1, 2), (0, 2)]
    assert measures(criterion_id=REASONS)[1] == (1, 7)  # the topic general is argued everywhere
    table = count_criteria(world, "topic")
    assert measures(topic="tens") == [(2, 3), (3, 3), (2, 3), (0, 3), (1, 3)]


def test_a_topic_that_was_not_asked_for_is_argued_where_a_criterion_of_it_is_used(world):
    more = WORLD["criteria"] + rows("letter_id issue_no criterion_id recited applied finding", ("c", 1, ONE, True, False, None))
    assert {*count_criteria(world | {"criteria": as_arrow("criteria", more)}).query("topic == 'tens'").of} == {4}


def test_findings_unapplied_and_grounds(world):
    findings = count_findings(world)
    assert findings[findings.criterion_id == ONE][["finding", "n", "of"]].values.tolist() == [["met", 1, 2], ["not_met", 0, 2], ["not_documented", 1, 2]]
    assert dict(count_findings(world, "topic").query("topic == 'tens'")[["finding", "n"]].values) == {"met": 1, "not_met": 1, "not_documented": 1}
    assert count_unapplied(world, None)[["n", "of"]].values.tolist() == [[2, 4]]
    one = pick(count_unapplied(world), criterion_id=ONE)
    assert (one.n, one.of) == (1, 2) and one.label
    grounds = {row.criterion_id: (row.n, row.of) for row in count_grounds(world).itertuples()}
    assert grounds == {TWO: (1, 2), ONE: (1, 2), REASONS: (1, 4)}


def test_roles_along_a_rationale(world, weighted):
    def share(tables, tenth, role):
        return pick(measure_roles(tables), tenth=tenth, role=role).share

    assert [share(world, 6, role) for role in ["rule", "fact"]] == [0.5, 0.5]
    assert [share(world, 8, role) for role in ["rule", "fact", "application", "conclusion", "other"]] == [0.5, 0.25, 0, 0.25, 0]
    assert {*measure_roles(world).n} == {2}
    assert share(weighted, 6, "rule") == pytest.approx(1 / (1 + 1 / 3))


def test_a_breakdown_that_does_not_exist_is_an_error(world):
    for count, by in [(count_overturned, "colour"), (count_asked, None), (count_criteria, None), (count_findings, "letter_id"), (count_unapplied, "finding")]:
        with pytest.raises(ValueError, match="choose"):
            count(world, by)


@pytest.mark.parametrize("count", COUNTED)
def test_empty_tables_have_the_same_columns(world, own, count):
    for tables in [world, own]:
        empty = count({table: frame[:0] for table, frame in tables.items()})
        assert len(empty) == 0 and [*empty.columns] == [*count(tables).columns]


@pytest.mark.parametrize("by", GROUPS)
def test_empty_tables_have_no_groups(own, by):
    assert len(count_overturned({table: frame[:0] for table, frame in own.items()}, by)) == 0


# what fact tables do not have: words of letters
TEXT = {"letters": ["source", "header_other", "flags"], "issues": ["request", "original_request", "authorized_request", "rationale", "spans"],
        "requests": ["treatment", "drug", "strength", "arithmetic", "spans"], "citations": ["quote", "sections", "chapter", "regulation"], "sentences": [], "concordance": [],
        "criteria": ["recited_spans", "applied_spans"]}


@pytest.mark.parametrize("count", COUNTED)
def test_facts_without_text_give_the_same(own, count):
    facts = {table: own[table].drop(columns=columns) for table, columns in TEXT.items()}
    pd.testing.assert_frame_equal(count(facts), count(own))


def test_tables_on_disk_give_the_same(tmp_path):
    inside = parse_corpus(ROOT / "data/letters", progress=False)
    parse_corpus(ROOT / "data/letters", tmp_path / "tables", progress=False)
    for count in COUNTED:
        pd.testing.assert_frame_equal(count(read_tables(tmp_path / "tables")), count(inside))


def test_sums_over_our_own_letters(own):
    """Counts by another way, straight from the tables."""
    issues, criteria = own["issues"], own["criteria"]
    assert count_asked(own).n.sum() == count_asked(own, "topic").n.sum() == count_concordance(own).n.sum() == len(issues)
    assert count_overturned(own, "topic").n.sum() == (issues.decision != "Upheld").sum()
    assert count_criteria(own).query("measure == 'recited'").n.sum() == criteria.recited.sum()
    assert count_findings(own).n.sum() == criteria.finding.notna().sum()
    assert count_flows(own).flow.sum() == pytest.approx(len(issues))
    for count in COUNTED:
        table = count(own)
        if "low" in table:
            assert ((table.low <= table.share + 1e-9) & (table.share <= table.high + 1e-9) & (table.n <= table.of) & (table.letters <= table.of)).all()

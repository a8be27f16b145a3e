"""Room 07, coding: what goes out to coders, and every slip on the way back."""
import datetime
import json
import shutil
from xml.etree import ElementTree

import pandas as pd
import pytest
from conftest import ROOT
from openpyxl import load_workbook

from imr_research.coding import (
    CodingError, adjudicate, draw_sample, make_coding, pair_codes, read_adjudicated, read_coding_sheet, read_gold,
    read_label_studio, write_coding_sheet, write_gold, write_label_studio,
)
from imr_research.criteria import load_criteria

TRIAL, DURATION, PLAN = "tens.one_month_trial", "tens.pain_duration", "tens.treatment_plan"
VALUES = ["letter_id", "issue_no", "criterion_id", "recited", "applied", "finding"]
DAY = datetime.date(2026, 11, 23)


def code(letter_id, criterion_id, recited=True, finding=None, issue_no=1, **more):
    return dict(letter_id=letter_id, issue_no=issue_no, criterion_id=criterion_id, recited=recited, applied=finding is not None, finding=finding) | more


@pytest.fixture
def tables():
    """Three letters of our own; L1 has two issues."""
    keys = [("L1", 1), ("L1", 2), ("L2", 1), ("L3", 1)]
    issues = pd.DataFrame(keys, columns=["letter_id", "issue_no"])
    issues = issues.assign(request=["TENS", "=1+1", "@SUM(A1)", "-x"], decision="Upheld", rationale=[f"Reason {n}." for n in range(4)], start=100)
    return {"issues": issues, "requests": issues[["letter_id", "issue_no"]].assign(category="DMEPOS"), "letters": pd.DataFrame({"letter_id": ["L1", "L2", "L3"]})}


@pytest.fixture
def sheet(tables, tmp_path):
    """Write a coding sheet with rows of codes and changed cells, and give its path."""
    def write(*codes, name="sheet.xlsx", done=(2, 3, 4, 5), **cells):
        path = tmp_path / name
        write_coding_sheet(tables["issues"], tables, path, "A. Coder")
        book = load_workbook(path)
        for row in codes:
            book["codes"].append(row)
        for row in done:
            book["issues"].cell(row, 7).value = "yes"
        book["about"]["B3"] = DAY
        for place, value in cells.items():
            title, cell = place.split("_")
            book[title][cell] = value
        book.save(path)
        return path
    return write


def faults(call):
    with pytest.raises(CodingError) as caught:
        call()
    return str(caught.value).splitlines()


# drawing

def corpus(sizes):
    """Issues of our own, so many of each category."""
    kinds = [kind for kind, size in sizes.items() for _ in range(size)]
    issues = pd.DataFrame({"letter_id": [f"L{n:04}" for n in range(len(kinds))], "issue_no": 1, "decision": "Upheld"})
    return {"issues": issues.assign(rationale=[f"Reason {n}." for n in range(len(kinds))]), "requests": issues[["letter_id", "issue_no"]].assign(category=kinds), "letters": issues[["letter_id"]].assign(sex="female")}


@pytest.mark.parametrize("n, expected", [
    (1, {"a": 1}), (2, {"a": 1, "b": 1}), (3, {"a": 1, "b": 1, "c": 1}), (10, {"a": 6, "b": 3, "c": 1}), (100, {"a": 60, "b": 38, "c": 2}),
])
def test_strata_are_in_proportion_and_each_has_one(n, expected):
    drawn = draw_sample(corpus({"a": 60, "b": 38, "c": 2}), n)
    assert drawn.category.value_counts().to_dict() == expected


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_rows():
    made = corpus({"a": 60, "b": 38, "c": 2})
    backwards = {table: frame[::-1] for table, frame in made.items()}
    drawn = draw_sample(made, 10, seed=3)
    assert drawn.equals(draw_sample(backwards, 10, seed=3)) and {*drawn.seed} == {3}
    assert not drawn.letter_id.equals(draw_sample(made, 10, seed=4).letter_id)


def test_a_larger_sample_contains_the_smaller_ones():
    made = corpus({"a": 60, "b": 38, "c": 2})
    samples = [{*draw_sample(made, n).letter_id} for n in range(1, 101)]
    assert all(small < large for small, large in zip(samples, samples[1:]))


def test_the_same_rationale_is_drawn_once_and_none_without_words():
    made = corpus({"a": 6})
    made["issues"]["rationale"] = ["Same.", "same.", " Same. ", "Other.", "", "  \n "]
    drawn = draw_sample(made, 2)
    assert sorted(made["issues"].merge(drawn, on=["letter_id", "issue_no"]).rationale.str.strip().str.lower()) == ["other.", "same."]
    with pytest.raises(ValueError, match="2 different rationales"):
        draw_sample(made, 3)


def test_strata_of_letters_of_missing_values_and_of_nothing():
    made = corpus({"a": 6})
    made["letters"]["sex"] = ["female", "male", None, None, None, None]
    assert {*draw_sample(made, 3, by=["sex"]).sex.fillna("unknown")} == {"female", "male", "unknown"}
    assert [*draw_sample(made, 2, by=()).columns] == ["letter_id", "issue_no", "seed"]
    with pytest.raises(ValueError, match="colour"):
        draw_sample(made, 2, by="colour")
    with pytest.raises(ValueError, match="n=0"):
        draw_sample(made, 0)


# the workbook

def test_text_is_no_formula(sheet):
    book = load_workbook(sheet())
    cells = {cell.value: cell for cell in book["issues"]["D"][1:]}
    assert {*cells} == {"TENS", "=1+1", "@SUM(A1)", "-x"}
    assert all(cell.data_type == "s" and cell.quotePrefix == (value != "TENS") for value, cell in cells.items())
    assert not [cell.coordinate for page in book for row in page for cell in row if cell.data_type == "f"]


def test_signs_that_a_workbook_cannot_hold(tables, tmp_path):
    tables["issues"]["rationale"] = "a\x0cb\x00c"
    write_coding_sheet(tables["issues"], tables, tmp_path / "a.xlsx")
    assert load_workbook(tmp_path / "a.xlsx")["issues"]["F2"].value == "a\ufffdb\ufffdc"
    tables["issues"]["rationale"] = "a" * 32_768
    with pytest.raises(CodingError, match="issues!F2: 32,768 characters"):
        write_coding_sheet(tables["issues"], tables, tmp_path / "b.xlsx")
    assert not (tmp_path / "b.xlsx").exists()


def test_drop_downs_offer_what_reading_accepts(sheet):
    book = load_workbook(sheet())
    offers = {str(choice.sqref).rstrip("0123456789"): choice.formula1 for choice in book["codes"].data_validations.dataValidation}
    assert offers == {"A2:A": "issues!$A$2:$A$5", "B2:B": f"criteria!$A$2:$A${len(load_criteria().criteria) + 1}", "C2:C": '"yes,no"', "D2:D": '"yes,no"', "E2:E": '"met,not_met,not_documented"'}
    assert [cell.value for cell in book["criteria"]["A"]][1:] == [*load_criteria().criteria]
    assert all(book[title].freeze_panes for title in ["issues", "codes", "criteria", "rules", "about"])
    assert book["issues"]["F2"].alignment.wrap_text


def test_about_names_what_was_given(tables, tmp_path):
    write_coding_sheet(draw_sample(tables, 2, by=(), seed=7), tables, tmp_path / "a.xlsx", "A. Coder")
    about = dict(load_workbook(tmp_path / "a.xlsx")["about"].iter_rows(min_row=2, values_only=True))
    assert about["coder"] == "A. Coder" and about["seed"] == "7" and about["codebook_version"] == "1" and about["date"] is None and about["package_version"]


def test_a_workbook_is_not_overwritten_and_not_misnamed(sheet, tables, tmp_path):
    path = sheet()
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="sheet.xlsx"):
        write_coding_sheet(tables["issues"], tables, path)
    assert path.read_bytes() == before
    assert "xlsx" in faults(lambda: write_coding_sheet(tables["issues"], tables, tmp_path / "sheet.csv"))[0]


def test_an_issue_that_the_tables_do_not_have(tables, tmp_path):
    sample = pd.DataFrame({"letter_id": ["L1", "L9"], "issue_no": [1, 4]})
    assert faults(lambda: write_coding_sheet(sample, tables, tmp_path / "a.xlsx")) == ["the sample: letter L9, issue 4 is not in the tables"]


def test_what_a_coder_fills_in_comes_back(sheet):
    path = sheet(["L1 no. 2", TRIAL, "yes", "yes", "not_met", "see p. 2"], [None] * 6, ["L2 no. 1", DURATION, "no", "yes", "met", None], ["L2 no. 1", PLAN, "yes", "no", None, None], done=(2, 5))
    coding = read_coding_sheet(path)
    expected = [code("L1", TRIAL, True, "not_met", 2), code("L2", DURATION, False, "met"), code("L2", PLAN)]
    assert [{**row} for row in coding.codes[VALUES].astype(object).where(coding.codes[VALUES].notna(), None).to_dict("records")] == expected
    assert [*coding.codes.note.fillna("")] == ["see p. 2", "", ""]
    assert [*coding.issues.itertuples(index=False, name=None)] == [("L1", 1), ("L1", 2), ("L2", 1), ("L3", 1)]
    assert (coding.coder, coding.date, coding.codebook_version) == ("A. Coder", DAY, "1")
    assert "3 codes in 4 issues" in repr(coding) and "<td>tens</td><td>3</td><td>2</td><td>2</td><td>1</td><td>1</td><td>0</td>" in coding._repr_html_()


def test_a_coder_may_sort_rows_and_add_columns(sheet):
    path = sheet(["L1 no. 1", TRIAL, "yes", "no", None, None], done=(3, 4, 5))
    book = load_workbook(path)
    book["codes"].insert_cols(1)
    book["codes"]["A1"], book["about"]["B3"] = "my own column", "2026-11-23"
    book.save(path)
    assert len(read_coding_sheet(path).codes) == 1 and read_coding_sheet(path).date == DAY


SLIPS = [
    (["L1 no. 1", "tens.trail", "yes", "no", None], "codes!B2: 'tens.trail' is no criterion"),
    (["L1 no. 1", None, "yes", "no", None], "codes!B2: nothing is no criterion"),
    (["L8 no. 1", TRIAL, "yes", "no", None], "codes!A2: 'L8 no. 1' is no issue"),
    (["L1 no. 1", TRIAL, "yes", "no", "met"], "codes!D2: a finding, but not applied"),
    (["L1 no. 1", TRIAL, "yes", "yes", None], "codes!E2: applied, but without a finding"),
    (["L1 no. 1", TRIAL, "no", "no", None], "codes!C2: neither recited nor applied"),
    (["L1 no. 1", TRIAL, "Yes", "no", None], "codes!C2: 'Yes' is neither yes nor no"),
    (["L1 no. 1", TRIAL, True, "no", None], "codes!C2: 'True' is neither yes nor no"),
    (["L1 no. 1", TRIAL, "yes", None, None], "codes!D2: nothing is neither yes nor no"),
    (["L1 no. 1", TRIAL, "yes", "yes", "not met"], "codes!E2: 'not met' is none of met, not_met, not_documented"),
]


@pytest.mark.parametrize("row, expected", SLIPS)
def test_each_slip_names_its_cell(sheet, row, expected):
    path = sheet(row, done=(3, 4, 5) if row[0] == "L1 no. 1" else (2, 3, 4, 5))
    told = faults(lambda: read_coding_sheet(path))
    assert len(told) == 1 and told[0].startswith(f"{path}: {expected}")


def test_all_slips_are_told_together(sheet):
    told = faults(lambda: read_coding_sheet(sheet(*(row for row, _ in SLIPS), done=(3, 4, 5), about_B2=None, about_B3="23/11/26")))
    cells = [line.split(".xlsx: ")[1].split(":")[0] for line in told]
    assert cells[:2] == ["about!B2", "about!B3"] and {f"codes!{cell}" for cell in ["B2", "B3", "A4", "D5", "E6", "C7", "C8", "C9", "D10", "E11"]} <= {*cells}


def test_the_same_criterion_twice(sheet):
    twice = [["L1 no. 1", TRIAL, "yes", "no", None], ["L1 no. 2", TRIAL, "yes", "no", None], ["L1 no. 1", TRIAL, "no", "yes", "met"]]
    told = faults(lambda: read_coding_sheet(sheet(*twice, done=(4, 5))))
    assert len(told) == 1 and f"codes!B4: {TRIAL} stands twice" in told[0]


@pytest.mark.parametrize("options, expected", [
    (dict(done=(2, 3, 4)), "issues!G5: L3 no. 1 has no codes"),
    (dict(issues_G2="no"), "issues!G2: 'no' is not yes"),
    (dict(issues_C3="two"), "issues!C3: letter_id and issue_no must stand here"),
    (dict(issues_A3="L1 no. 1"), "issues!A3: L1 no. 1 stands twice"),
    (dict(about_B2=None), "about!B2: the coder is missing"),
    (dict(about_B3=None), "about!B3: the date is missing"),
    (dict(about_A3="day"), "about: the date is missing"),
    (dict(codes_C1="quoted"), "codes!A1: the header has no recited"),
])
def test_other_sheets_are_checked_too(sheet, options, expected):
    assert any(expected in line for line in faults(lambda: read_coding_sheet(sheet(**options))))


def test_codes_in_an_issue_that_is_said_to_have_none(sheet):
    told = faults(lambda: read_coding_sheet(sheet(["L1 no. 1", TRIAL, "yes", "no", None])))
    assert len(told) == 1 and "issues!G2: says that L1 no. 1 has no criteria" in told[0]


def test_files_that_are_no_coding_sheets(sheet, tmp_path):
    path = sheet()
    book = load_workbook(path)
    del book["codes"]
    book.save(path)
    assert any("codes: this sheet is missing" in line for line in faults(lambda: read_coding_sheet(path)))
    (tmp_path / "a.xlsx").write_text("no workbook")
    shutil.copy(ROOT / "data/README.md", tmp_path / "b.csv")
    assert all(name in faults(lambda: read_coding_sheet(tmp_path / name))[0] for name in ["a.xlsx", "b.csv"])
    with pytest.raises(FileNotFoundError):
        read_coding_sheet(tmp_path / "none.xlsx")


# gold files

CODES = [code("L1", TRIAL, True, "not_met", note="a note", applied_spans=[[3, 9]]), code("L1", DURATION), code("L2", PLAN, False, "met", 2)]
ISSUES = [("L1", 1), ("L2", 1), ("L2", 2)]


def test_gold_reads_back_as_it_was(tmp_path):
    coding = make_coding(CODES, ISSUES, "A. Coder", DAY)
    write_gold(coding, tmp_path / "gold.json")
    again = read_gold(tmp_path / "gold.json")
    assert again.codes.equals(coding.codes) and again.issues.equals(coding.issues) and repr(again) == repr(coding)
    written = json.loads((tmp_path / "gold.json").read_text())
    assert written["date"] == "2026-11-23" and written["letters"][1]["issues"][0] == {"issue_no": 1, "criteria": []}
    assert written["letters"][0]["issues"][0]["criteria"][0] == {"criterion_id": TRIAL, "recited": True, "applied": True, "finding": "not_met", "note": "a note", "applied_spans": [[3, 9]]}


def test_the_worked_examples_of_the_codebook():
    gold = read_gold(ROOT / "data/gold/samples.json")
    first, second = gold.codes[gold.codes.letter_id.str.startswith("000")], gold.codes[gold.codes.letter_id.str.startswith("001")]
    assert (gold.coder, gold.codebook_version, gold.date) == ("codebook", "1", datetime.date(2026, 11, 22)) and len(gold.issues) == 2
    assert [(row.criterion_id.split(".")[1], row.recited, row.finding if row.applied else None) for row in first.itertuples()] == [
        ("provider_rationale", False, "not_documented"), ("early_progress", True, None), ("job_demands", True, "not_documented"), ("return_to_work_goal", True, "not_documented"), ("therapy_plateau", True, "not_documented")]
    assert len(second) == 8 and second.recited.all() and second.applied.all()
    assert {*second[second.finding == "not_met"].criterion_id} == {"work_hardening.within_two_years", "work_hardening.early_progress"}


def plain(*criteria, **more):
    return {"case_number": "L1", "coder": "D1", "issues": [{"n": 1, "criteria": [*criteria]}]} | more


def test_a_plain_list_of_letters(tmp_path):
    criterion = {"criterion_id": TRIAL, "recited": False, "applied": True, "finding": "met"}
    (tmp_path / "a.json").write_text(json.dumps([plain(criterion), plain(case_number="L2", coder="D2")]))
    coding = read_gold(tmp_path / "a.json")
    assert (coding.coder, coding.date, coding.codebook_version) == ("D1; D2", None, None)
    assert [*coding.issues.letter_id] == ["L1", "L2"] and coding.codes[VALUES].iloc[0].tolist() == ["L1", 1, TRIAL, False, True, "met"]


GOOD = {"criterion_id": TRIAL, "recited": True, "applied": False, "finding": None}


@pytest.mark.parametrize("content, expected", [
    ("[{", "no JSON"),
    ("7", "letters is nothing, not a list"),
    ([7], "letter 1 of the file: case_number is nothing"),
    ([plain(case_number="")], "letter 1 of the file: case_number is ''"),
    ([plain(issues=None)], "letter L1: issues is nothing"),
    ([plain(issues=[{"criteria": []}])], "letter L1: n is nothing, not a whole number"),
    ([plain(issues=[{"n": True, "criteria": []}])], "letter L1: n is True"),
    ([plain(issues=[{"n": 1}])], "letter L1, issue 1: criteria is nothing"),
    ([plain(), plain()], "letter L1, issue 1: stands twice"),
    ([plain("x")], "letter L1, issue 1: 'x' is no criterion"),
    ([plain(GOOD | {"criterion_id": ["x"]})], "letter L1, issue 1, ['x']: ['x'] is no criterion"),
    ([plain(GOOD, GOOD)], f"letter L1, issue 1, {TRIAL}: {TRIAL} stands twice"),
    ([plain(GOOD | {"recited": "yes"})], "'yes' is neither true nor false"),
    ([plain(GOOD | {"recited": 1})], "1 is neither true nor false"),
    ([plain(GOOD | {"finding": "met"})], "a finding, but not applied"),
    ([plain(GOOD | {"applied": True})], "applied, but without a finding"),
    ([plain(GOOD | {"applied": True, "finding": ["met"]})], "['met'] is none of met"),
    ([plain(GOOD | {"note": 7})], "7 is no note"),
    ([plain(GOOD | {"recited_spans": [[1]]})], "[1] is no place"),
    ({"letters": []}, "header: coder is nothing"),
    ({"coder": "A", "date": "22.11.2026", "letters": []}, "write it as 2026-11-22"),
    ({"coder": "A", "codebook_version": 1, "letters": []}, "codebook_version is 1, not a text"),
])
def test_gold_files_with_slips_name_file_and_letter(tmp_path, content, expected):
    path = tmp_path / "gold.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    told = faults(lambda: read_gold(path))
    assert all(line.startswith(f"{path}: ") for line in told) and any(expected in line for line in told)


def test_codes_in_memory_are_checked():
    told = faults(lambda: make_coding([code("L1", TRIAL), code("L1", "tens.trail"), code("L7", PLAN)], [("L1", 1)], "A"))
    assert [line.split(": ")[1] for line in told] == ["code 2", "code 3"]


# Label Studio

TEXT = "Guidelines want a trial. 🙂 No trial is documented. A trial was not tried."


def result(id, start, end, role, criterion=None, finding=None, text=TEXT):
    shift = 1 if start > TEXT.index("🙂") else 0
    value = {"start": start + shift, "end": end + shift, "text": text[start:end]}
    named = {"criterion": criterion, "finding": finding}
    return [dict(id=id, from_name="role", value=value | {"labels": [role]})] + [dict(id=id, from_name=name, value=value | {"choices": [choice]}) for name, choice in named.items() if choice]


def task(*results, number=1, annotations=None, **more):
    data = {"letter_id": "L1", "issue_no": number, "text": TEXT, "start": 50, "codebook_version": "1"} | more
    done = [{"completed_by": 4, "updated_at": "2026-11-23T08:00:00Z", "result": [one for some in results for one in some]}]
    return {"data": data, "annotations": done if annotations is None else annotations}


@pytest.fixture
def export(tmp_path):
    def read(*tasks):
        (tmp_path / "export.json").write_text(json.dumps(tasks))
        return read_label_studio(tmp_path / "export.json")
    return read


RECITED, MISSING, UNTRIED = (TEXT.index("want"), TEXT.index("trial.") + 5), (TEXT.index("No"), TEXT.index("No") + 8), (TEXT.index("A trial"), len(TEXT))


def test_marked_passages_become_codes_with_places(export):
    coding = export(task(result("a", *UNTRIED, "applied", TRIAL, "not_met"), result("b", *RECITED, "recited", TRIAL), result("c", *MISSING, "applied", TRIAL, "not_documented"), [{"type": "relation", "from_id": "a", "to_id": "b"}]),
                    task(number=2), task(number=3, annotations=[]), task(number=4, annotations=[{"was_cancelled": True}]))
    assert coding.codes[VALUES].iloc[0].tolist() == ["L1", 1, TRIAL, True, True, "not_met"], "the finding nearest the end counts"
    spans = [[start - 50, end - 50] for start, end in coding.codes.applied_spans[0]]
    assert [TEXT[slice(*span)] for span in spans] == ["No trial", "A trial was not tried."]
    assert [*coding.issues.issue_no] == [1, 2] and coding.coder == "annotator 4" and coding.date == DAY


@pytest.mark.parametrize("tasks, expected", [
    ([task(result("a", *RECITED, "recited"))], "task 1, letter L1, issue 1, None: nothing is no criterion"),
    ([task(result("a", *RECITED, "recited", TRIAL, "met"))], "recited, with the finding 'met'"),
    ([task(result("a", *MISSING, "applied", TRIAL))], "applied, with the finding nothing"),
    ([task(result("a", *MISSING, "cited", TRIAL))], "neither recited nor applied"),
    ([task(result("a", *MISSING, "applied", TRIAL, "met", TEXT.upper()))], "the words 'NO TRIAL' were marked"),
    ([task([{"id": "a", "from_name": "role", "value": {"labels": ["recited"]}}])], "a passage without its place"),
    ([task(annotations=[{"result": []}] * 2)], "2 annotations"),
    ([task(start="50")], "this is no task"),
    ([task(annotations=[])], "no task is annotated"),
    ([task(), task(number=2, annotations=[{"completed_by": 5, "result": []}])], "several coders (annotator 4, annotator 5)"),
    ([task(), task(number=2, codebook_version="2")], "several codebooks (1, 2)"),
])
def test_exports_with_slips_name_the_task(export, tasks, expected):
    assert any(expected in line and "export.json: " in line for line in faults(lambda: export(*tasks)))


def test_tasks_and_their_screen(tables, tmp_path):
    tables["issues"]["request"] = "<b>&"
    write_label_studio(tables["issues"], tables, tmp_path / "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    assert [(one["data"]["letter_id"], one["data"]["issue_no"], one["data"]["text"], one["data"]["start"]) for one in tasks][1] == ("L1", 2, "Reason 1.", 100)
    view = ElementTree.parse(tmp_path / "tasks.xml").getroot()
    choices = {one.get("name"): [choice.get("value") for choice in one] for one in view.iter("Choices")}
    assert choices == {"criterion": [*load_criteria().criteria], "finding": ["met", "not_met", "not_documented"]}
    assert [one.get("value") for one in view.find("Labels")] == ["recited", "applied"] and view.find("Text").get("value") == "$text"


# settling

A = make_coding([code("L1", TRIAL, True, "not_met", note="page 2"), code("L1", DURATION, note="one"), code("L2", PLAN)], [("L1", 1), ("L2", 1)], "A")
B = make_coding([code("L1", TRIAL, False, "met"), code("L1", DURATION, note="two"), code("L1", PLAN, True, "met"), code("L3", PLAN)], [("L1", 1), ("L2", 1), ("L3", 1)], "B")


@pytest.fixture
def settled(tmp_path):
    """A workbook of disagreements with verdicts filled in."""
    def fill(*verdicts, coder="C", **cells):
        path = tmp_path / "settle.xlsx"
        path.unlink(missing_ok=True)
        adjudicate(A, B, path)
        book = load_workbook(path)
        for row, verdict in enumerate(verdicts, 2):
            for column, value in enumerate([verdict] if isinstance(verdict, str) else verdict or [], 11):
                book["disagreements"].cell(row, column).value = value
        book["about"]["B4"], book["about"]["B5"] = coder, DAY
        for place, value in cells.items():
            title, cell = place.split("_")
            book[title][cell] = value
        book.save(path)
        return path
    return fill


def test_only_disagreements_of_issues_that_both_coded(settled):
    book = load_workbook(settled())
    shown = [row[:10] for row in book["disagreements"].iter_rows(min_row=2, values_only=True)]
    assert shown == [
        ("L1 no. 1", TRIAL, "yes", "yes", "not_met", "page 2", "no", "yes", "met", None),
        ("L1 no. 1", PLAN, None, None, None, None, "yes", "yes", "met", None),
        ("L2 no. 1", PLAN, "yes", "no", None, None, None, None, None, None),
    ]


@pytest.mark.parametrize("verdicts, expected", [
    (["first"] * 3, [code("L1", DURATION), code("L1", TRIAL, True, "not_met"), code("L2", PLAN)]),
    (["second"] * 3, [code("L1", DURATION), code("L1", TRIAL, False, "met"), code("L1", PLAN, True, "met")]),
    ([["own", "yes", "yes", "not_documented", "mine"], "neither", "neither"], [code("L1", DURATION), code("L1", TRIAL, True, "not_documented")]),
])
def test_agreements_and_verdicts_make_a_third_coding(settled, verdicts, expected):
    third = read_adjudicated(settled(*verdicts))
    assert third.codes[VALUES].equals(make_coding(expected, [("L1", 1), ("L2", 1)], "C").codes[VALUES])
    assert third.coder == "A and B, adjudicated by C" and len(third.issues) == 2 and third.date == DAY and third.codebook_version == "1"
    assert third.codes.note[third.codes.criterion_id == DURATION].tolist() == ["one / two"]


@pytest.mark.parametrize("verdicts, cells, expected", [
    (["first", None, "second"], {}, "disagreements!K3: nothing is no verdict"),
    (["first", "third", "second"], {}, "disagreements!K3: 'third' is no verdict"),
    (["first", ["first", "yes"], "second"], {}, "disagreements!L3: own values, but the verdict is first"),
    (["first", ["own", "yes", "yes"], "second"], {}, "disagreements!N3: applied, but without a finding"),
    (["first", ["own", None, "no"], "second"], {}, "disagreements!L3: nothing is neither yes nor no"),
    (["first"] * 3, {"coder": None}, "about!B4: the adjudicator is missing"),
    (["first"] * 3, {"disagreements_A2": "L9"}, "disagreements!A2: 'L9' is no issue"),
    (["first"] * 3, {"disagreements_B2": DURATION}, f"disagreements!B2: {DURATION} stands twice"),
])
def test_verdicts_with_slips_name_the_cell(settled, verdicts, cells, expected):
    told = faults(lambda: read_adjudicated(settled(*verdicts, **cells)))
    assert len(told) == 1 and expected in told[0]


def test_a_row_that_has_gone(settled):
    path = settled(*["first"] * 3)
    book = load_workbook(path)
    book["disagreements"].delete_rows(3)
    book.save(path)
    assert "2 rows, but 3 were written" in faults(lambda: read_adjudicated(path))[0]


def test_codings_that_cannot_be_settled(tmp_path):
    others = make_coding([], [("L1", 1)], "D", codebook_version="2"), make_coding([], [("L9", 1)], "E")
    assert "different codebooks, 1 and 2" in faults(lambda: adjudicate(A, others[0], tmp_path / "a.xlsx"))[0]
    assert "A and E coded no issue" in faults(lambda: adjudicate(A, others[1], tmp_path / "a.xlsx"))[0]


def test_without_disagreements_nothing_is_left_to_say(tmp_path):
    adjudicate(A, A, tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    book["about"]["B4"], book["about"]["B5"] = "C", "2026-11-23"
    book.save(tmp_path / "a.xlsx")
    assert read_adjudicated(tmp_path / "a.xlsx").codes[VALUES].equals(A.codes[VALUES])


def test_pairs_of_codes():
    pairs = pair_codes(A.codes, B.codes, ("a", "b"))
    assert [*zip(pairs.letter_id, pairs.criterion_id)] == [("L1", TRIAL), ("L1", DURATION), ("L1", PLAN), ("L2", PLAN), ("L3", PLAN)]
    assert pairs.a_recited.isna().tolist() == [False, False, True, False, True] and pairs.b_finding.fillna("").tolist() == ["met", "", "met", "", ""]
    for wrong, reason in [(A.codes.drop(columns="finding"), "finding"), (pd.concat([A.codes, A.codes]), "stand twice"), (A.codes.assign(recited=None), "says nothing")]:
        with pytest.raises(ValueError, match=reason):
            pair_codes(wrong, B.codes)

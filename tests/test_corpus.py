"""Rooms 06 and 07: from a folder to tables on disk, and everything that can be wrong with the folder."""
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from pypdfium2 import PdfDocument

import imr_research.corpus as corpus
from imr_research.corpus import OutputError, count_outcomes, find_letters, parse_corpus, read_tables, summarize
from imr_research.letter import LetterError
from imr_research.tables import TABLES, TablesError, check_tables, find_outcome

INVENTED = (ROOT / "data/invented/D2-two-issues.txt").read_text()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    return folder


def same(some: dict, others: dict) -> bool:
    return some.keys() == others.keys() and all(some[table].equals(others[table]) for table in some)


def test_letters_in_is_parsed_plus_failed(bad_files):
    folder, expected = bad_files
    shutil.copytree(ROOT / "data/letters", folder / "good")
    tables = parse_corpus(folder)
    count = count_outcomes(tables)
    assert count["files"] == len(expected) + 2 and count["letters"] == 2 and count["failed"] == len(expected)
    reasons = {Path(row.source).name: row.reason for row in tables["failures"].itertuples()}
    assert {name: words for name, words in expected.items() if words not in reasons[name]} == {}
    summary = summarize(tables)
    assert sum(name in summary for name in expected) == 10 and "and 1 more in the table failures" in summary


def test_the_same_file_twice_is_recorded_once(folder):
    for name in ["a.txt", "b.txt"]:
        (folder / name).write_text(INVENTED)
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and len(tables["texts"]) == 1 and len(tables["issues"]) == 2 and len(tables["failures"]) == 0
    assert [Path(copy).name for copy in tables["texts"].copies[0]] == ["b.txt"] and "1 copy" in summarize(tables)
    assert len(parse_corpus([folder / "a.txt", folder / "a.txt"])["letters"]) == 1


def test_two_letters_under_one_case_number_are_kept_and_flagged(folder):
    (folder / "a.txt").write_text(INVENTED)
    (folder / "b.txt").write_text(INVENTED.replace("34 year old", "35 year old"))
    tables = parse_corpus(folder)
    letters = tables["letters"]
    assert [*letters.age] == [34, 35] and letters.letter_id.is_unique and {*letters.case_number} == {"CM00-0000001"}
    assert all("shared_case_number" in flags for flags in letters["flags"])
    assert same(tables, parse_corpus([folder / "b.txt", folder / "a.txt"])), "the order of the list changes nothing"


def test_two_letters_without_number_under_one_file_name(folder):
    text = INVENTED[INVENTED.index("HOW THE"):]
    for name, age in [("2016", "34"), ("2017", "35")]:
        (folder / name).mkdir()
        (folder / name / "letter.txt").write_text(text.replace("34 year", f"{age} year"))
    letters = parse_corpus(folder)["letters"]
    assert len(letters) == 2 and letters.letter_id.is_unique and letters.letter_id[0] == "letter"


def test_an_unknown_layout_keeps_its_text(folder):
    (folder / "old.txt").write_text("CLINICAL CASE SUMMARY\n\nA worker fell.\n")
    tables = parse_corpus(folder)
    assert [*tables["texts"].text] == ["CLINICAL CASE SUMMARY\n\nA worker fell."] and len(tables["letters"]) == 0
    assert tables["failures"].stage[0] == "sections" and "no known layout" in tables["failures"].reason[0]


def test_a_letter_that_stops_in_mid_rationale_is_kept_and_reported(folder):
    (folder / "cut.txt").write_text(INVENTED[:-40])
    tables = parse_corpus(folder)
    assert len(tables["issues"]) == 2 and "stops in mid-rationale" in tables["failures"].reason[0]
    assert "(the rest was read)" in summarize(tables)


def test_a_mistake_of_ours_is_a_failure_row(folder, monkeypatch):
    (folder / "a.txt").write_text(INVENTED)
    (folder / "b.txt").write_text(INVENTED.replace("CM00-0000001", "CM00-0000002"))
    parse = corpus.parse_letter
    monkeypatch.setattr(corpus, "parse_letter", lambda letter: 1 / 0 if letter.source.endswith("a.txt") else parse(letter))
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and "ZeroDivisionError" in tables["failures"].reason[0]


def test_a_second_run_changes_nothing(folder, tmp_path):
    shutil.copytree(ROOT / "data", folder / "data")
    first = parse_corpus(folder, tmp_path / "out")
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert same(first, parse_corpus(folder, tmp_path / "out")) and same(first, read_tables(tmp_path / "out"))
    assert written == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} and {*written} == {f"{table}.parquet" for table in TABLES}


def test_plain_pandas_reads_the_tables(tmp_path):
    parse_corpus(ROOT / "data/letters", tmp_path)
    letters = pd.read_parquet(tmp_path / "letters.parquet")
    assert [*letters.outcome] == ["Upheld", "Upheld"] and str(letters.date_of_injury[0]) == "2012-11-07" and [*letters.licensure[0]] == ["California"]


def test_tables_in_parts_are_read(tmp_path):
    tables = parse_corpus(ROOT / "data/letters", tmp_path)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters.parquet").rename(tmp_path / "letters/part-0.parquet")
    assert same(tables, read_tables(tmp_path))


def test_output_that_cannot_be_written(tmp_path, folder):
    (folder / "a.txt").write_text(INVENTED)
    (tmp_path / "file").touch()
    for out in [tmp_path / "file", tmp_path / "file" / "below"]:
        with pytest.raises(OutputError, match="cannot write tables here"):
            parse_corpus(folder, out)


def test_a_failed_write_leaves_the_tables_before_it(tmp_path, folder, monkeypatch):
    (folder / "a.txt").write_text(INVENTED)
    tables = parse_corpus(folder, tmp_path / "out")
    def full(*args, **options):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(corpus.parquet, "write_table", full)
    with pytest.raises(OutputError, match="No space left"):
        parse_corpus(folder, tmp_path / "out")
    assert same(tables, read_tables(tmp_path / "out")) and not [*(tmp_path / "out").glob(".*")]


def test_tables_are_replaced_together_or_not_at_all(tmp_path, folder, monkeypatch):
    (folder / "a.txt").write_text(INVENTED)
    tables, write = parse_corpus(folder, tmp_path / "out"), corpus.parquet.write_table
    def full(rows, part, **options):
        if "issues" in str(part):
            raise OSError(28, "No space left on device")
        write(rows, part, **options)
    monkeypatch.setattr(corpus.parquet, "write_table", full)
    with pytest.raises(OutputError, match="No space left"):
        parse_corpus(ROOT / "data/letters", tmp_path / "out")
    assert same(tables, read_tables(tmp_path / "out")) and not [*(tmp_path / "out").glob(".*")]


def test_a_damaged_table_is_named(tmp_path):
    parse_corpus(ROOT / "data/letters", tmp_path)
    (tmp_path / "letters.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(TablesError, match="a table is damaged"):
        read_tables(tmp_path)


def test_links_are_followed_once_and_dangling_ones_fail(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.txt").write_text(INVENTED)
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "loop").symlink_to(folder)
    (folder / "gone.pdf").symlink_to(tmp_path / "nowhere.pdf")
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and [*tables["failures"].reason] == ["no such file"]


def test_a_folder_that_may_not_be_read_is_a_failure(folder, monkeypatch):
    (folder / "a.txt").write_text(INVENTED)
    (folder / "locked").mkdir()
    (folder / "locked/b.txt").write_text(INVENTED.replace("34 year", "35 year"))
    access = corpus.os.access
    monkeypatch.setattr(corpus.os, "access", lambda path, mode: "locked" not in str(path) and access(path, mode))
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and "its letters are missing" in tables["failures"].reason[0]


def test_names_that_are_no_unicode_and_hidden_files(folder):
    for name in [b"x\xff.txt", b"._a.txt"]:
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write(INVENTED)
    tables = parse_corpus(folder)
    assert [Path(source).name for source in tables["letters"].source] == ["x\\udcff.txt"]


def test_no_letters(folder):
    for source, words in [(folder, "no letters there"), (folder / "nowhere", "no such file or folder"), ([], "an empty list")]:
        with pytest.raises(LetterError, match=words):
            find_letters(source)
    with pytest.raises(FileNotFoundError, match="imr-research parse"):
        read_tables(folder)


def test_capital_endings_and_single_files_are_letters(folder):
    (folder / "A.PDF").write_bytes((ROOT / "data/invented/D2-two-issues.pdf").read_bytes())
    (folder / "notes.md").write_text("no letter")
    assert [path.name for path in find_letters(folder)] == ["A.PDF"]
    assert [path.name for path in find_letters(folder / "notes.md")] == ["notes.md"]


def test_a_pdf_of_many_pages_is_no_letter_but_no_trouble(folder):
    document = PdfDocument.new()
    for _ in range(300):
        document.new_page(612, 792)
    document.save(folder / "blank.pdf")
    assert "no text layer" in parse_corpus(folder)["failures"].reason[0]


def test_citations_of_the_sample_letters():
    tables = parse_corpus(ROOT / "data/letters")
    lines = tables["citations"][tables["citations"].cited_by != "rationale"]
    found = [(row.cited_by, [*row.pages], None if pd.isna(row.pages_flag) else row.pages_flag, [*row.sections], row.guideline_id) for row in lines.itertuples()]
    assert found == [
        ("claims_administrator", [125], "truncated_range", ["Criteria for admission to a Work Hardening Program"], "mtus.chronic_pain.2009"),
        ("reviewer", [125, 126], None, ["Work conditioning, work hardening"], "mtus.chronic_pain.2009"),
        ("claims_administrator", [125], None, [], "mtus.chronic_pain.2009"),
        ("reviewer", [125, 126], None, [], "mtus.chronic_pain.2009")]
    assert [*tables["concordance"].concordance] == ["another_section", "same_guideline"]


def test_requests_of_the_sample_letters():
    conditioning, hardening = parse_corpus(ROOT / "data/letters")["requests"].to_dict("records")
    assert (conditioning["per_week_min"], conditioning["weeks_max"], conditioning["visits_min"], conditioning["visits_source"]) == (2, 5, 10, "stated")
    assert [*conditioning["body_region"]] == ["lumbar"] and conditioning["treatment"] == "work conditioning"
    assert (hardening["per_week_max"], hardening["weeks_min"], hardening["visits_max"], hardening["hours"]) == (3, 3, 9, 36)


@pytest.mark.parametrize("decisions, outcome", [(["Upheld"], "Upheld"), (["Overturned"] * 2, "Overturned"), (["Upheld", "Overturned"], "Overturned in Part"),
                                                (["Overturned in Part"], "Overturned in Part")])
def test_outcome_over_all_issues(decisions, outcome):
    assert find_outcome(decisions) == outcome


def test_every_span_holds_its_value():
    tables = check_tables(parse_corpus(ROOT / "data"))
    texts = tables["texts"].set_index("letter_id").text
    fields = ["case_number", "licensure", "specialties", "subspecialties", "request", "original_request", "authorized_request", "decision", "rationale"]
    checked = 0
    quotes = tables["citations"]
    assert len(quotes) > 8 and [texts[row.letter_id][row.start:row.end] for row in quotes.itertuples()] == [*quotes.quote]
    for table in ["letters", "issues"]:
        for row in tables[table].to_dict("records"):
            for span in row["spans"]:
                if span["field"] in fields:
                    words = texts[row["letter_id"]][span["start"]:span["end"]]
                    value = row[span["field"]]
                    assert words == value or words in value
                    checked += 1
    assert checked > 20

"""Rooms 06 and 07: from a folder to tables on disk, and everything that can be wrong with the folder."""
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from pypdfium2 import PdfDocument

import imr_research.corpus as corpus
import imr_research.store as store
from imr_research.corpus import EngineError, count_outcomes, parse_corpus, read_manifest, read_tables, reparse_corpus, summarize
from imr_research.letter import LetterError
from imr_research.store import OutputError
from imr_research.tables import TABLES, TablesError, check_tables, find_outcome

INVENTED = (ROOT / "data/invented/D2-two-issues.txt").read_text()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    return folder


UNSORTED = {"manifest": ["part", "stamp"]}  # columns that tell of the run and not of the letters


def in_order(tables) -> dict:
    """The tables as one can compare them: rows in an order of their own, no trace of the run."""
    frames = {table: frame.drop(columns=UNSORTED.get(table, [])) for table, frame in tables.items()}
    return {table: sorted(map(str, frame.to_dict("records"))) for table, frame in frames.items()}


def same(some, others) -> bool:
    return in_order(some) == in_order(others)


def contents(folder: Path) -> dict:
    """Every file of the tables, byte for byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


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
    assert f"{len(expected)} failed ({100 * len(expected) / (len(expected) + 2):.1f}%)" in summary


def test_the_same_file_twice_is_recorded_once(folder):
    for name in ["a.txt", "b.txt"]:
        (folder / name).write_text(INVENTED)
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and len(tables["texts"]) == 1 and len(tables["issues"]) == 2 and len(tables["failures"]) == 0
    assert [Path(copy).name for copy in tables["texts"].copies[0]] == ["b.txt"] and "failed (0.0%), 1 copy" in summarize(tables)
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
    written = contents(tmp_path / "out")
    assert same(first, parse_corpus(folder, tmp_path / "out")) and same(first, read_tables(tmp_path / "out")) and {*first} == {*TABLES}
    assert written == contents(tmp_path / "out")
    check_tables(dict(first))


def test_plain_pandas_reads_the_tables(tmp_path):
    parse_corpus(ROOT / "data/letters", tmp_path)
    letters = pd.read_parquet(tmp_path / "letters")
    assert [*letters.outcome] == ["Upheld", "Upheld"] and str(letters.date_of_injury[0]) == "2012-11-07" and [*letters.licensure[0]] == ["California"]


def test_tables_that_are_one_file_each_are_read(tmp_path):
    tables = dict(parse_corpus(ROOT / "data/letters", tmp_path))
    for table in TABLES:
        whole = pd.concat([pd.read_parquet(path) for path in sorted((tmp_path / table).glob("*.parquet"))])
        store.parquet.write_table(store.pa.Table.from_pandas(whole, corpus.arrow_schema(table), preserve_index=False), tmp_path / f"{table}.parquet")
        shutil.rmtree(tmp_path / table)
    assert same(tables, read_tables(tmp_path))


def test_output_that_cannot_be_written(tmp_path, folder):
    (folder / "a.txt").write_text(INVENTED)
    (tmp_path / "file").touch()
    for out in [tmp_path / "file", tmp_path / "file" / "below"]:
        with pytest.raises(OutputError, match="cannot write tables here"):
            parse_corpus(folder, out)


@pytest.mark.parametrize("call", ["write_table", "replace"])
def test_a_full_disk_is_said_and_the_next_run_goes_on(tmp_path, folder, monkeypatch, call):
    numbered(folder, 6)
    monkeypatch.setattr(corpus, "_CHUNK", 2)
    module, whole, left = (store.parquet, store.parquet.write_table, [15]) if call == "write_table" else (store.os, store.os.replace, [17])
    def full(*args, **options):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return whole(*args, **options)
    with monkeypatch.context() as patch:
        patch.setattr(module, call, full)
        with pytest.raises(OutputError, match="No space left on device.*run it again"):
            parse_corpus(folder, tmp_path / "out")
    assert same(parse_corpus(folder, tmp_path / "out"), parse_corpus(folder)) and not [*(tmp_path / "out/.pending").iterdir()]


def test_a_damaged_table_is_named(tmp_path):
    parse_corpus(ROOT / "data/letters", tmp_path)
    [part] = (tmp_path / "letters").iterdir()
    part.write_bytes(b"PAR1 no more")
    with pytest.raises(TablesError, match=f"{part.name}: this table is damaged"):
        read_tables(tmp_path)


def numbered(folder: Path, count: int) -> None:
    """So many letters with case numbers of their own."""
    for number in range(count):
        text = INVENTED.replace("CM00-0000001", f"CM00-{number + 1:07d}").replace("34 year old", f"{20 + number % 60} year old")
        (folder / f"{number:05d}.txt").write_text(text)


def test_only_what_is_new_or_changed_is_parsed(tmp_path, folder, monkeypatch):
    numbered(folder, 5)
    parse_corpus(folder, tmp_path / "out")
    parsed, parse = [], corpus.parse_letter
    monkeypatch.setattr(corpus, "parse_letter", lambda letter: parsed.append(Path(letter.source).name) or parse(letter))
    parse_corpus(folder, tmp_path / "out")
    assert parsed == []
    (folder / "00001.txt").write_text(INVENTED.replace("34 year old", "71 year old"))
    (folder / "00002.txt").unlink()
    (folder / "00009.txt").write_text(INVENTED.replace("CM00-0000001", "CM00-0000010"))
    tables = parse_corpus(folder, tmp_path / "out")
    assert parsed == ["00001.txt", "00009.txt"] and same(tables, parse_corpus(folder))


def test_names_and_copies_follow_the_files_through_every_change(tmp_path, folder):
    """Whatever the order in which files come and go, the tables are those of a run from nothing."""
    other = INVENTED.replace("34 year old", "35 year old")
    steps = [{"b": INVENTED}, {"a": INVENTED}, {"c": other}, {"0": other}, {"a": None}, {"b": None}, {"d": INVENTED, "0": None}, {"c": INVENTED}, {"c": None, "d": other}]
    for step in steps:
        for name, text in step.items():
            path = folder / f"{name}.txt"
            path.unlink() if text is None else path.write_text(text)
        tables = parse_corpus(folder, tmp_path / "out")
        assert same(tables, parse_corpus(folder)), step
        check_tables(dict(tables))


def test_workers_chunks_and_order_leave_no_trace(tmp_path, folder, monkeypatch):
    numbered(folder, 8)
    (folder / "copy.txt").write_text((folder / "00003.txt").read_text())
    (folder / "another.txt").write_text((folder / "00003.txt").read_text().replace("23 year old", "24 year old"))
    (folder / "broken.pdf").write_bytes(b"\x89PNG\r\n")
    plain = parse_corpus(folder)
    monkeypatch.setattr(corpus, "_CHUNK", 3)
    for name, workers, source in [("one", 1, folder), ("two", 2, folder), ("shuffled", 0, sorted(folder.iterdir(), key=lambda path: hash(path.name)))]:
        assert same(parse_corpus(source, tmp_path / name, workers=workers), plain), name


def test_as_many_workers_as_were_asked_for():
    from distributed import default_client
    with corpus.open_engine(None, 1, print):
        assert len(default_client().ncores()) == 1


def test_a_list_that_names_a_letter_twice(tmp_path, folder):
    numbered(folder, 2)
    (tmp_path / "letters.list").write_text("\n".join([str(folder / "00000.txt"), str(folder), str(folder / "00000.txt")]))
    tables = parse_corpus(f"@{tmp_path / 'letters.list'}")
    assert len(tables["letters"]) == len(tables["manifest"]) == 2


def test_archives_are_folders(tmp_path, folder, monkeypatch):
    numbered(folder, 5)
    plain = {*parse_corpus(folder)["letters"].letter_id}
    monkeypatch.setattr(corpus, "_MOST_CARRIED", 8_000)
    for kind, ending in [("zip", ".zip"), ("tar", ".tar"), ("gztar", ".tar.gz")]:
        archive = shutil.make_archive(tmp_path / kind, kind, folder)
        tables = parse_corpus(archive, tmp_path / f"out-{kind}")
        assert archive.endswith(ending) and {*tables["letters"].letter_id} == plain and len(tables["failures"]) == 0
        before = contents(tmp_path / f"out-{kind}")
        parse_corpus(archive, tmp_path / f"out-{kind}")
        assert contents(tmp_path / f"out-{kind}") == before


def test_tables_of_other_letters_are_not_replaced(tmp_path, folder):
    numbered(folder, 2)
    tables = dict(parse_corpus(folder, tmp_path / "out"))
    with pytest.raises(OutputError, match="holds the tables of other letters"):
        parse_corpus(ROOT / "data/letters", tmp_path / "out")
    assert same(tables, read_tables(tmp_path / "out"))


def test_letters_and_columns_are_chosen_before_anything_is_loaded(tmp_path, folder):
    numbered(folder, 4)
    parse_corpus(folder, tmp_path)
    some = read_tables(tmp_path, ["CM00-0000002"], {"letters": ["letter_id", "age"], "issues": ["letter_id"]})
    assert {*some} == {"letters", "issues"} and some["letters"].to_dict("list") == {"letter_id": ["CM00-0000002"], "age": [21]} and len(some["issues"]) == 2
    assert [*read_tables(tmp_path, "age >= 22")["letters"].age] == [22, 23]
    for wrong in [dict(letters="agee > 2"), dict(columns={"letters": ["nothing"]})]:
        with pytest.raises(TablesError):
            read_tables(tmp_path, **wrong)


def test_reparse_needs_no_file(tmp_path, folder, monkeypatch):
    numbered(folder, 3)
    (folder / "copy.txt").write_text((folder / "00001.txt").read_text())
    (folder / "other.txt").write_text((folder / "00001.txt").read_text().replace("21 year", "22 year"))
    (folder / "broken.pdf").write_bytes(b"\x89PNG\r\n")
    before = in_order(parse_corpus(folder, tmp_path / "out"))
    shutil.rmtree(folder)
    assert in_order(reparse_corpus(tmp_path / "out")) == before
    monkeypatch.setattr(corpus, "catalogue_version", lambda: "another")
    assert "imr-research reparse" in summarize(read_tables(tmp_path / "out"))
    tables = reparse_corpus(tmp_path / "out")
    assert {*tables["manifest"].catalogue_version} == {"another"} and "imr-research reparse" not in summarize(tables)


def test_a_letter_that_takes_too_long_is_a_failure(folder, monkeypatch):
    numbered(folder, 2)
    parse = corpus.parse_letter
    def slow(letter):
        while letter.source.endswith("00001.txt"):
            pass
        return parse(letter)
    monkeypatch.setattr(corpus, "parse_letter", slow)
    tables = parse_corpus(folder, limits=corpus.Limits(seconds=0.3))
    assert [*tables["failures"].reason] == ["took longer than 0.3 seconds"] and len(tables["letters"]) == 1


KILLER = """
import os
import imr_research.corpus as corpus
def parse_or_die(letter, parse=getattr(corpus, "parse_letter")):
    return os._exit(9) if letter.source.endswith("00003.txt") else parse(letter)
if corpus.parse_letter.__name__ != "parse_or_die":
    corpus.parse_letter = parse_or_die
"""


def test_a_letter_that_kills_its_worker_is_a_failure_and_the_rest_is_read(tmp_path, folder):
    import dask
    numbered(folder, 6)
    (tmp_path / "killer.py").write_text(KILLER)
    with dask.config.set({"distributed.worker.preload": [str(tmp_path / "killer.py")]}):
        tables = parse_corpus(folder, tmp_path / "out", workers=1)
    assert len(tables["letters"]) == 5 and "workers died over it" in tables["failures"].reason[0] and count_outcomes(tables)["failed"] == 1


def test_a_cluster_that_goes_away_is_said_and_the_next_run_goes_on(tmp_path, folder, monkeypatch):
    from distributed import Client, LocalCluster
    numbered(folder, 40)
    monkeypatch.setattr(corpus, "_CHUNK", 2)
    commit, seen = corpus.commit_part, []
    with LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        def once(*args):
            commit(*args)
            seen.append(args) or len(seen) == 3 and cluster.close(timeout=5)
        with monkeypatch.context() as patch:
            patch.setattr(corpus, "commit_part", once)
            with pytest.raises(EngineError, match="run it again to go on"):
                parse_corpus(folder, tmp_path / "out", client=client)
    assert len(read_manifest(tmp_path / "out")) == 6
    assert same(parse_corpus(folder, tmp_path / "out"), parse_corpus(folder))


RUN = "import sys, imr_research.corpus as corpus; corpus._CHUNK = 5; corpus.parse_corpus(*sys.argv[1:], workers=0)"


def test_kill_the_run_and_go_on(tmp_path, folder):
    """kill -9 at five moments; `make soak` does it fifty times over 2,000 letters, with workers."""
    numbered(folder, 60)
    rng = random.Random(20)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", RUN, folder, tmp_path / "out"])
        time.sleep(rng.uniform(0.8, 1.6))
        process.kill()
        process.wait()
    tables = parse_corpus(folder, tmp_path / "out")
    assert same(tables, parse_corpus(folder)) and not [*(tmp_path / "out/.pending").iterdir()]


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
    walk = os.scandir
    def locked(path):
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return walk(path)
    monkeypatch.setattr(os, "scandir", locked)
    tables = parse_corpus(folder)
    assert len(tables["letters"]) == 1 and "cannot be read" in tables["failures"].reason[0]


def test_names_that_are_no_unicode_and_hidden_files(folder):
    for name in [b"x\xff.txt", b"._a.txt"]:
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write(INVENTED)
    tables = parse_corpus(folder)
    assert [Path(source).name for source in tables["letters"].source] == ["x\\udcff.txt"]


def test_no_letters(folder):
    for source, words in [(folder, "no letters there"), (folder / "nowhere", "no such file or folder"), ([], "an empty list")]:
        with pytest.raises(LetterError, match=words):
            parse_corpus(source)
    with pytest.raises(FileNotFoundError, match="imr-research parse"):
        read_tables(folder)


def test_capital_endings_and_single_files_are_letters(folder):
    (folder / "A.PDF").write_bytes((ROOT / "data/invented/D2-two-issues.pdf").read_bytes())
    (folder / "notes.md").write_text("no letter")
    assert [Path(source).name for source in parse_corpus(folder)["letters"].source] == ["A.PDF"]
    assert [Path(source).name for source in parse_corpus(folder / "notes.md")["failures"].source] == ["notes.md"]


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
                    worded = span["field"] == "decision" and re.search(r"medically\s*(?:necessary|appropriate)", words, re.I)
                    assert words == value or words in value or worded
                    checked += 1
    assert checked > 20

"""Room 08: questions that only ask, comparisons that find every kind of change, checks that find every fault."""
import re
import shutil
import tempfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from imr_research import query
from imr_research.corpus import parse_corpus
from imr_research.query import QueryError, check_corpus, diff_tables, query_tables
from imr_research.tables import TABLES, TablesError, arrow_schema

INVENTED = (ROOT / "data/invented/D2-two-issues.txt").read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tables in two parts, of letters read whole, read in part, of unknown layout, failed, and a copy."""
    place = tmp_path_factory.mktemp("query")
    shutil.copytree(ROOT / "data/letters", place / "letters")
    parse_corpus(place / "letters", place / "tables", progress=False)
    for path in (ROOT / "data/invented").glob("*.txt"):
        shutil.copy(path, place / "letters")
    for name, text in {"copy.txt": INVENTED, "empty.txt": "", "old.txt": "CLINICAL CASE SUMMARY\n\nA worker fell.\n",
                       "cut.txt": INVENTED[:-40].replace("CM00-0000001", "CM00-0009999")}.items():
        (place / "letters" / name).write_text(text)
    parse_corpus(place / "letters", place / "tables", progress=False)
    return place / "tables"


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "tables")


def parts(folder, table="letters"):
    return sorted(path.stem for path in (folder / table).glob("*.parquet"))


def spoil(folder, table, change, part=0):
    """Change the rows of a table in one part."""
    path = folder / table / f"{parts(folder, table)[part]}.parquet"
    rows = parquet.read_table(path, partitioning=None).to_pylist()
    parquet.write_table(pa.Table.from_pylist(change(rows), arrow_schema(table)), path)


def whole(folder):
    """Each table as one file instead of parts."""
    for table in TABLES:
        rows = pa.concat_tables(parquet.read_table(path, partitioning=None) for path in sorted((folder / table).iterdir()))
        shutil.rmtree(folder / table)
        parquet.write_table(rows, folder / f"{table}.parquet")
    return folder


def at(number, **values):
    """A change of one row; a value may be a function of the old one."""
    def change(rows):
        rows[number] |= {name: value(rows[number][name]) if callable(value) else value for name, value in values.items()}
        return rows
    return change


def outcome(which, **values):
    """A change of the first row of the manifest with an outcome."""
    def change(rows):
        row = next(row for row in rows if row["outcome"] == which)
        return [one | values if one is row else one for one in rows]
    return change


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---- ask

@pytest.mark.parametrize("shape", [lambda folder: folder, whole], ids=["parts", "files"])
def test_every_table_is_a_view(folder, shape):
    folder = shape(folder)
    for table in TABLES:
        found = query_tables(folder, f"select * from {table}")
        assert [*found.columns] == arrow_schema(table).names and all(isinstance(kind, pd.ArrowDtype) for kind in found.dtypes)
        assert len(found) == query_tables(folder, f"select count(*) as n from {table}").n[0]


def test_an_answer_is_that_of_pandas(folder):
    issues = pd.read_parquet(folder / "issues")
    found = query_tables(folder, "select decision, count(*) as n from issues group by decision")
    assert dict(zip(found.decision, found.n)) == issues.decision.value_counts().to_dict() and len(found) > 1


def test_a_question_touches_only_the_tables_that_it_names(folder):
    (folder / "texts" / f"{parts(folder, 'texts')[0]}.parquet").write_bytes(b"PAR1 no more")
    assert query_tables(folder, "select count(*) as n from letters").n[0] > 2
    with pytest.raises(TablesError, match="(?s)damaged.*texts.*imr-research check"):
        query_tables(folder, "select text from texts")


OTHER_FILES = "reads the tables of its folder and no other file"
ONLY_READS = "a query only reads"
HOSTILE = [
    ("copy letters to '{out}'", ONLY_READS),
    ("copy (select 1 as a) to '{part}' (use_tmp_file false)", ONLY_READS),
    ("with x as (copy letters to '{out}') select * from x", OTHER_FILES),
    ("with x as (copy (select 1 as a) to '{part}' (use_tmp_file false)) select * from x", OTHER_FILES),
    ("export database '{out}'", ONLY_READS),
    ("attach '{out}'", ONLY_READS),
    ("select * from read_csv('/etc/passwd')", OTHER_FILES),
    ("select * from read_text('/etc/passwd')", OTHER_FILES),
    ("select * from read_blob('/etc/passwd')", OTHER_FILES),
    ("select * from read_parquet('{part}')", OTHER_FILES),
    ("select * from parquet_metadata('{part}')", OTHER_FILES),
    ("select * from '{part}'", OTHER_FILES),
    ("select * from '/etc/passwd'", "does not exist"),
    ("select * from glob('/etc/*')", OTHER_FILES),
    ("select * from read_csv('http://127.0.0.1:9/x.csv')", OTHER_FILES),
    ("select * from duckdb_secrets()", OTHER_FILES),
    ("create secret (type s3)", ONLY_READS),
    ("install httpfs", ONLY_READS),
    ("load httpfs", ONLY_READS),
    ("pragma database_list", ONLY_READS),
    ("set lock_configuration = false", ONLY_READS),
    ("reset enable_external_access", ONLY_READS),
    ("call enable_logging(storage = 'file')", ONLY_READS),
    ("select * from enable_logging()", "locked"),
    ("create table t as select 1", ONLY_READS),
    ("drop view letters", ONLY_READS),
    ("delete from letters", ONLY_READS),
    ("with x as (insert into letters values (1)) select 1", "letters is not"),
    ("checkpoint", ONLY_READS),
    ("select 1; copy letters to '{out}'", "one select at a time"),
    ("", "one select at a time"),
    ("-- nothing", "one select at a time"),
    ("select * from secret_frame", "does not exist"),
    ("select getenv('HOME')", "does not exist"),
]
secret_frame = pd.DataFrame({"a": [1]})  # of Python, which DuckDB would find by its name


@pytest.mark.parametrize("sql, words", HOSTILE, ids=[sql[:50] for sql, _ in HOSTILE])
def test_hostile_sql_is_refused(folder, tmp_path, sql, words):
    before, out = contents(folder), tmp_path / "out"
    part = folder / "letters" / f"{parts(folder)[0]}.parquet"
    with pytest.raises(QueryError, match=words) as caught:
        query_tables(folder, sql.format(out=out, part=part))
    assert "\n" not in str(caught.value) and contents(folder) == before and not out.exists()


@pytest.mark.parametrize("sql", ["from letters", "table letters", "describe letters", "summarize letters", "show tables", "explain select 1",
                                 "pivot issues on decision using count(*) group by topic", "with x as (select 1) from x", "values (1)", "select 1;"])
def test_ways_to_ask(folder, sql):
    assert len(query_tables(folder, sql))


@pytest.mark.parametrize("sql, words", [
    ("select leter_id from letters", 'Candidate bindings: "letter_id"'),
    ("select * from leters", r'Did you mean "letters"\? \(tables here: texts, letters,'),
    ("selec 1", 'syntax error at or near "selec"'),
    ("select request::int from issues", "Could not convert string"),
    ("select age(decision_date, ur_denial_date) as late from letters", r"late is a span of time; ask for date_diff"),
])
def test_errors_are_a_line(folder, sql, words):
    with pytest.raises(QueryError, match=words) as caught:
        query_tables(folder, sql)
    assert "\n" not in str(caught.value) and "LINE 1" not in str(caught.value) and "^" not in str(caught.value)


def test_whole_numbers_stay_whole(folder):
    found = query_tables(folder, "select sum(n_issues) as n, 2::hugeint ** 0 as f, 100000000000000000000::hugeint as big, 1.5 as d from letters")
    assert str(found.dtypes.n) == "int64[pyarrow]" and int(found.big[0]) == 10**20 and float(found.d[0]) == 1.5
    assert found.n[0] == len(query_tables(folder, "from issues"))


def test_a_missing_table_and_no_tables(folder, tmp_path):
    shutil.rmtree(folder / "criteria")
    with pytest.raises(QueryError, match=r"criteria does not exist.*tables here: texts"):
        query_tables(folder, "from criteria")
    for call in [lambda: query_tables(tmp_path / "nowhere", "select 1"), lambda: check_corpus(tmp_path), lambda: diff_tables(folder, tmp_path)]:
        with pytest.raises(FileNotFoundError, match="imr-research parse"):
            call()


def test_what_does_not_fit_into_memory_is_moved_and_removed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    monkeypatch.setattr(query, "_MEMORY", "500MB")
    seen = query_tables(folder, "select current_setting('temp_directory') as place, current_setting('memory_limit') as most, "
                                "current_setting('enable_external_access') as files, current_setting('lock_configuration') as locked")
    assert seen.place[0].startswith(str(tmp_path / "spill")) and seen.most[0].startswith("476") and not seen.files[0] and seen.locked[0]
    # more to be sorted than fits
    big = query_tables(folder, "select count(*) as n, max(i) as i from (select i, sha256(i::varchar) || md5(i::varchar) as t from range(5_000_000) r(i) order by t offset 1)")
    assert big.n[0] == 4_999_999 and not [*(tmp_path / "spill").iterdir()]
    monkeypatch.setattr(query, "_MEMORY", "20MB")
    with pytest.raises(QueryError, match="needs more than 20MB of memory"):
        query_tables(folder, "select list(i) from range(20_000_000) r(i)")
    assert not [*(tmp_path / "spill").iterdir()]


# ---- compare

def row_of(diff, table, change, column):
    rows = diff.frame[(diff.frame["table"] == table) & (diff.frame.change == change) & (diff.frame.column == column)]
    return int(rows["count"].iloc[0]) if len(rows) else 0


DIFFERENCES = [
    ("issues", at(0, decision="Overturned in Part"), [("changed", "decision", 1)]),
    ("issues", lambda rows: rows[:-1], [("only in old", "", 1)]),
    ("issues", lambda rows: rows + [rows[-1] | {"issue_no": 99}], [("only in new", "", 1)]),
    ("letters", at(0, age=lambda age: (age or 0) + 1, sex=None, spans=[]), [("changed", "age", 1), ("changed", "sex", 1), ("changed", "spans", 1)]),
    ("letters", at(0, licensure=[]), [("changed", "licensure", 1)]),
    ("texts", at(1, text=lambda text: text + "."), [("changed", "text", 1)]),
    ("requests", at(0, quantity=77), [("changed", "quantity", 1)]),
    ("citations", at(0, guideline_id="mtus.none"), [("changed", "guideline_id", 1)]),
    ("citations", at(0, quote=lambda quote: quote[:-1]), [("only in old", "", 1), ("only in new", "", 1)]),
    ("citations", lambda rows: rows + [rows[0]], [("only in new", "", 1)]),  # the same once more
    ("citations", lambda rows: rows[::-1], []),
    ("concordance", at(0, reviewer=["x"]), [("changed", "reviewer", 1)]),
    ("criteria", at(0, recited=lambda flag: not flag), [("changed", "recited", 1)]),
    ("criteria", at(0, criterion_id="none.such"), [("only in old", "", 1), ("only in new", "", 1)]),
    ("sentences", at(2, role=lambda role: "other" if role != "other" else "rule"), [("changed", "role", 1)]),
    ("sentences", at(2, end=lambda end: end - 1), [("changed", "end", 1)]),
    ("sentences", at(2, start=lambda start: start + 1), [("only in old", "", 1), ("only in new", "", 1)]),
    ("failures", at(0, reason="another"), [("changed", "reason", 1)]),
    ("manifest", at(0, outcome="failed"), [("changed", "outcome", 1)]),
    ("manifest", at(0, stamp="another", part="another"), []),  # how the run went
]


@pytest.mark.parametrize("table, change, expected", DIFFERENCES, ids=[f"{table}-{i}" for i, (table, *_) in enumerate(DIFFERENCES)])
def test_every_kind_of_difference(made, folder, table, change, expected):
    spoil(folder, table, change, part=1)
    diff = diff_tables(made, folder)
    found = [*zip(diff.frame["table"], diff.frame.change, diff.frame.column, diff.frame["count"])]
    # sentences stand within an issue: where that is gone they are others
    assert sorted(one for one in found if one[0] == table or (table, one[0]) != ("issues", "sentences")) == sorted((table, *one) for one in expected)
    assert (diff.examples["table"] == table).sum() == len(expected)
    back = diff_tables(folder, made)
    mirrored = {"only in old": "only in new", "only in new": "only in old"}
    assert all(row_of(back, table, mirrored.get(kind, kind), column) == n for kind, column, n in expected)


def test_an_example_has_both_values(made, folder):
    spoil(folder, "issues", at(0, decision="Overturned in Part"))
    example = diff_tables(made, folder).examples.iloc[0]
    first = pd.read_parquet(made / "issues" / f"{parts(made)[0]}.parquet").iloc[0]
    assert (example.letter_id, example.issue_no, example.old, example.new) == (first.letter_id, 1, first.decision, "Overturned in Part")
    assert f"{first.letter_id}, 1: {first.decision} → Overturned in Part" in repr(diff_tables(made, folder))


def test_how_the_tables_are_cut_makes_no_difference(made, folder):
    diff = diff_tables(made, whole(folder))
    assert diff.frame.empty and repr(diff).startswith("no difference (texts ") and "\n" not in repr(diff)


def test_a_text_that_moved_pairs_its_sentences(made, folder):
    """All positions 7 further on: the same sentences, not other ones."""
    for number in range(2):
        spoil(folder, "issues", lambda rows: [row | {"start": row["start"] + 7, "end": row["end"] + 7} for row in rows], number)
        spoil(folder, "sentences", lambda rows: [row | {"start": row["start"] + 7, "end": row["end"] + 7} for row in rows], number)
    frame = diff_tables(made, folder).frame
    assert {*frame.change} == {"changed"} and {*frame.column} == {"start", "end"}


def test_three_examples_and_no_more_the_first_ones(made, folder):
    spoil(folder, "sentences", lambda rows: [row | {"role": "other"} for row in rows], 1)
    diff = diff_tables(made, folder)
    assert row_of(diff, "sentences", "changed", "role") > 3 and len(diff.examples) == 3
    assert diff.examples.equals(diff_tables(made, folder).examples) and [*diff.examples.letter_id] == sorted(diff.examples.letter_id)


def test_an_older_folder_has_fewer_tables_and_columns(made, folder):
    shutil.rmtree(folder / "requests")
    for path in (folder / "letters").iterdir():
        parquet.write_table(parquet.read_table(path, partitioning=None).drop_columns(["layout_confidence"]), path)
    diff = diff_tables(folder, made)
    assert [*zip(diff.frame["table"], diff.frame.change, diff.frame.column)] == [("letters", "column only in new", "layout_confidence"), ("requests", "table only in new", "")]
    assert diff.rows["requests"][0] == 0 < diff.rows["requests"][1]


def test_versions_are_shown(made, folder):
    for number in range(2):
        spoil(folder, "manifest", lambda rows: [row | {"package_version": "9.9"} for row in rows], number)
    diff = diff_tables(made, folder)
    assert diff.frame.empty and "package 9.9, catalogues" in diff.versions[1] and "package 9.9" in repr(diff) and "package 9.9" not in diff.versions[0]


def test_html_is_escaped(made, folder):
    spoil(folder, "issues", at(0, request="<script>alert(1)</script>"))
    html = diff_tables(made, folder)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<table>" in html
    assert "<table>" not in diff_tables(made, made)._repr_html_()


def test_a_damaged_part_stops_a_comparison(made, folder):
    (folder / "issues" / f"{parts(folder)[0]}.parquet").write_bytes(b"PAR1 no more")
    for old, new in [(made, folder), (folder, made)]:
        with pytest.raises((TablesError, QueryError), match="damaged"):
            diff_tables(old, new)


@given(st.text("abc \n", max_size=300), st.text("abc \n", max_size=300), st.text("abc \n", max_size=300))
def test_shortened_texts_still_differ(before, old, new):
    short = query._shorten(before + old, before + new)
    assert (short[0] == short[1]) == (old == new) and all(len(words) <= query._WIDTH + 2 and "\n" not in words for words in short)


# ---- check

def test_tables_of_the_package_are_sound(made, folder):
    before = contents(folder)
    assert check_corpus(folder, progress=False) == [] and contents(folder) == before
    assert check_corpus(whole(folder)) == []


LETTERS = [
    # what the rules of room 06 find
    ("letters", at(0, sex="unknown"), r"letters\.sex: isin.*"),
    ("issues", at(0, start=lambda start: start + 1), "issues: the rationale of .+ does not stand at .+"),
    ("citations", at(0, start=lambda start: start + 1), "citations: the quote of .+ does not stand at .+"),
    ("letters", at(0, n_issues=9), "issues: .+ has the numbers .+ instead of 1 to 9"),
    ("letters", at(0, outcome=lambda outcome: "Upheld" if outcome != "Upheld" else "Overturned"), "letters: .+ is .+, its issues are not"),
    ("texts", lambda rows: rows[1:], "letters: .+ has no text"),
    ("letters", lambda rows: rows[1:], "issues: .+ is no letter"),
    # between tables
    ("requests", lambda rows: rows[1:], "requests: .+, 1 has 0 rows instead of 1"),
    ("requests", lambda rows: rows + rows[:1], "requests: .+, 1 has 2 rows instead of 1"),
    ("concordance", lambda rows: rows[1:], "concordance: .+, 1 has 0 rows instead of 1"),
    *[(table, at(0, issue_no=77), f"{table}: .+, 77 is no issue") for table in ["requests", "citations", "concordance", "criteria", "sentences"]],
    ("criteria", lambda rows: rows + rows[:1], "criteria: .+ stands 2 times at .+, 1"),
    ("sentences", lambda rows: rows[1:], "sentences: of .+ are not numbered from 1 to .+"),
    ("sentences", at(1, sentence_no=1), "sentences: of .+ are not numbered from 1 to .+"),
    # places
    *[(table, at(0, spans=[{"field": "x", "start": 5, "end": 10**6}]), f"{table}: x of .+ stands at 5 to 1000000, outside the text") for table in ["letters", "issues", "requests"]],
    ("letters", at(0, spans=[{"field": "x", "start": 9, "end": 8}]), "letters: x of .+ stands at 9 to 8, outside the text"),
    ("criteria", at(0, recited_spans=[[0, 5]]), "criteria: .+ of .+ is recited outside the rationale"),
    ("criteria", at(0, applied_spans=[[10**6, 10**6 + 5]]), "criteria: .+ of .+ is applied outside the rationale"),
    ("sentences", at(0, start=0), "sentences: number 1 of .+ stands outside the rationale"),
    ("sentences", at(0, end=10**6), "sentences: number 1 of .+ stands outside the rationale"),
    ("failures", lambda rows: [row | {"start": 1, "end": 10**6} if row["letter_id"] else row for row in rows], "failures: .+ stops at 1000000, outside the text"),
    ("failures", lambda rows: [row | {"letter_id": "nobody"} for row in rows], "failures: nobody has no text"),
    # the manifest
    ("manifest", lambda rows: rows[1:], "texts: .+ is in no row of the manifest that says 'read', 'read in part', 'text only'"),
    ("manifest", lambda rows: rows[1:], "letters: .+ is in no row of the manifest that says 'read', 'read in part'"),
    ("manifest", outcome("read", letter_id="nobody"), "manifest: .+ is read, and its text is missing"),
    ("manifest", outcome("text only", outcome="read"), "manifest: .+ is read, and its letter is missing"),
    ("manifest", outcome("read", source="elsewhere.txt"), "texts: .+ has another source in the manifest"),
    ("manifest", outcome("read", sha256="0" * 64), "texts: .+ has another sha256 in the manifest"),
    ("manifest", outcome("read", copies=["elsewhere.txt"]), "texts: .+ has another copies in the manifest"),
    *[("manifest", outcome("read", **{decision: 9}), f"manifest: .+ counts 9 issues {decision}, and there are .+") for decision in query.DECISIONS],
    ("manifest", outcome("copy", letter_id="somebody"), "manifest: .+ is copy, and has the letter_id somebody"),
    ("failures", lambda rows: [], "manifest: .+ is failed, and no failure says why"),
    ("failures", lambda rows: [], "manifest: .+ is read in part, and no failure says why"),
    ("manifest", lambda rows: [row | {"part": "part-999999"} for row in rows], r"manifest: \d+ rows say that they are of part-999999"),
    # over all parts
    ("manifest", outcome("copy", sha256="0" * 64), "manifest: .+ is a copy of no letter"),
    ("manifest", outcome("copy", sha256="0" * 64), "manifest: .+, a copy of .+, is not there as a copy"),
    ("manifest", lambda rows: [row | {"sha256": "1" * 64} for row in rows], "manifest: .+ and .+ have the same bytes; imr-research parse makes one a copy of the other"),
]


def faults(folder):
    with pytest.raises(TablesError) as caught:
        check_corpus(folder, progress=False)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("table, change, words", LETTERS, ids=[f"{i}-{words[:40]}" for i, (_, _, words) in enumerate(LETTERS)])
def test_every_fault_is_found(folder, table, change, words):
    spoil(folder, table, change, part=1)
    found = faults(folder)
    assert [line for line in found if re.fullmatch(f"({re.escape(parts(folder)[1])}: )?{words}", line)], found


def test_every_rule_has_a_case_that_breaks_it():
    twice = ["texts: {letter_id} stands in more than one part", "manifest: {source} stands in more than one part"]  # below
    cases = [words.replace(".+", "x, x") for _, _, words in LETTERS]
    for rule in {**query._RULES, **query._RULES_OVER_ALL}:
        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(rule))
        assert rule in twice or any(re.fullmatch(pattern, case) for case in cases), rule


def test_a_part_that_stands_there_twice(folder):
    for table in TABLES:
        shutil.copy(folder / table / f"{parts(folder)[0]}.parquet", folder / table / "part-000009.parquet")
    found = faults(folder)
    assert sum("stands in more than one part" in line for line in found) == 4  # two letters, two files
    assert not [line for line in found if "have the same bytes" in line]
    assert "part-000009: manifest: 2 rows say that they are of part-000000" in found


@pytest.mark.parametrize("data", [b"", b"PAR1 no more", 0.5], ids=["empty", "rubbish", "cut"])
def test_a_damaged_file_is_named_and_the_others_are_checked(folder, data):
    path = folder / "criteria" / f"{parts(folder)[0]}.parquet"
    path.write_bytes(data if isinstance(data, bytes) else path.read_bytes()[: path.stat().st_size // 2])
    spoil(folder, "requests", lambda rows: rows[1:], part=1)
    found = faults(folder)
    assert found[0].startswith(f"criteria/{path.name}: damaged, cannot be read (") and str(folder) not in found[0]
    assert len(found) == 2 and "requests" in found[1]


def test_a_part_that_lacks_a_table_a_column_a_type(folder):
    names = parts(folder)
    (folder / "requests" / f"{names[0]}.parquet").unlink()
    path = folder / "letters" / f"{names[1]}.parquet"
    table = parquet.read_table(path, partitioning=None)
    parquet.write_table(table.drop_columns(["age"]), path)
    path = folder / "issues" / f"{names[1]}.parquet"
    table = parquet.read_table(path, partitioning=None)
    parquet.write_table(table.set_column(table.schema.get_field_index("start"), "start", table["start"].cast(pa.string())), path)
    found = "\n".join(faults(folder))
    assert f"{names[0]}: requests: the table is missing" in found
    assert re.search(rf"{re.escape(names[1])}: letters: column_in_dataframe .*'age'", found) and re.search(r"issues\.start: dtype", found)


def test_a_missing_table_and_a_table_that_stands_there_twice(folder):
    shutil.copy(folder / "letters" / f"{parts(folder)[0]}.parquet", folder / "letters.parquet")
    assert any("letters: stands there twice, as a file and as a folder" in line for line in faults(folder))
    (folder / "letters.parquet").unlink()
    n = len(parts(folder))
    shutil.rmtree(folder / "manifest")
    assert faults(folder) == [f"manifest: the table is missing (in {n} parts, first part-000000)"], "said once for all parts"


def test_leftovers_of_a_killed_run(folder):
    assert check_corpus(folder) == []
    (folder / ".pending/part-000007").mkdir(parents=True)
    assert faults(folder) == [".pending/part-000007: left by a run that is going on or was killed; imr-research parse finishes it"]


def test_versions_are_a_note(folder):
    spoil(folder, "manifest", lambda rows: [row | {"package_version": "0.0.1", "catalogue_version": "0" * 12} for row in rows])
    note, = check_corpus(folder)
    assert "package 0.0.1 with catalogues 000000000000 (2 files)" in note and "imr-research reparse" in note


def test_many_faults_are_counted_and_not_all_told(folder):
    spoil(folder, "sentences", lambda rows: [row | {"letter_id": f"nobody-{i}"} for i, row in enumerate(rows)], 1)
    found = faults(folder)
    assert len(found) == query._Faults.most + 1 and re.fullmatch(r"and [\d,]+ more", found[-1])


def test_progress_is_shown_where_it_is_wanted(folder, capsys):
    check_corpus(folder, progress=False)
    assert capsys.readouterr() == ("", "")
    check_corpus(folder, progress=True)
    assert "parts" in capsys.readouterr().err

"""Facts hold no text of letters, and say what they are of."""
import json
import re

import pyarrow.parquet as parquet
import pytest
from conftest import OWN_LETTERS, ROOT

from imr_research import find_passages, parse_corpus
from imr_research.facts import FACTS, read_facts, write_facts
from imr_research.store import OutputError

SHIPPED = ROOT / "data/tables"


def values(folder) -> str:
    """Everything that a folder of facts says, as one text, without the names of boards and guidelines."""
    facts = read_facts(folder)
    said = " ".join(facts[table].astype(str).to_csv() for table in facts) + (folder / "about.json").read_text()
    for name in sorted(names_in(facts), key=len, reverse=True):
        said = said.replace(name, "")
    return said


def names_in(facts) -> set[str]:
    """The names of boards and guidelines."""
    return {*facts["letters"].specialties.explode().dropna(), *facts["letters"].subspecialties.explode().dropna(), *facts["citations"].title.dropna()}


def runs(text: str, size: int = 5) -> set[str]:
    """The runs of words of a text."""
    words = text.split()
    return {" ".join(words[i:i + size]) for i in range(len(words) - size + 1)}


@pytest.fixture(scope="module")
def tables():
    return parse_corpus(OWN_LETTERS, progress=False)


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("facts")
    write_facts(tables, folder, progress=False)
    return folder


def test_no_text_of_a_letter_goes_in(tables, folder):
    said = values(folder)
    letters = set().union(*map(runs, tables["texts"].text))
    assert len(letters) > 5000 and not [run for run in letters if run in said]
    assert not [source for source in tables["texts"].source if source in said]


def test_facts_are_the_tables_they_were_made_of(tables, folder):
    facts, recitation = read_facts(folder), find_passages(tables, progress=False)
    assert {*facts} == {*FACTS}
    for table in ["letters", "issues", "criteria", "sentences"]:
        columns = FACTS[table]
        assert facts[table].equals(tables[table][columns].reset_index(drop=True)), table
    assert facts["rationales"].equals(recitation.rationales) and [*facts["passages"].passage_id] == [*recitation.passages.passage_id]
    assert len(facts["citations"]) == len(tables["citations"])
    assert facts["citations"].title[facts["citations"].guideline_id.isna()].isna().all()


def test_they_begin_with_what_they_are_of(tables, folder):
    about = json.loads((folder / "about.json").read_text())
    assert about["letters"] == len(tables["letters"]) and about["issues"] == len(tables["issues"])
    assert f"{len(tables['letters'])} letters with {len(tables['issues'])} issues; 0 of {len(OWN_LETTERS)} files" in repr(read_facts(folder))


def test_failures_are_in_the_rate(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/a.txt").write_text((ROOT / "data/invented/D2-two-issues.txt").read_text())
    (tmp_path / "letters/b.txt").write_text("No letter.")
    facts = write_facts(parse_corpus(tmp_path / "letters", progress=False), tmp_path / "facts", progress=False)
    assert "1 letters with 2 issues; 1 of 2 files could not be read (50.0%)" in repr(facts)


def test_faults_are_one_line_with_the_way_out(tables, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no facts here .*imr-research facts TABLES --out"):
        read_facts(tmp_path)
    with pytest.raises(FileNotFoundError, match="imr-research parse"):
        write_facts(tmp_path / "none", tmp_path / "facts")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write facts here"):
        write_facts(tables, tmp_path / "file", progress=False)
    with pytest.raises(KeyError, match="no table 'texts' among facts"):
        read_facts(SHIPPED)["texts"]


def test_the_facts_of_this_project_have_the_columns_of_the_room():
    for table, columns in FACTS.items():
        assert parquet.read_schema(SHIPPED / f"{table}.parquet").names == columns
    assert {path.name for path in SHIPPED.iterdir()} == {"about.json", *(f"{table}.parquet" for table in FACTS)}


def test_the_facts_of_this_project_hold_no_text():
    """Nothing in them reads like a sentence: no value has six words of letters in a row, but for names of boards and guidelines."""
    facts = read_facts(SHIPPED)
    names = names_in(facts)
    for table in facts:
        for column in facts[table].columns:
            for value in {*facts[table][column].explode().dropna().astype(str)} - names:
                assert not re.search(r"([A-Za-z]+ ){5}[A-Za-z]+", value), f"{table}.{column}: {value}"
    assert all(len(name.split()) <= 8 for name in names)


def test_the_facts_of_this_project_against_the_letters(further_letters):
    tables = parse_corpus(further_letters, progress=False)
    facts = read_facts(SHIPPED)
    said = values(SHIPPED)
    letters = set().union(*map(runs, tables["texts"].text))
    assert not [run for run in letters if run in said]
    for table in ["letters", "issues", "requests", "criteria", "sentences"]:
        assert facts[table].equals(tables[table][FACTS[table]].reset_index(drop=True)), f"{table}: run make facts again"

"""A small part of `make soak`, and that the harness notices what it is there to notice; test_corpus.py has a few kills."""
import random
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
import soak

OWN = str(ROOT / "data")
PLANTED = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "benchmarks")!r})
import imr_research.corpus as corpus, soak
soak.SECONDS = 0.7
def read(data, name, limits, read_letter=corpus.read_letter):
    if name.startswith("00000"):
        time.sleep(60)
    if name.startswith("00001"):
        1 / 0
    while name.startswith("00002"):
        pass
    return read_letter(data, name, limits)
corpus.read_letter = read
soak.main()
"""


def test_mutants_are_the_same_each_time_and_none_breaks_the_package(tmp_path):
    assert soak.mutant(OWN, 5) == soak.mutant(OWN, 5) != soak.mutant(OWN, 6)
    words = soak.mutants(tmp_path, random.Random(1), 0.001, OWN)
    assert words.startswith("20 mutants") and " read" in words and " refused" in words


def test_a_dead_process_and_a_mistake_fail_and_a_slow_letter_is_counted(tmp_path, monkeypatch, capsys):
    (tmp_path / "planted.py").write_text(PLANTED)
    monkeypatch.setattr(soak, "CHILD", [sys.executable, str(tmp_path / "planted.py")])
    monkeypatch.setattr(soak, "mutant", None)  # only the child makes mutants: making one may kill as well
    with pytest.raises(soak.Failure, match="^2 of 4 mutants"):
        soak.mutants(tmp_path, random.Random(1), 4 / 20_000, OWN)
    said = capsys.readouterr().out
    assert "  mutant 0," in said and "the process died (1): Timeout" in said
    assert "  mutant 1," in said and "ZeroDivisionError" in said
    assert "  too slow: mutant 2," in said and "  mutant 2," not in said


def test_tables_that_differ_and_letters_that_are_missing_are_noticed(tmp_path):
    letters = soak.write_letters(tmp_path / "letters", 12, random.Random(1))
    expected = soak.parse_here(letters, tmp_path / "out")
    soak.compare(tmp_path / "out", expected, 12)
    with pytest.raises(soak.Failure, match="12 files in the manifest, not 13"):
        soak.compare(tmp_path / "out", expected, 13)
    with pytest.raises(soak.Failure, match="letters: 0 rows too many, 1 missing"):
        soak.compare(tmp_path / "out", expected | {"letters": [*expected["letters"], "one more"]}, 12)
    (tmp_path / "out/.pending/part-000009").mkdir()
    with pytest.raises(soak.Failure, match="left in .pending: .'part-000009'"):
        soak.compare(tmp_path / "out", expected, 12)


def test_a_few_letters_of_hypothesis(tmp_path):
    assert soak.grammar(tmp_path, random.Random(1), 0.0075, OWN).startswith("15 letters of hypothesis")

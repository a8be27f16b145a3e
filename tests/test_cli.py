"""Room 11: commands as a user gives them."""
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from server import BadServer
from typer.main import get_command
from typer.testing import CliRunner

from imr_research import __version__
from imr_research.cli import app
from imr_research.corpus import read_tables

COMMANDS = sorted(get_command(app).commands)


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_in_the_help_runs(command, tmp_path, monkeypatch):
    example = re.search(r"Example: imr-research (.+)", run(command, "--help").output)[1]
    monkeypatch.chdir(ROOT)
    with BadServer() as server:
        (tmp_path / "addresses.txt").write_text(f"{server.address}/good/1\n")
        arguments = [word.replace("_study", str(tmp_path)) for word in shlex.split(example)]
        if "_study/tables" in example and command != "parse":
            run("parse", ROOT / "data/letters", "--out", tmp_path / "tables")
        if command == "fetch":
            monkeypatch.chdir(tmp_path)
        done = run(*arguments)
    assert done.exit_code == 0, done.output


def test_parse_ends_with_counts(tmp_path):
    done = run("parse", ROOT / "data/letters", "--out", tmp_path)
    assert "2 files: 2 letters read, 0 failed (0.0%)" in done.output and "2 issues: 2 Upheld, 0 Overturned" in done.output
    assert len(read_tables(tmp_path)["letters"]) == 2


def test_parse_goes_on_behind_a_broken_file(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "letter.txt").write_bytes((ROOT / "data/invented/D2-two-issues.txt").read_bytes())
    done = run("parse", tmp_path, "--out", tmp_path / "out")
    assert done.exit_code == 0 and "broken.pdf: this is a PNG image" in done.output and "1 letter read, 1 failed (50.0%)" in done.output


def test_a_run_without_a_letter_exits_1(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"\x89PNG\r\n")
    done = run("parse", tmp_path, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "no letter could be read" in done.output and len(read_tables(tmp_path / "out")["failures"]) == 1


@pytest.mark.parametrize("arguments, words, code", [
    (["parse", "no-such-folder", "--out", "x"], "no-such-folder: no such file or folder", 1),
    (["parse", "{tmp}", "--out", "x"], "no letters there", 1),
    (["parse", "{data}", "--out", "{tmp}/file/x"], "cannot write tables here", 1),
    (["parse", "{data}"], "Missing option '--out'", 2),
    (["show", "{tmp}"], "this is a folder", 1),
    (["show", "{tmp}/file"], "the file is empty", 1),
    (["parse", "", "--out", "x"], "one of the names is empty", 1),
    (["fetch", "{tmp}/no-list.txt", "--out", "{tmp}/x"], "no-list.txt: this list cannot be read", 1),
    (["fetch", "{tmp}/cases.list", "--out", "{tmp}/x"], "give a pattern such as", 1),
    (["search", "{data}", "--out", "{tmp}/x.csv"], "imr-research: ", 1),
    (["parse", "{data}", "--out", "{tmp}/x", "--scheduler", "tcp://127.0.0.1:9"], "no Dask scheduler answers there", 1),
    (["reparse", "{tmp}/x"], "make the tables with", 1),
    (["query", "{tmp}/x", "select 1"], "no tables here; make them with", 1),
    (["diff", "{tmp}/x", "{tmp}/x"], "no tables here; make them with", 1),
    (["check", "{tmp}/x"], "no tables here; make them with", 1),
    (["shwo"], "No such command 'shwo'", 2),
])
def test_mistakes(arguments, words, code, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "cases.list").write_text("CM00-0000001\n")
    done = run(*(argument.format(tmp=tmp_path, data=ROOT / "data/letters") for argument in arguments))
    assert done.exit_code == code and words in done.output and "Traceback" not in done.output, done.output


def test_the_tables_of_other_letters_are_left_alone(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"\x89PNG\r\n")
    run("parse", ROOT / "data/letters", "--out", tmp_path / "out")
    done = run("parse", tmp_path / "broken.pdf", "--out", tmp_path / "out")
    assert done.exit_code == 1 and "holds the tables of other letters" in done.output and len(read_tables(tmp_path / "out")["letters"]) == 2


def test_stopping_says_what_became_of_the_tables(tmp_path, monkeypatch):
    import imr_research.corpus
    def stop(*args):
        raise KeyboardInterrupt
    monkeypatch.setattr(imr_research.corpus, "parse_corpus", stop)
    done = run("parse", ROOT / "data/letters", "--out", tmp_path)
    assert done.exit_code == 130 and "run it again to go on" in done.output


def test_limits_are_options(tmp_path):
    done = run("parse", ROOT / "data/letters", "--out", tmp_path, "--max-characters", "4000")
    assert done.exit_code == 1 and "over the limit of 4,000" in done.output


def test_a_cluster_of_ones_own(tmp_path):
    from distributed import LocalCluster
    with LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster:
        done = run("parse", ROOT / "data/letters", "--out", tmp_path, "--scheduler", cluster.scheduler_address)
    assert done.exit_code == 0 and "2 letters read" in done.output, done.output


def test_show_says_what_it_found_and_what_not(tmp_path):
    text = (ROOT / "data/invented/D2-two-issues.txt").read_text()
    (tmp_path / "cut.txt").write_text(text[:-40])
    done = run("show", tmp_path / "cut.txt")
    assert "odg.carpal_tunnel" in done.output and "administrator_cites_none" in done.output
    assert done.exit_code == 0 and "issue 2: Overturned" in done.output and "stops in mid-rationale" in done.output


def test_no_progress_bar_in_a_log(tmp_path):
    done = subprocess.run([sys.executable, "-m", "imr_research.cli"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == ""
    script = Path(sys.executable).with_name("imr-research")
    done = subprocess.run([script, "parse", ROOT / "data/letters", "--out", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_version():
    assert run("--version").output.strip() == f"imr-research {__version__}"

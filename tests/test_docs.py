"""What is public is in the docs, and the docs are fresh."""
import json
import re
import sys

from conftest import ROOT
from typer.main import get_command

import imr_research
from imr_research.cli import app
from imr_research.tables import TABLES, describe_tables

sys.path.insert(0, str(ROOT / "docs"))
from readme import render_readme  # noqa: E402

README = (ROOT / "README.md").read_text()


def test_readme_equals_its_notebook():
    assert README == render_readme(), "run make notebooks"


def test_the_data_dictionary_is_fresh():
    assert describe_tables().strip() in README and all(f"**{table}**" in README for table in TABLES)


def test_the_front_door_and_the_commands_are_documented():
    docs = README + "".join(json.loads(path.read_text())["cells"] and path.read_text() for path in (ROOT / "nbs").glob("*.ipynb"))
    assert all(f"imr-research {command}" in README for command in get_command(app).commands)
    assert all(name in docs for name in imr_research.__all__)


def test_links_between_files_lead_somewhere():
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / name).read_text()):
            assert ((ROOT / name).parent / link).exists(), f"{name}: {link}"

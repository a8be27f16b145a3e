"""The house rules: rooms in order, modules equal to their notebooks, notebooks clean."""
import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from configparser import ConfigParser

import pytest
from conftest import ROOT
from nbdev.clean import clean_nb
from execnb.nbio import read_nb

import imr_research

NOTEBOOKS = sorted((ROOT / "nbs").rglob("[!.]*.ipynb"))
ROOMS = {path.stem[3:]: path for path in NOTEBOOKS if re.match(r"\d\d_", path.name) and path.parent.name == "nbs"}
# what each room exports; a name that is not meant to be public starts with an underscore
PUBLIC = {
    "letter": "Limits Line Letter LetterError find_separator ends_paragraph join_lines read_pdf find_shape read_text decode_text read_letter",
    "sections": "LAYOUTS Section Layout find_layout split_sections",
    "case": "DATE HEADER_LABELS PLACEHOLDER Value Record trim_value read_date find_header find_other_fields find_opening_dates find_reviewer find_patient find_summary_date find_flags Case find_case",
    "issues": "Issue Fault Verdict find_requests find_decisions find_verdicts find_issues",
    "citations": "Guideline CatalogueError read_guidelines load_guidelines find_guideline split_sections_cited expand_pages Citation find_sources find_citations resolve_citation "
                 "check_edition Cited find_cited CONCORDANCE find_concordance",
    "cues": "plain_text Cue make_cue read_names ReadClause CueIndex",
    "criteria": "LABELS Criterion Catalogue read_criteria load_criteria Sign CriterionMatch Sentence Reading read_rationale match_criteria",
    "display": "Highlighted highlight",
    "coding": "FINDINGS CODEBOOK_VERSION RULES CodingError Coding make_coding write_gold read_gold draw_sample write_coding_sheet read_coding_sheet "
              "write_label_studio read_label_studio pair_codes adjudicate read_adjudicated",
    "agreement": "MEASURES compare_codes measure_agreement measure_tables measure_chance_agreement list_disagreements Disagreements show_disagreements",
    "requests": "read_number Treatment Drug load_treatments load_drugs find_drugs REGIONS find_regions Request find_request",
    "tables": "DECISIONS SPEAKERS OUTCOMES TABLES describe_tables ParsedLetter parse_letter find_outcome letter_rows arrow_schema make_tables TablesError check_tables",
    "corpus": "Job open_engine EngineError catalogue_version parse_corpus reparse_corpus read_manifest Tables read_tables count_outcomes summarize",
    "fetch": "is_watched MANIFEST FetchError Wanted read_addresses Fetched read_manifest Patience fetch_letters check_fetched summarize_fetched",
    "search": "HEADERS CATEGORIES SearchPageError read_search_pages compare_categories count_agreement count_confusions",
    "sources": "ENDINGS ARCHIVES Source find_sources read_sources read_source",
    "store": "OutputError write_part commit_part open_store find_parts",
    "query": "QueryError query_tables Diff diff_tables check_corpus",
    "wording": "EDITS Words split_words Stretch align_words keep_best Edit find_edits mark_edits",
    "recitation": "CLASSES SCHEMAS Recitation find_passages match_passages AlignedVariants show_variants measure_fidelity",
    "breakdowns": "GROUPS count_shares count_months count_days measure_days count_requests count_specialties count_licensure count_asked count_overturned "
                  "count_guidelines count_editions count_concordance count_flows count_criteria count_findings count_unapplied count_grounds measure_roles",
    "plots": "Figure plot_counts plot_shares plot_months plot_overturned plot_criteria plot_guidelines plot_findings plot_matrix plot_flows plot_roles plot_passages",
    "facts": "FACTS Facts write_facts read_facts",
    "report": "ReportError write_report",
    "cli": "app main parse reparse query diff check report facts fetch search show",
}


def cells(path):
    return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(path.read_text())["cells"]]


def exported(path):
    return [source for kind, source in cells(path) if kind == "code" and re.search(r"^#\|\s*export", source, re.M)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_lower_rooms(room):
    numbers = {name: int(path.name[:2]) for name, path in ROOMS.items()}
    for node in ast.walk(ast.parse((ROOT / f"imr_research/{room}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("imr_research."):
            assert numbers[node.module.split(".")[1]] < numbers[room]
        if isinstance(node, ast.ImportFrom):
            assert all(alias.name != "*" for alias in node.names), "a star import"
    assert not re.search(rf"(?:from|import) imr_research\.{room}\b", "\n".join(source for _, source in cells(ROOMS[room]))), "a notebook imports its own module"


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_and_docstrings(room):
    module = importlib.import_module(f"imr_research.{room}")
    assert {*module.__all__} == {*PUBLIC[room].split()}
    assert module.__doc__, "the line behind > in the title's cell"
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert thing.__doc__ and not thing.__doc__.startswith(f"{name}("), f"{name} has no docstring"


def test_modules_equal_a_fresh_export(tmp_path):
    """Export once more, into a copy of the project, and compare."""
    import shutil
    for name in ["settings.ini", "nbs", "imr_research"]:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    for module in (tmp_path / "imr_research").glob("*.py"):
        if module.stem in ROOMS:
            module.unlink()
    done = subprocess.run([sys.executable, "-c", "from nbdev.doclinks import nbdev_export; nbdev_export()"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for path in sorted((ROOT / "imr_research").glob("*.py")):
        assert path.read_text() == (tmp_path / "imr_research" / path.name).read_text(), f"{path.name}: run make notebooks"
    assert {path.stem for path in (ROOT / "imr_research").glob("*.py")} == {*ROOMS, "__init__", "_modidx"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_clean(path):
    notebook = read_nb(path)
    before = json.dumps(notebook, sort_keys=True, default=str)
    clean_nb(notebook)
    assert json.dumps(notebook, sort_keys=True, default=str) == before, "run nbdev_clean"
    for _, source in cells(path):
        assert not re.match(r"`?(<<<<<<<|=======|>>>>>>>)", source), "a merge conflict marker"
        assert "skip_exec" not in source and "#| eval: false" not in source, "a cell or room that is skipped"
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            assert output["output_type"] != "error", "a saved traceback"
            assert output.get("name") != "stderr", "noise in a saved output"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_teaches(room):
    prose = sum(len(source.split()) for kind, source in cells(ROOMS[room]) if kind == "markdown")
    lines = [[line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")] for source in exported(ROOMS[room])]
    assert max(map(len, lines)) <= 40 and prose >= 2 * sum(map(len, lines))


def test_the_version_stands_once():
    settings = ConfigParser(delimiters=["="])
    settings.read(ROOT / "settings.ini")
    assert imr_research.__version__ == settings["DEFAULT"]["version"]


def test_the_front_door_opens_and_is_light():
    assert all(callable(getattr(imr_research, name)) for name in imr_research.__all__) and {*imr_research.__all__} <= {*dir(imr_research)}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        imr_research.nothing
    heavy = "import sys, imr_research, imr_research.cli; print(*{'pandas', 'pyarrow', 'pypdfium2', 'matplotlib'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout.strip() == ""

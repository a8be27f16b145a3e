"""Pages that are made from the package itself: API, codebook, guidelines, tables, command line, how to cite."""
import csv
import importlib
import inspect
import os
import re
from itertools import groupby

import yaml
from fastcore.docments import MarkdownRenderer
from nbdev.showdoc import show_doc
from notebooks import ROOT, SETTINGS, SiteError, link_source
from typer.testing import CliRunner

import imr_research
from imr_research.cli import app
from imr_research.tables import describe_tables

MODULES = sorted(path.stem for path in (ROOT / "imr_research").glob("[!_]*.py"))


def name_targets() -> dict[str, str]:
    """Where each public name is described, for links from prose; names that mean two things, and the commands, are left out."""
    targets = {}
    for module in MODULES:
        if module != "cli":
            for name in importlib.import_module(f"imr_research.{module}").__all__:
                targets.setdefault(name, []).append(_make_target(module, name))
    front = {name: [_make_target(module, name)] for name, module in imr_research._FRONT_DOOR.items()}
    return {name: places[0] for name, places in (targets | front).items() if len(places) == 1}


def _make_target(module: str, name: str) -> str:
    """The anchor of a public name; anchors know no capitals, and a class may be called as a constant is."""
    return f"api-{module}-{name}{'-constant' if name.isupper() else ''}".lower()


def make_toctree(entries: list[str]) -> str:
    """The pages below this one, for the navigation."""
    return "\n".join(["```{toctree}", ":hidden:", "", *entries, "```"])


def list_rooms(rooms: dict[str, dict]) -> str:
    """The page of all rooms; `rooms` has title and description of each page."""
    lines = [f"- [{page[:2]} {about['title']}]({page}.ipynb): {about['description']}" for page, about in rooms.items()]
    entries = [f"{page[:2]} {about['title']} <{page}>" for page, about in rooms.items()]
    return f"""# Rooms

The package is written as a row of notebooks, and each makes one module. A room imports only rooms with lower numbers, so they can be read in order. Cells with a coloured edge are the module; the other cells look at what it does.

{chr(10).join(lines)}

{make_toctree(entries)}
"""


def list_studies(studies: dict[str, dict]) -> str:
    """The gallery of the studies: title, one line, and the first figure as a thumbnail."""
    cards = []
    for page, about in studies.items():
        image = f"[![{about['alt']}]({about['figure']}){{.thumbnail}}]({page}.ipynb)" if "figure" in about else ""
        cards += [f"## [{about['title']}]({page}.ipynb)\n\n{about['description']}\n\n{image}\n"]
    return f"""# Studies

Each study asks one question, answers it in two sentences, says what the answer rests on, and shows every step. All were run when this site was built.

{chr(10).join(cards)}

{make_toctree([*studies])}
"""


def list_modules() -> str:
    """The API's first page: the front door, and the modules."""
    targets = name_targets()
    front = "\n".join(f"- [`{name}`](#{targets[name]}): {_first_line(getattr(imr_research, name))}" for name in imr_research.__all__)
    modules = "\n".join(f"- [`imr_research.{name}`](api/{name}.md): {importlib.import_module(f'imr_research.{name}').__doc__}" for name in MODULES)
    return f"""# API

## From the front door

`from imr_research import ...` gives these:

{front}

## All modules

{modules}

{make_toctree([f"api/{name}" for name in MODULES])}
"""


def describe_module(name: str, room: str) -> str:
    """The API page of one module, made in the notebook `room`."""
    module = importlib.import_module(f"imr_research.{name}")
    parts = [f"# imr_research.{name}", f"{{.description}}\n{module.__doc__}", f"Built step by step in [{room}](../{room}.ipynb)."]
    for public in module.__all__:
        parts += [f"({_make_target(name, public)})=", f"## {public}", _describe_thing(getattr(module, public), name)]
    return "\n\n".join(parts) + "\n"


def _describe_thing(thing, module: str) -> str:
    """A function or a class with its methods as `show_doc` has it; a constant with its value where that is short."""
    if not (inspect.isfunction(thing) or inspect.isclass(thing)):
        value = repr(thing)
        short = len(value) < 400 and " at 0x" not in value
        return f"```python\n{value}\n```" if short else f"{type(thing).__name__}, described in the room"
    source = f"[source]({link_source(f'imr_research/{module}.py')}#L{inspect.getsourcelines(thing)[1]})"
    methods = {name: getattr(thing, name) for name, method in vars(thing).items() if name[0] != "_" and _first_line(method)} if inspect.isclass(thing) else {}
    return "\n\n".join([f"{_show(thing)} {source}", *(f"### {thing.__name__}.{name}\n\n{_show(method)}" for name, method in methods.items())])


def _show(thing) -> str:
    """Signature with docments and docstring; of a property the docstring. Names of this package are short."""
    if isinstance(thing, property):
        return f"*{_first_line(thing)}* (a property)"
    text = show_doc(thing, renderer=MarkdownRenderer)._repr_markdown_()
    if inspect.isclass(thing):
        text = text.replace("```python\ndef ", "```python\nclass ", 1).replace(")->None:\n", "):\n", 1)
    return re.sub(r"\bimr_research\.\w+\.(?=[A-Z])|\bpathlib\.(?=Path)", "", text)


def _first_line(thing) -> str:
    """The docstring of what has one of its own."""
    is_documented = inspect.isroutine(thing) or inspect.isclass(thing) or isinstance(thing, property)
    return (inspect.getdoc(thing) or "").partition("\n")[0] if is_documented else ""


def _read_rows(name: str) -> list[dict]:
    """The rows of a catalogue."""
    with open(ROOT / f"imr_research/{name}.csv", encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def describe_criteria() -> str:
    """The codebook: every criterion with its statement and source, by topic. Cues are left out; they have their room."""
    parts = []
    for topic, group in groupby(_read_rows("criteria"), lambda row: row["topic"]):
        rows = [*group]
        parts += [f"## {topic}", f"Source: {rows[0]['guideline']}."]
        if any(row["guideline"] != rows[0]["guideline"] for row in rows):
            raise SiteError(f"criteria.csv: topic {topic} has several sources, and the page shows one")
        parts += [_describe_criterion(row) for row in rows]
    return f"""# Codebook

What a rationale may recite and apply: conditions that a guideline sets, and grounds that letters state outside any one guideline. This page is made from `imr_research/criteria.csv`. How a criterion is recognised is shown in [04_cues](04_cues.ipynb) and [05_criteria](05_criteria.ipynb); the editions of the guidelines are [a page of their own](guidelines.md).

*Recited* means that the letter states the criterion as a rule. *Applied* means that it says something of this patient, record or request by it; the finding is then met, not_met or not_documented.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}
{make_toctree(["guidelines"])}
"""


def _describe_criterion(row: dict) -> str:
    """One criterion, with an anchor by its id."""
    threshold = f" Threshold: {_plain(row['threshold'])}." if row["threshold"] else ""
    added = " Added by us: letters state it, the guideline does not." if row["source"] == "letters" else ""
    name = row["criterion_id"]
    return f'[`{name}`]{{id="{name}"}}\n: **{_plain(row["label"])}.** {_plain(row["definition"])}{threshold}{added}'


def describe_guidelines() -> str:
    """The catalogue of guidelines, one table for each publisher, and the sections that letters name."""
    rows = sorted(_read_rows("guidelines"), key=lambda row: row["source"] != "MTUS")
    kept = {"title": "title", "edition": "edition", "valid_from": "in force from", "valid_to": "to", "regulation": "8 CCR", "chapter": "chapter", "pages": "pages", "id": "id"}
    parts = ["MTUS", "ODG", "Others"]
    found = {part: [row for row in rows if row["source"] == part or part == "Others" and row["source"] not in parts] for part in parts}
    tables = [f"## {part}\n\n{_make_table(found[part], {key: title for key, title in kept.items() if any(row[key] for row in found[part])})}" for part in parts]
    sections = _make_table(_read_rows("guideline_sections"), {"section": "section", "titles": "of the guidelines"})
    return "\n\n".join(["# Guidelines", "The authorities that letters name, by edition. This page is made from `imr_research/guidelines.csv` and `guideline_sections.csv`; [04_citations](04_citations.ipynb) finds them in letters.",
                        *tables, "## Sections", "Names of sections by which a citation is recognised.", sections]) + "\n"


def _make_table(rows: list[dict], columns: dict[str, str]) -> str:
    """A Markdown table of some columns, under other titles."""
    cells = [[re.sub(r"^\d{4}-\d\d-\d\d$", r"[\g<0>]{.date}", _plain(row[key])) for key in columns] for row in rows]
    lines = [[*columns.values()], ["---"] * len(columns), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Text of a catalogue, so that no sign of it is taken for Markdown."""
    return re.sub(r"([\\`*_\[\]{}<>|#$~])", r"\\\1", text)


def describe_all_tables() -> str:
    """The data dictionary, a heading for each table."""
    text = re.sub(r"^\*\*(\w+)\*\*: (.*)$", lambda match: f"## {match[1]}\n\n{match[2][0].upper()}{match[2][1:]}.", describe_tables(), flags=re.M)
    return f"""# Tables

What `imr-research parse` writes and `read_tables` reads. The schema stands in [06_tables](06_tables.ipynb), and every run is checked against it; columns are never renamed or removed.

{text}
"""


def describe_commands() -> str:
    """The help of the command line, as it prints it, a heading for each command."""
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    parts = [f"## {name}\n\n{_print_help(name)}" for name in names]
    return "\n\n".join(["# Command line", "`imr-research --help` and the help of every command.", _print_help(), *parts]) + "\n"


def _print_help(*command: str) -> str:
    """What a command prints with --help, on a page of 80 columns."""
    os.environ["COLUMNS"] = "80"
    done = CliRunner().invoke(app, [*command, "--help"], prog_name="imr-research")
    if done.exit_code:
        raise SiteError(f"imr-research {' '.join(command)} --help fails: {done.output}")
    return f"```text\n{done.output.strip()}\n```"


def describe_citation() -> str:
    """How to cite, from CITATION.cff."""
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    cited = yaml.safe_load(text)
    if str(cited["version"]) != SETTINGS["version"]:
        raise SiteError(f"CITATION.cff: the version is {cited['version']}, and settings.ini says {SETTINGS['version']}")
    authors = " and ".join(author["name"] for author in cited["authors"])
    return f"""# How to cite

{cited["message"]}

> {authors[0].upper()}{authors[1:]}. {cited["title"]}, version {cited["version"]}. {cited["repository-code"]}

```bibtex
@software{{imr_research,
  author = {{{{{authors}}}}},
  title = {{{cited["title"].replace("imr_research", "imr{_}research")}}},
  version = {{{cited["version"]}}},
  url = {{{cited["repository-code"]}}}
}}
```

Results depend on the version: it stands in `imr_research.__version__`, in `imr-research --version` and in the first lines of every study. Say as well which letters you read, how many of them could not be read, and which of the guidelines' editions were in force.

The same for machines, as [CITATION.cff]({link_source("CITATION.cff")}):

```yaml
{text.strip()}
```
"""

"""From a notebook, as nbdev processes it, to a page, as MyST-NB reads it. Quarto reads the same notebooks without this."""
import json
import re
from configparser import ConfigParser
from pathlib import Path

import nbformat
import yaml
from execnb.nbio import dict2nb
from nbclient import NotebookClient
from nbdev.frontmatter import FrontmatterProc
from nbdev.process import NBProcessor
from nbdev.processors import clean_magics, hide_, hide_line, populate_language, rm_header_dash, strip_ansi, strip_hidden_metadata

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "nbs"
SETTINGS = ConfigParser(delimiters=["="])
SETTINGS.read(ROOT / "settings.ini", encoding="utf-8")
SETTINGS = SETTINGS["DEFAULT"]
REPOSITORY = f"https://github.com/{SETTINGS['user']}/{SETTINGS['repo']}"
# nbdev replaces exported cells by a summary of what they export; the rooms are there to be read, so here they stay
_PROCESSORS = [FrontmatterProc, populate_language, strip_ansi, hide_line, rm_header_dash, clean_magics, hide_, strip_hidden_metadata]
_DIRECTIVES = {"default_exp", "export", "exports", "hide"}
_TAGS = {("echo", False): "remove-input", ("output", False): "remove-output"}


class SiteError(Exception):
    """What keeps the site from being built, with the file's name."""


def execute(path: Path) -> nbformat.NotebookNode:
    """The notebook with fresh outputs; it runs in its own folder, so that its relative paths hold."""
    notebook = nbformat.read(path, as_version=4)
    quiet = ["--IPKernelApp.log_level=40"]
    NotebookClient(notebook, timeout=600, kernel_name="python3", extra_arguments=quiet, resources={"metadata": {"path": path.parent}}).execute()
    return notebook


def make_page(notebook: dict, path: Path, names: dict[str, str]) -> nbformat.NotebookNode:
    """The page of a notebook; `path` says where it stands, `names` where the API's names are described."""
    processed = dict2nb(json.loads(json.dumps(notebook)))
    processed.path_ = path
    NBProcessor(nb=processed, procs=_PROCESSORS, process=True)
    front = processed.frontmatter_
    if not {"title", "description"} <= {*front}:
        raise SiteError(f"{path}: the first cell has no # title with a > line below")
    title = f"# {front['title']}\n\n{{.description}}\n{adapt_markdown(front['description'], path, names)}"
    adapted = [_adapt_cell(cell, path, names) for cell in processed.cells if cell.cell_type != "raw"]
    about = {"title": front["title"], "description": front["description"], "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(title), *filter(None, adapted)], metadata=about)
    return nbformat.reads(json.dumps(page), as_version=4)


def _adapt_cell(cell: dict, path: Path, names: dict[str, str]) -> nbformat.NotebookNode | None:
    """One cell of the page; None for a cell that says nothing to a reader."""
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(adapt_markdown(cell.source, path, names))
    if cell.source.startswith("show_doc("):
        shown = "\n\n".join("".join(output["data"]["text/markdown"]) for output in cell.outputs if "data" in output)
        return nbformat.v4.new_markdown_cell(adapt_markdown(adapt_show_doc(shown), path, names))
    if "default_exp" in cell.directives_ or not cell.source.strip():
        return None
    options, source = split_options(cell.source, path)
    for output in cell.outputs:
        if "text/markdown" in output.get("data", {}):
            output["data"]["text/markdown"] = adapt_markdown("".join(output["data"]["text/markdown"]), path, names)
    return nbformat.v4.new_code_cell(source, outputs=cell.outputs, metadata=_find_metadata(cell, options, path))


def split_options(source: str, path: Path) -> tuple[dict, str]:
    """Quarto's options (`#| echo: false`) at the head of a cell, and the code below them."""
    head = re.match(r"(?:#\|.*\n?)*", source).group()
    try:
        options = yaml.safe_load(re.sub(r"^#\|", "", head, flags=re.M)) or {}
    except yaml.YAMLError:
        raise SiteError(f"{path}: {head.strip()!r} is not YAML; put a text with a colon in it between quotes") from None
    unknown = {*options} - {"fig-alt"} - {name for name, _ in _TAGS}
    if unknown:
        raise SiteError(f"{path}: the site does not know the option {', '.join(unknown)}; it knows echo, output and fig-alt")
    return options, source[len(head):]


def _find_metadata(cell: dict, options: dict, path: Path) -> dict:
    """Tags and alternative text, as MyST-NB takes them from a cell's metadata."""
    directives = {name for name in cell.directives_ if not name.endswith(":")}
    if directives - _DIRECTIVES:
        raise SiteError(f"{path}: the site does not know the directive #| {' '.join(directives - _DIRECTIVES)}; an option's text stands in one line")
    tags = [_TAGS[item] for item in options.items() if item in _TAGS]
    tags += ["export"] if directives & {"export", "exports"} else []
    figures = [output for output in cell.outputs if any(kind.startswith("image/") for kind in output.get("data", {}))]
    if len(figures) > 1 or figures and not options.get("fig-alt"):
        first = next(line for line in cell.source.splitlines() if not line.startswith("#|"))
        raise SiteError(f"{path}: the cell {first!r} draws {len(figures)} figures; it needs one figure, and the line #| fig-alt: what the figure shows")
    return {"tags": tags, "mystnb": {"image": {"alt": options["fig-alt"]}}} if figures else {"tags": tags}


def adapt_show_doc(text: str) -> str:
    """What `show_doc` displays, without Quarto's rule and link attributes."""
    return re.sub(r"\)\{target=[^}]*\}", ")", text.removeprefix("---").strip())


def adapt_markdown(text: str, path: Path, names: dict[str, str]) -> str:
    """Markdown of a notebook at `path` as MyST: anchors, links to files, and links from names to the API."""
    text = re.sub(r"^(#+ .*?)\s*\{#([\w-]+)\}\s*$", r"(\2)=\n\1", text, flags=re.M)
    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.S)  # prose, code, prose, code, ...
    for place, part in enumerate(parts):
        before = "".join(parts[:place])
        if place % 2 == 0:
            parts[place] = re.sub(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)(?=[#)])", lambda match: find_link(match[1], path), part)
        elif not before.endswith("[") and not before.rpartition("\n")[2].startswith("#"):
            name = part.strip("`").removesuffix("()")
            parts[place] = f"[{part}](#{names[name]})" if name in names else part
    return "".join(parts)


def find_link(target: str, path: Path) -> str:
    """Where a link of the notebook at `path` leads: to another page, or to a file in the repository."""
    file = (path.parent / target).resolve()
    if not file.exists() or not file.is_relative_to(ROOT):
        raise SiteError(f"{path}: the link to {target} leads nowhere")
    is_page = file.suffix == ".ipynb" and file.is_relative_to(NOTEBOOKS)
    return target if is_page else link_source(file.relative_to(ROOT).as_posix())


def link_source(file: str) -> str:
    """The address of a file of this project, named as seen from its top, in the repository."""
    return f"{REPOSITORY}/{'tree' if (ROOT / file).is_dir() else 'blob'}/{SETTINGS['branch']}/{file}"

"""Build the site: `python docs/build.py [OUT WORK]` writes _docs/ (both folders are replaced) from the notebooks and the package. The studies run afresh; rooms and the home page show their saved outputs."""
import json
import re
import shutil
import sys
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pages
from audit import find_faults
from nbclient.exceptions import CellExecutionError
from notebooks import NOTEBOOKS, ROOT, SiteError, execute, make_page
from sphinx.cmd.build import build_main


def build_site(out: Path = ROOT / "_docs", work: Path = ROOT / "_proc") -> None:
    """The site in `out`, by way of the pages in `work`; raises `SiteError` where a cell fails or a link leads nowhere."""
    for folder in [out, work]:
        shutil.rmtree(folder, ignore_errors=True)
    source, made = work / "pages", work / "html"  # MyST-NB leaves a folder of its own beside what is made
    stage(source)
    if build_main(["-b", "html", "-q", "-n", "-W", "--keep-going", "-c", str(ROOT / "docs"), "-d", str(work / "doctrees"), str(source), str(made)]):
        raise SiteError("Sphinx found what is listed above")
    shutil.move(made, out)
    if faults := find_faults(out):
        raise SiteError("\n".join(faults))


def stage(work: Path) -> None:
    """Write every page's source into `work`, and for each the file of the project that it is made from."""
    names = pages.name_targets()
    rooms = _stage_notebooks(sorted(NOTEBOOKS.glob("[0-9]*.ipynb")), work, names)
    home = _stage_notebooks([NOTEBOOKS / "index.ipynb"], work, names)
    in_order = sorted((NOTEBOOKS / "studies").glob("[!_.]*.ipynb"), key=lambda path: (path.stem[0] != "s", path.stem))  # the template last
    studies = _stage_notebooks(in_order, work, names)
    made = _make_pages(rooms, studies)
    for page, (text, _) in made.items():
        (work / f"{page}.md").parent.mkdir(exist_ok=True)
        (work / f"{page}.md").write_text(text, encoding="utf-8")
    sources = {page: f"nbs/{page}.ipynb" for page in home | rooms | studies} | {page: source for page, (_, source) in made.items()}
    (work / "sources.json").write_text(json.dumps(sources), encoding="utf-8")


def _stage_notebooks(paths: list[Path], work: Path, names: dict[str, str]) -> dict[str, dict]:
    """Write notebooks as pages; returns title, description and first figure of each. Studies run, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        notebooks = [*pool.map(_read_notebook, paths)]
    staged = {}
    for path, notebook in zip(paths, notebooks):
        page = path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
        made = make_page(notebook, path, names)
        if page == "index":
            made.cells.append(nbformat.v4.new_markdown_cell(pages.make_toctree(["rooms", "studies", "api", "codebook", "tables", "cli", "cite"])))
        (work / page).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(made, work / f"{page}.ipynb")
        staged[page] = {**made.metadata, **_write_thumbnail(made, work, page)}
    return staged


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook; a study is run."""
    try:
        return execute(path) if path.parent.name == "studies" else nbformat.read(path, as_version=4)
    except CellExecutionError as error:
        raise SiteError(re.sub(r"\x1b\[[\d;]*m", "", f"{path}: a cell fails\n{error}")) from None


def _write_thumbnail(page: nbformat.NotebookNode, work: Path, name: str) -> dict[str, str]:
    """The page's first figure as a file, with its alternative text; nothing where there is none."""
    for cell in page.cells:
        for output in cell.get("outputs", []):
            if image := output.get("data", {}).get("image/png"):
                (work / f"{name}.png").write_bytes(b64decode(image))
                return {"figure": f"{name}.png", "alt": cell.metadata["mystnb"]["image"]["alt"]}
    return {}


def _make_pages(rooms: dict, studies: dict) -> dict[str, tuple[str, str]]:
    """The pages that are no notebooks: Markdown, and the file of the project that each is made from."""
    makers = {room.partition("_")[2]: room for room in rooms}
    api = {f"api/{name}": (pages.describe_module(name, makers[name]), f"imr_research/{name}.py") for name in pages.MODULES}
    return api | {
        "rooms": (pages.list_rooms(rooms), "nbs"),
        "studies": (pages.list_studies(studies), "nbs/studies"),
        "api": (pages.list_modules(), "imr_research/__init__.py"),
        "codebook": (pages.describe_criteria(), "imr_research/criteria.csv"),
        "guidelines": (pages.describe_guidelines(), "imr_research/guidelines.csv"),
        "tables": (pages.describe_all_tables(), f"nbs/{makers['tables']}.ipynb"),
        "cli": (pages.describe_commands(), f"nbs/{makers['cli']}.ipynb"),
        "cite": (pages.describe_citation(), "CITATION.cff"),
    }


if __name__ == "__main__":
    try:
        build_site(*map(Path, sys.argv[1:]))
    except SiteError as error:
        sys.exit(f"docs/build.py: {error}")
    print(f"the site is in {sys.argv[1] if sys.argv[1:] else '_docs'}/index.html")

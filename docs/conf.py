"""Settings of Sphinx for the site. docs/build.py writes the pages that it reads."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from notebooks import REPOSITORY, SETTINGS, link_source  # noqa: E402

project, author, release = SETTINGS["title"], SETTINGS["author"], SETTINGS["version"]
copyright = f"2026 onwards, {author}"
extensions = ["myst_nb"]
root_doc = "index"
exclude_patterns = [".doctrees"]
smartquotes = False  # they would turn --workers into a dash

myst_enable_extensions = ["attrs_block", "attrs_inline", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # docs/build.py runs the studies, each in its folder
nb_output_stderr = "remove"
nb_render_markdown_format = "myst"
nb_ipywidgets_js = {}  # they would come from another machine

html_favicon = "icon.svg"
html_context = {"default_mode": "auto"}  # dark where the reader's system is
html_theme = "pydata_sphinx_theme"
html_title = f"{project} {release}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_copy_source = html_show_sourcelink = False
html_use_index = False
html_sidebars = {page: [] for page in ["index", "tables", "cli", "cite", "search"]}
html_theme_options = {
    "logo": {"text": project},
    "header_links_before_dropdown": 8,
    "icon_links": [{"name": "Source code", "url": REPOSITORY, "icon": "fa-brands fa-github"}],
    "secondary_sidebar_items": ["page-toc", "page-source"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "back_to_top_button": False,
}


def _link_page(app, page: str, template: str, context: dict, doctree) -> None:
    """Give each page the address of the file that it is made from."""
    sources = json.loads((Path(app.srcdir) / "sources.json").read_text(encoding="utf-8"))
    context["page_source"] = link_source(sources[page]) if page in sources else None


def setup(app) -> None:
    """Called by Sphinx."""
    app.connect("html-page-context", _link_page)

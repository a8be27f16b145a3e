"""The documentation site: the notebooks' adapter, the audit of the finished pages, and every page in a browser."""
import re
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "docs"))
from audit import find_faults  # noqa: E402
from notebooks import SiteError, adapt_markdown, adapt_show_doc, execute, link_source, make_page, split_options  # noqa: E402

HERE = ROOT / "nbs/99_made_up.ipynb"  # where the notebooks of these tests seem to stand
TITLE = ("markdown", "# Made up\n\n> One line")
PICTURE = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"}}


def notebook(*cells):
    """A notebook of (kind, source) and (kind, source, output)."""
    made = [{"cell_type": kind, "metadata": {}, "source": source} | ({"execution_count": None, "outputs": outputs} if kind == "code" else {}) for kind, source, *outputs in cells]
    return {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def page(*cells, names={}):
    return make_page(notebook(TITLE, *cells), HERE, names).cells[1:]


def test_front_matter_becomes_a_title_and_a_description():
    made = make_page(notebook(TITLE, ("markdown", "Words.")), HERE, {})
    assert made.cells[0].source == "# Made up\n\n{.description}\nOne line" and made.cells[1].source == "Words."
    assert made.metadata.title == "Made up" and made.metadata.description == "One line"
    with pytest.raises(SiteError, match="99_made_up.ipynb: the first cell has no # title with a > line"):
        make_page(notebook(("markdown", "# Made up")), HERE, {})


def test_options_become_tags():
    cells = page(("code", "#| default_exp made_up"), ("code", "#| export\ndef f(): ..."), ("code", "#| hide\n1"), ("code", "#| echo: false\n2"), ("code", "#| output: false\n3"), ("code", "4"))
    assert [(cell.source, cell.metadata.tags) for cell in cells] == [("def f(): ...", ["export"]), ("2", ["remove-input"]), ("3", ["remove-output"]), ("4", [])]


@pytest.mark.parametrize("source, reason", [
    ("#| fig-wdith: 3\n1", "does not know the option fig-wdith"),
    ("#| fig-alt: shares: by topic\n1", "put a text with a colon in it between quotes"),
    ("#| fig-alt: a text\n#|   of two lines\n1", "does not know the directive #| of; an option's text stands in one line"),
    ("#| exprot\n1", "does not know the directive #| exprot"),
])
def test_an_option_that_would_be_lost_is_an_error(source, reason):
    with pytest.raises(SiteError, match=re.escape(reason)):
        page(("code", source))


def test_options_keep_their_case_and_their_signs():
    assert split_options('#| fig-alt: "Shares: by topic, 100 %"\nplot()', HERE) == ({"fig-alt": "Shares: by topic, 100 %"}, "plot()")


def test_a_figure_needs_a_text():
    [cell] = page(("code", "#| fig-alt: Two bars\nplot()", PICTURE))
    assert cell.metadata.mystnb.image.alt == "Two bars"
    for source, outputs in [("plot()", [PICTURE]), ("#| fig-alt: Two bars\nplot()", [PICTURE, PICTURE])]:
        with pytest.raises(SiteError, match="'plot\\(\\)' draws . figures; it needs one figure, and the line #| fig-alt"):
            page(("code", source, *outputs))


def test_show_doc_becomes_markdown():
    shown = '---\n\n[source](https://example.org/x.py#L1){target="_blank" style="float:right"}\n\n### f\n\n*Does it*'
    assert adapt_show_doc(shown) == "[source](https://example.org/x.py#L1)\n\n### f\n\n*Does it*"
    [cell] = page(("code", "show_doc(f)", {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": shown}}))
    assert cell.cell_type == "markdown" and cell.source.startswith("[source]")


@pytest.mark.parametrize("text, expected", [
    ("see [05](05_criteria.ipynb#together)", "see [05](05_criteria.ipynb#together)"),
    ("see [how](../CONTRIBUTING.md)", f"see [how]({link_source('CONTRIBUTING.md')})"),
    ("see [out](https://example.org/a(b) and [below](#below)", "see [out](https://example.org/a(b) and [below](#below)"),
    ("code `[x](nowhere.md)`\n```\n[x](nowhere.md)\n```", "code `[x](nowhere.md)`\n```\n[x](nowhere.md)\n```"),
    ("## Here {#here}\ntext", "(here)=\n## Here\ntext"),
    ("`read_it` and `read_it()`, not `read`", "[`read_it`](#api-x-read_it) and [`read_it()`](#api-x-read_it), not `read`"),
    ("## `read_it`\n[`read_it`](#api-x-read_it)", "## `read_it`\n[`read_it`](#api-x-read_it)"),
])
def test_links(text, expected):
    assert adapt_markdown(text, HERE, {"read_it": "api-x-read_it"}) == expected


@pytest.mark.parametrize("target", ["05_nothing.ipynb", "../NOTHING.md", "../../README.md"])
def test_a_link_that_leads_nowhere_is_an_error(target):
    with pytest.raises(SiteError, match=f"99_made_up.ipynb: the link to {re.escape(target)} leads nowhere"):
        adapt_markdown(f"[x]({target})", HERE, {})


def test_a_cell_that_fails_stops_the_build(tmp_path):
    import nbformat
    from nbclient.exceptions import CellExecutionError
    (tmp_path / "number.txt").write_text("7")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(open('number.txt').read())")]), tmp_path / "runs.ipynb")
    assert execute(tmp_path / "runs.ipynb").cells[0].outputs[0].text == "7\n", "it runs in its own folder"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), tmp_path / "fails.ipynb")
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        execute(tmp_path / "fails.ipynb")


def test_the_audit_finds_what_is_planted(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/other.html").write_text("<h2 id='there'>x</h2><a href='../page.html'>back</a>")
    (tmp_path / "page.html").write_text(f"""<a href="sub/other.html#there">right</a> <a href="https://example.org">not asked</a> <a href="{link_source('README.md')}">right</a>
        <a href="sub/none.html">1</a> <a href="sub/other.html#gone">2</a> <a href="#gone">3</a> <a href="{link_source('NONE.md')}">4</a>
        <img src="none.png" alt="5"> <img src="sub/other.html"> <script src="https://cdn.example.org/x.js"></script> <svg></svg>""")
    (tmp_path / "site.css").write_text("@font-face { src: url(//fonts.example.org/f.woff) }")
    assert find_faults(tmp_path) == [
        "page.html: the link sub/none.html leads nowhere", "page.html: the link sub/other.html#gone leads nowhere", "page.html: the link #gone leads nowhere",
        f"page.html: the link {link_source('NONE.md')} leads nowhere", "page.html: https://cdn.example.org/x.js is fetched from elsewhere", "page.html: none.png is not there",
        "page.html: the figure sub/other.html has no alternative text", "page.html: the figure svg has no alternative text", "site.css: the style sheet fetches from elsewhere"]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the site, built once."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run([sys.executable, ROOT / "docs/build.py", folder / "out", folder / "work"], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served on this machine."""
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_): ...
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium; skips where it is not installed."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("skip: chromium is not installed on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


def find_pages(site):
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts)


def test_the_site_has_every_page(site):
    notebooks = {path.relative_to(ROOT / "nbs").with_suffix(".html").as_posix() for path in (ROOT / "nbs").rglob("[!.]*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    modules = {f"api/{path.stem}.html" for path in (ROOT / "imr_research").glob("[!_]*.py")}
    made = {f"{name}.html" for name in ["rooms", "studies", "api", "codebook", "guidelines", "tables", "cli", "cite", "search"]}
    assert {*find_pages(site)} == notebooks | modules | made


def test_what_the_made_pages_say(site):
    """One statement of each page, as the project has it elsewhere."""
    from imr_research.cli import app
    from imr_research.criteria import load_criteria
    from imr_research.tables import TABLES
    text = {name: (site / f"{name}.html").read_text() for name in ["codebook", "guidelines", "tables", "cli", "cite", "api", "api/letter", "rooms"]}
    assert all(f'id="{re.sub("[._]", "-", criterion)}"' in text["codebook"] for criterion in load_criteria().criteria)
    assert "functional limitations precluding" not in text["codebook"], "cues are not printed"
    assert "mtus.chronic_pain.2009" in text["guidelines"] and all(f'<section id="{name}">' in text["tables"] for name in TABLES)
    assert all(f"Usage: imr-research {command.name or command.callback.__name__}" in text["cli"] for command in app.registered_commands)
    assert "0.1.0" in text["cite"] and "parse_corpus" in text["api"] and "path of a PDF or text file" in text["api/letter"]
    rooms = re.findall(r'<li><p><a class="reference internal" href="(\d\d_\w+)\.html', text["rooms"])
    assert rooms == sorted(path.stem for path in (ROOT / "nbs").glob("[0-9]*.ipynb"))


def open_context(browser, address, **options):
    """A window that writes down what went wrong, and requests that leave the machine."""
    context = browser.new_context(**options)
    context.faults = []
    context.on("console", lambda message: context.faults.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: context.faults.append(str(error.error)))
    context.on("request", lambda request: context.faults.append(request.url) if not request.url.startswith((address, "data:", "blob:")) else None)
    return context


# the contrast of every piece of text with what lies behind it, the worst first
CONTRAST = """() => {
  const read = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => { for (; element; element = element.parentElement) { const c = read(getComputedStyle(element).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script, style, .headerlink")) continue;
    const [a, b] = [light(read(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className}: ${walker.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return [...new Set(found)].sort().slice(0, 5);
}"""


def test_every_page_opens_at_phone_width_and_can_be_read(browser, address, site):
    """No console error, no request off the machine, alternative texts, no sideways scrolling at 390 pixels, contrast of all text, light and dark."""
    context = open_context(browser, address, viewport={"width": 390, "height": 844}, color_scheme="light")
    window = context.new_page()
    for name in find_pages(site):
        window.emulate_media(color_scheme="light")
        window.goto(f"{address}/{name}", wait_until="load")
        assert context.faults == [], name
        assert window.evaluate("document.documentElement.scrollWidth") <= 390, f"{name} scrolls sideways"
        assert window.evaluate("[...document.images].filter(image => !image.alt.trim() || !image.naturalWidth).map(image => image.src)") == [], name
        assert window.evaluate(CONTRAST) == [], f"{name}, light"
        window.emulate_media(color_scheme="dark")
        window.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert window.evaluate(CONTRAST) == [], f"{name}, dark"
    context.close()


def test_search_finds(browser, address):
    context = open_context(browser, address)
    window = context.new_page()
    window.goto(f"{address}/index.html")
    window.keyboard.press("Control+k")
    window.keyboard.type("rationale")
    window.keyboard.press("Enter")
    window.wait_for_selector("#search-results li a")
    titles = window.locator("#search-results li a").all_inner_texts()
    assert any("Criteria" in title for title in titles) and context.faults == []
    window.goto(f"{address}/search.html?q=xyzzyplugh")
    window.get_by_text("did not match any documents").wait_for()
    context.close()


def test_the_keyboard_reaches_the_navigation(browser, address):
    """With the tab key alone: past the skip link to the rooms, and from a room to the next."""
    context = open_context(browser, address, viewport={"width": 1280, "height": 900})
    window = context.new_page()
    window.goto(f"{address}/index.html")
    focus = "document.activeElement.innerText.trim() || document.activeElement.getAttribute('aria-label')"
    reached = []
    for _ in range(12):
        window.keyboard.press("Tab")
        reached.append(window.evaluate(focus))
    assert "main content" in reached[0] and {"Rooms", "Studies", "API", "Codebook", "Tables", "Command line", "How to cite"} <= {*reached}
    window.goto(f"{address}/00_letter.html")
    window.locator("a.right-next").focus()
    window.keyboard.press("Enter")
    window.wait_for_url("**/01_sections.html")
    context.close()


def test_dark_mode_can_be_chosen_and_stays(browser, address):
    context = open_context(browser, address, viewport={"width": 1280, "height": 900}, color_scheme="light")
    window = context.new_page()
    window.goto(f"{address}/index.html")
    window.locator(".theme-switch-button:visible").click()
    window.locator(".theme-change-button[data-mode=dark]:visible").click()
    assert window.evaluate("document.documentElement.dataset.theme") == "dark"
    window.goto(f"{address}/rooms.html")
    assert window.evaluate("document.documentElement.dataset.theme") == "dark" and context.faults == []
    context.close()

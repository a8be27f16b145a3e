"""Room 11, report: one page that says what the tables say, needs nothing else, and obeys nothing that a letter says."""
import html
import re
import sys
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, strategies as st
from playwright.sync_api import expect

from imr_research import report
from imr_research.corpus import parse_corpus, read_tables
from imr_research.recitation import find_passages
from imr_research.report import ReportError, _make_anchor, write_report
from imr_research.store import OutputError
from imr_research.tables import TablesError

sys.path.insert(0, str(ROOT / "benchmarks"))
from report import CHROMIUM, open_browser, repeat_letters

HOSTILE = ("a&<img src=x onerror=\"window.hacked=1\"></noscript></script></style></title></textarea></template>--><script>window.hacked=2</script>"
           "<svg onload='window.hacked=3'>' onmouseover=window.hacked=4 \" ${window.hacked=5} {{ 7 * 7 }} {% x %} \u2028\u2029 $\\frac{$ ]]> \U0001f4a3")
# columns whose values are closed lists, so that no letter can say anything there
CLOSED = ["decision", "cited_by", "kind", "finding", "wording", "role", "concordance", "outcome", "layout_confidence", "sex"]


def spoil(frame):
    """The same rows with hostile text in every column of text, ids too; a rationale keeps its beginning, which marks point to."""
    def words(name, values):
        return [HOSTILE + str(value) if name == "letter_id" else value + HOSTILE if name == "rationale" else HOSTILE for value in values]
    changed = {}
    for name, kind in frame.dtypes.items():
        if name not in CLOSED and str(kind).startswith("string"):
            changed[name] = pd.array(words(name, frame[name]), kind)
        elif str(kind).startswith("list<item: string") or str(kind).startswith("list<element: string"):
            changed[name] = pd.array([[HOSTILE, HOSTILE]] * len(frame), kind)
    return frame.assign(**changed)


class Page(HTMLParser):
    """What a browser without scripts makes of a page: elements, and the text in them."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.text, self.grids = [], "", {}
        self.source, self._grid = path.read_text(encoding="utf-8"), None
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "div" and dict(attributes).get("role") == "region":
            self._grid = self.grids.setdefault(dict(attributes)["aria-label"], [])
        if tag == "tr" and self._grid is not None:
            self._grid.append([])
        if tag in ("td", "th") and self._grid:
            self._grid[-1].append("")

    def handle_endtag(self, tag):
        self._grid = None if tag == "table" else self._grid

    def handle_data(self, text):
        if self.elements and self.elements[-1][0] in ("style", "script"):
            return
        self.text += text + " "
        if self._grid and self._grid[-1]:
            self._grid[-1][-1] += text

    def all(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]


open_page = cache(Page)  # reading a page takes a second


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tables and pages: our letters with two files that are none, letters of an enemy, and two thousand issues."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "bad").mkdir()
    (folder / "bad" / "notes.txt").write_text("Call the office on Monday.")
    (folder / "bad" / "scan.pdf").write_bytes(b"%PDF-1.4 nothing more")
    tables = {"own": parse_corpus([ROOT / "data/letters", ROOT / "data/invented", folder / "bad"], folder / "tables", progress=False)}
    letter = (ROOT / "data/invented/D2-two-issues.txt").read_text().replace("Case Number: CM00-0000001\n", "")
    for words in ["testing of the left arm", "Pain Management", "California", "The MTUS allows", "Electro-diagnostic testing", "medically necessary", "Section(s):"]:
        letter = letter.replace(words, f"{words} {HOSTILE}")
    (folder / "x'\"&<img src=x onerror=window.hacked=6>.txt").write_text(letter)
    tables["enemy"] = parse_corpus([*folder.glob("x*.txt"), folder / "bad"], progress=False)
    tables["spoilt"] = {table: spoil(frame) for table, frame in tables["own"].items()}
    made = {name: (one, write_report(one, folder / f"{name}.html")) for name, one in tables.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "_draw_figures", lambda tables: [])
        many = repeat_letters(tables["own"], 2000)
        return made | {"many": (many, write_report(many, folder / "many.html"))}


@pytest.fixture
def undrawn(monkeypatch):
    """Without figures, which take some seconds."""
    monkeypatch.setattr(report, "_draw_figures", lambda tables: [])


def filter_counts(tables, name, value):
    """How many issues a filter has to leave, from the tables."""
    issues = tables["issues"].merge(tables["requests"][["letter_id", "issue_no", "category"]]).merge(tables["concordance"])
    return int(issues.reviewer.map(lambda ids: value in ids).sum() if name == "guideline" else (issues[name] == value).sum())


# without a browser

@given(st.lists(st.tuples(st.text(min_size=1), st.integers(1, 30)), unique=True, max_size=20))
def test_anchors_are_different_and_need_no_escaping(names):
    anchors = [_make_anchor(*name) for name in names]
    assert len({*anchors}) == len(names) and all(re.fullmatch(r"issue-[A-Za-z0-9_.~=-]+", anchor) for anchor in anchors)


def test_an_anchor_is_made_of_letter_and_issue():
    assert _make_anchor("CM16-0213037", 2) == "issue-CM16-0213037-2"


@pytest.mark.parametrize("name", ["own", "enemy", "spoilt"])
def test_a_page_needs_nothing_else(made, name):
    page = open_page(made[name][1])
    assert {tag for tag, _ in page.elements} <= {*"html head meta title link style noscript body header h1 p dl div dt dd small nav a main section ul li h2 h3 h4 figure img "
                                                 "figcaption details summary table thead tbody tr th td form label select option button span article mark b i u footer script".split()}
    addresses = page.all("href") + page.all("src")
    assert all(address.startswith("#") or urlsplit(address).scheme == "data" for address in addresses)
    assert {address[1:] for address in addresses if address.startswith("#")} <= {*page.all("id")}
    assert not re.search(r"url\(\s*['\"]?(?!data:|#)|@import", re.sub(r"<script.*?</script>", "", page.source, flags=re.S))
    assert len(page.all("id")) == len({*page.all("id")}), "two anchors of one name"


@pytest.mark.parametrize("name", ["enemy", "spoilt"])
def test_what_a_letter_says_is_never_an_element_or_an_attribute(made, name):
    tables, path = made[name]
    assert tables["issues"].rationale.str.contains("hacked=1").any() and tables["letters"].letter_id.str.contains("<img").all()
    page = open_page(path)
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on")]
    assert sum(tag == "script" for tag, _ in page.elements) == 2 and "{{ 7 * 7 }}" in page.text
    assert {source[:18] for source in page.all("src")} <= {"data:image/svg+xml"}
    for searched in page.all("data-search"):  # the search unescapes it once more, and must still find a text
        assert "<" not in searched and "<img" in html.unescape(searched)


@pytest.mark.parametrize("name", ["own", "enemy", "spoilt"])
def test_everything_that_tables_hold_of_an_issue_is_on_the_page(made, name):
    tables, path = made[name]
    page = open_page(path)
    text = re.sub(r"\s", "", page.text)
    for table, columns in {"issues": ["request", "original_request", "authorized_request"], "citations": ["quote"], "letters": ["source"], "failures": ["source", "reason"]}.items():
        for column in columns:
            for value in tables[table][column].dropna():
                assert re.sub(r"\s", "", value) in text, f"{table}.{column}: {value}"
    assert {anchor for anchor in page.all("id") if anchor.startswith("issue-")} == {_make_anchor(*one) for one in zip(tables["issues"].letter_id, tables["issues"].issue_no)}


def test_the_numbers_on_top_are_those_of_the_files(made):
    text = " ".join(open_page(made["own"][1]).text.split())
    tables = made["own"][0]
    letters, issues = len([*(ROOT / "data").glob("*/*.txt"), *(ROOT / "data").glob("*/*.pdf")]) , len(tables["issues"])
    assert f"Could not be read 2 of {letters + 2}" in text and f"{2 / (letters + 2):.1%}".replace("%", " %") in text
    upheld = int((tables["issues"].decision == "Upheld").sum())
    assert f"Upheld {upheld} {upheld / issues:.1%}".replace("%", " %") in text
    assert text.index("Could not be read") < text.index("Upheld") < text.index("convenience sample")


def test_a_figure_and_its_table_say_the_same_and_the_table_is_right(made):
    tables, path = made["own"]
    grid = open_page(path).grids["Overturned, by category"]
    rows = pd.DataFrame(grid[1:], columns=grid[0])
    issues = tables["issues"].merge(tables["requests"][["letter_id", "issue_no", "category"]])
    by_hand = (issues.decision != "Upheld").groupby(issues.category.fillna("not recognised").astype(str)).agg(["sum", "size"])
    assert {row.category: (int(row.n), int(row.of)) for row in rows.itertuples()} == {name: (row["sum"], row["size"]) for name, row in by_hand.iterrows()}


def test_a_report_of_chosen_letters_still_tells_the_failures_of_all(made, tmp_path, undrawn):
    tables = made["own"][0]
    chosen = read_tables(tables.folder, letters=[tables["letters"].letter_id[0]])
    page = Page(write_report(chosen, tmp_path / "chosen.html"))
    assert "2 of " in page.text and "notes.txt" in page.text and f"chosen from {len(tables['letters'])}" in " ".join(page.text.split())


def test_equal_rationales_weigh_as_one_and_weights_of_the_tables_are_kept(made, tmp_path, undrawn):
    twice = repeat_letters(made["own"][0], len(made["own"][0]["issues"]) + 1)
    text = " ".join(Page(write_report(twice, tmp_path / "twice.html")).text.split())
    assert f"{len(twice['issues']):,} issues share theirs" in text
    weights = made["own"][0]["issues"][["letter_id", "issue_no"]].assign(weight=1.0)
    passages = find_passages(made["own"][0], progress=False).passages
    assert "0 issues share theirs" in Page(write_report({**made["own"][0], "rationales": weights, "passages": passages}, tmp_path / "weighed.html")).text


def test_what_cannot_be_reported_is_said_in_a_line(made, tmp_path):
    tables = {**made["own"][0]}
    (tmp_path / "file").write_text("")
    large = tables | {"letters": tables["letters"].assign(n_issues=1000), "manifest": tables["manifest"].assign(Upheld=1000)}
    for error, words, call in [
        (FileNotFoundError, "imr-research parse", lambda: write_report(tmp_path, tmp_path / "a.html")),
        (ReportError, "read_tables", lambda: write_report(large, tmp_path / "a.html")),
        (TablesError, "imr-research reparse", lambda: write_report(tables | {"issues": tables["issues"].assign(start=0)}, tmp_path / "a.html")),
        (OutputError, "choose another", lambda: write_report(tables, tmp_path / "file/a.html")),
    ]:
        with pytest.raises(error, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "a.html").exists()


def test_letters_of_which_none_could_be_read(made, tmp_path):
    page = Page(write_report(parse_corpus(made["own"][1].parent / "bad", progress=False), tmp_path / "deep/none.html"))
    assert "2 of 2" in page.text and "notes.txt" in page.text and not page.all("alt")


# in a browser

@pytest.fixture(scope="module")
def browser():
    """Debian's chromium; skips where it is absent."""
    if not CHROMIUM.exists():
        pytest.skip(f"skip: there is no browser on this machine ({CHROMIUM})")
    with open_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    """Opens a page in a window of its own; at the end nothing may have been complained of or asked of another machine."""
    contexts, complaints = [], []

    def note(request):
        if urlsplit(request.url).scheme not in ("file", "data", "blob"):
            complaints.append(request.url)

    def visit(path, anchor="", wait="#list.ready", **options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.on("request", note)
        window = context.new_page()
        window.on("console", lambda message: complaints.append(message.text))
        window.on("pageerror", lambda error: complaints.append(str(error)))
        window.goto(path.as_uri() + anchor)
        window.locator(wait).first.wait_for(state="attached")
        return window

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def count_shown(window):
    """How many issues the list says that it shows."""
    said = window.locator(".dt-info").inner_text()
    return 0 if said.startswith("no issues") else int(re.search(r"of ([\d,]+) issues", said)[1].replace(",", ""))


def test_search_finds_words_of_requests_rationales_and_criteria(made, visit):
    tables, path = made["own"]
    window, issues = visit(path), tables["issues"]
    assert count_shown(window) == len(issues)
    for words in ["work hardening", "supervised", "no such words anywhere"]:
        said = (issues.request + " " + issues.rationale).str.lower()
        least = int(said.map(lambda text: all(word in text for word in words.split())).sum())
        window.get_by_label("Search").fill(words)
        assert count_shown(window) >= least and (least or not count_shown(window))
    window.get_by_label("Search").fill("physical_medicine.visit_limit")
    assert count_shown(window) == int((tables["criteria"].criterion_id == "physical_medicine.visit_limit").sum()) > 0
    window.get_by_role("button", name="Show all again").click()
    assert count_shown(window) == len(issues) and window.get_by_label("Search").input_value() == ""


@pytest.mark.parametrize("name", ["decision", "category", "topic", "guideline", "concordance"])
def test_each_filter_leaves_what_the_tables_say(made, visit, name):
    tables, path = made["own"]
    window = visit(path)
    values = [value for value in window.locator(f"select[name={name}] option").evaluate_all("some => some.map(one => one.value)") if value]
    tried = [value for value in values if filter_counts(tables, name, value)]
    assert len(tried) > 1
    for value in tried:
        window.locator(f"select[name={name}]").select_option(value)
        assert count_shown(window) == filter_counts(tables, name, value)


def test_filters_and_search_work_together(made, visit):
    window = visit(made["own"][1])
    window.locator("select[name=decision]").select_option("Overturned")
    overturned = count_shown(window)
    window.get_by_label("Search").fill("knee")
    assert 0 < count_shown(window) < overturned
    assert {*window.locator("#list tbody td[data-name=Decision]").all_inner_texts()} == {"Overturned"}


def test_the_list_sorts_and_says_so(made, visit):
    window = visit(made["own"][1])
    header = window.get_by_role("columnheader", name="Decided")
    header.click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    window.get_by_label("a page").select_option("-1")
    dates = window.locator("#list tbody td[data-name=Decided]").all_inner_texts()
    assert len(dates) == len(made["own"][0]["issues"]) and dates == sorted(dates) and len({*dates}) > 2
    header.click()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert window.locator("#list tbody td[data-name=Decided]").first.inner_text() == max(dates)


def test_a_link_opens_its_issue_and_leads_on_and_back(made, visit):
    tables, path = made["own"]
    issue = tables["issues"].iloc[5]
    window = visit(path, f"#{_make_anchor(issue.letter_id, issue.issue_no)}")
    heading = window.locator("#opened h3")
    assert heading.inner_text() == " ".join(issue.request.split()) and heading.evaluate("one => one === document.activeElement")
    text = "".join(window.locator("#opened .imr-t").all_inner_texts())
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", issue.rationale)
    following = tables["issues"].iloc[6]
    window.get_by_role("link", name="Next issue").click()
    window.locator(f"#opened [id='{_make_anchor(following.letter_id, following.issue_no)}']").wait_for()
    window.go_back()
    window.locator(f"#opened [id='{_make_anchor(issue.letter_id, issue.issue_no)}']").wait_for()


def test_next_follows_the_filter(made, visit):
    window = visit(made["own"][1])
    window.locator("select[name=decision]").select_option("Overturned")
    window.locator("#list tbody a").first.click()
    for _ in range(3):
        assert window.locator("#opened .Overturned").count() == 1
        window.get_by_role("link", name="Next issue").click()


def test_by_keyboard_alone(made, visit):
    window = visit(made["own"][1])

    def tab_to(selector):
        for _ in range(200):
            window.keyboard.press("Tab")
            if window.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"no way to {selector} by Tab")

    tab_to("#filters select")
    window.keyboard.type("Over")
    tab_to("input[type=search]")
    window.keyboard.type("knee")
    assert 0 < count_shown(window) < len(made["own"][0]["issues"])
    tab_to("#list tbody a")
    wanted = window.evaluate("document.activeElement.innerText")
    assert window.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    window.keyboard.press("Enter")
    window.locator("#opened h3").wait_for()
    assert window.evaluate("document.activeElement.innerText") == wanted


@pytest.mark.parametrize("name", ["own", "enemy", "spoilt"])
def test_a_telephone_never_scrolls_sideways(made, visit, name):
    tables, path = made[name]
    window = visit(path, f"#{_make_anchor(tables['issues'].letter_id[0], 1)}", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    for summary in window.locator("summary").all():
        summary.click()
    assert window.evaluate("document.documentElement.scrollWidth") <= 390


CONTRASTS = """() => {
  const light = (sign) => { const [r, g, b] = sign.map((one) => (one /= 255) <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const read = (colour) => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const behind = (one) => { for (; one; one = one.parentElement) { const c = read(getComputedStyle(one).backgroundColor); if (c.length < 4 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const found = [];
  for (const one of document.body.querySelectorAll("*")) {
    const said = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!said || !one.checkVisibility() || one.matches("script, noscript, option")) continue;
    const [a, b] = [light(read(getComputedStyle(one).color).slice(0, 3)), light(behind(one))].sort((x, y) => y - x);
    found.push([(a + .05) / (b + .05), one.tagName + "." + one.className + ": " + one.innerText.slice(0, 40)]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(made, visit, scheme):
    tables, path = made["own"]
    window = visit(path, f"#{_make_anchor(*tables['criteria'].loc[0, ['letter_id', 'issue_no']])}", color_scheme=scheme)
    contrasts = window.evaluate(CONTRASTS)
    assert len(contrasts) > 300 and min(contrasts)[0] >= 4.5, min(contrasts)
    dark = sum(map(int, re.findall(r"\d+", window.evaluate("getComputedStyle(document.body).backgroundColor")))) < 200
    assert dark == (scheme == "dark")


def test_paper_is_white_and_without_buttons(made, visit):
    window = visit(made["own"][1], color_scheme="dark")
    window.emulate_media(media="print", color_scheme="dark")
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in ["nav", "#filters", ".dt-search", ".dt-paging"]:
        assert not window.locator(hidden).first.is_visible()
    contrasts = window.evaluate(CONTRASTS)
    assert min(contrasts)[0] >= 4.5, min(contrasts)


def test_figures_have_words_and_their_table(made, visit):
    window = visit(made["own"][1])
    figures = window.locator("figure")
    assert figures.count() >= 12
    for figure in figures.all():
        picture = figure.get_by_role("img")
        assert len(picture.get_attribute("alt").split()) > 4
        picture.scroll_into_view_if_needed()  # it is not loaded before it is seen
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth > 100)")
        figure.locator("summary").click()
        assert figure.locator("td").first.is_visible()


def test_marks_are_told_from_each_other_without_colour(made, visit):
    tables, path = made["own"]
    both = tables["criteria"].query("recited and applied").iloc[0]
    window = visit(path, f"#{_make_anchor(both.letter_id, both.issue_no)}", forced_colors="active")
    signs = {}
    for kind in "rac":
        mark = window.locator(f"#opened .imr-t mark.imr-{kind}").first
        signs[kind] = mark.evaluate("one => [getComputedStyle(one).textDecorationStyle, getComputedStyle(one).textDecorationLine, getComputedStyle(one).borderBottomWidth]")
        assert mark.evaluate("one => getComputedStyle(one, '::before').content") in ['"recited: "', '"applied: "', '"concluding: "']
    assert len({*map(tuple, signs.values())}) == 3
    margin = " ".join(window.locator("#opened .imr-m").all_inner_texts())
    assert "recited" in margin and re.search(r"met|not documented", margin)


@pytest.mark.parametrize("name", ["enemy", "spoilt"])
def test_a_hostile_letter_executes_nothing(made, visit, name):
    tables, path = made[name]
    window = visit(path)
    for words in ["hacked", "&", "<img", "onerror"]:
        window.get_by_label("Search").fill(words)
        assert count_shown(window) >= 1, words
    for anchor in window.locator("#list tbody a").evaluate_all("some => some.slice(0, 5).map(one => one.hash)"):
        window.evaluate("anchor => { location.hash = anchor; }", anchor)
        window.locator("#opened h3").wait_for()
        assert window.locator("#opened :is(img, script, svg)").count() == 0
    window.get_by_role("columnheader", name="Request").click()
    window.wait_for_timeout(200)
    assert window.evaluate("[window.hacked, document.querySelectorAll('[onload], [onerror], [onmouseover]').length, document.scripts.length]") == [None, 0, 2]


def test_two_thousand_issues(made, visit):
    tables, path = made["many"]
    last = tables["issues"].iloc[-1]
    window = visit(path)
    assert count_shown(window) == len(tables["issues"]) >= 2000
    window.get_by_label("Search").fill(last.letter_id)
    assert count_shown(window) == int((tables["issues"].letter_id == last.letter_id).sum())
    window.get_by_role("link", name=last.request).first.click()
    assert window.locator("#opened h3").inner_text() == " ".join(last.request.split())


def test_without_scripts_everything_is_there(made, visit):
    tables, path = made["own"]
    window = visit(path, wait="article", java_script_enabled=False)
    assert window.locator("article").count() == window.locator("#list tbody tr").count() == len(tables["issues"])
    assert window.locator("#list").is_visible() and window.locator("article .imr").first.is_visible() and not window.locator("#filters").is_visible()

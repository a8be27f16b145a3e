"""Room 06, search: result pages in all the shapes that they may have, and pages that are none."""
import datetime
import io
import random
import time
from html import escape

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from imr_research import search
from imr_research.requests import load_drugs, load_treatments
from imr_research.search import (
    CATEGORIES, HEADERS, SearchPageError, compare_categories, count_agreement, count_confusions, read_search_pages,
)

INVENTED = ROOT / "data/invented"
TITLES = {field: titles[0] for field, titles in HEADERS.items()}
CASE = {"case_number": "CM13-0000001", "outcome": "Upheld", "decision_date": "1/2/2014", "date_of_injury": "9/26/2009", "application_received": "10/3/2013",
        "specialty": "Neurology", "category": "Surgery", "subcategory": "Spine", "request_decision": "Upheld", "link": '<a href="a.pdf">View</a>'}
READ = CASE | {"decision_date": datetime.date(2014, 1, 2), "date_of_injury": datetime.date(2009, 9, 26), "application_received": datetime.date(2013, 10, 3), "link": "a.pdf"}


def table(*rows, titles=TITLES, cell="td"):
    """A table of decisions; a row is a dict of fields, or HTML as it stands."""
    head = "".join(f"<th>{title}</th>" for title in titles.values())
    lines = [row if isinstance(row, str) else "<tr>" + "".join(f"<{cell}>{row.get(field, '')}</{cell}>" for field in titles) + "</tr>" for row in rows]
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


@pytest.fixture
def read(tmp_path):
    """Save pages and read them: the rows as dicts, without what is null."""
    def read_pages(*pages, names=None):
        for name, page in zip(names or [f"page_{n}.html" for n in range(1, len(pages) + 1)], pages):
            (tmp_path / name).write_bytes(page if isinstance(page, bytes) else page.encode())
        rows = read_search_pages(tmp_path).astype(object).to_dict("records")
        return [{field: value for field, value in row.items() if value is not None and value is not pd.NA} for row in rows]
    return read_pages


def fault(call):
    with pytest.raises(SearchPageError) as caught:
        call()
    return str(caught.value)


def test_the_invented_pages():
    found = read_search_pages(INVENTED)
    assert found.shape == (31, 13) and found.case_number.nunique() == 17 and found.link.str.startswith("https://example.org/imr/letters/CM00-").all()
    assert {column: str(kind) for column, kind in found.dtypes.items() if str(kind) != "string[pyarrow]"} == {
        "request_no": "int64[pyarrow]", **dict.fromkeys(["decision_date", "date_of_injury", "application_received"], "date32[day][pyarrow]")}
    assert all(isinstance(kind, pd.ArrowDtype) for kind in found.dtypes)
    assert not found.duplicated(["case_number", "request_no"]).any()
    last = found[found.case_number == "CM00-0000146"].iloc[0]
    assert last.date_of_injury is pd.NA and last.unread is pd.NA and last.decision_date == datetime.date(2017, 3, 31)
    for name in ["search_page_1.html", "search_page_2.html"]:
        assert "invented" in (INVENTED / name).read_text()


def test_a_row(read):
    assert read(table(CASE)) == [READ | {"request_no": 1, "page": "page_1.html"}]


def test_columns_in_any_order_under_any_title(read):
    shuffle = random.Random(5)
    for n in range(30):
        titles = [(field, shuffle.choice(HEADERS[field])) for field in TITLES]
        shuffle.shuffle(titles)
        dressed = {field: shuffle.choice([title, title.upper(), title.replace(" ", "<br>"), f"<a href='?s'>{title}</a> &#9650;", f" {title}:&nbsp;"]) for field, title in titles}
        [row] = read(f"<table><tr><td>menu<td>{table(CASE, titles=dressed)}<td>help</table>", names=["one.html"])
        assert {field: row[field] for field in READ} == READ, dressed


@pytest.mark.parametrize("page", [
    table(CASE, cell="th"),
    table(CASE).replace("</td>", "").replace("</tr>", "").replace("</th>", ""),  # end tags left out
    table(CASE).upper().replace("UPHELD", "Upheld").replace("A.PDF", "a.pdf").replace("NEUROLOGY", "Neurology"),
    table(CASE).replace("<table>", "<table><form>").replace("</table>", "</form></table>"),
    table(CASE).replace("<tr><th>", "<thead><tr><th>", 1).replace("</th></tr>", "</th></tr></thead><tbody>"),
    table("<tr><td colspan=10>Decisions of 2014</td></tr>", CASE),
    table(CASE).replace("<tr>", "<tr><td colspan=10><h1>Result</h1></td></tr><tr>", 1),
    table(CASE | {"category": "<table><tr><td>Surgery</td></tr></table>", "outcome": "<b>Up</b>held", "specialty": "Neuro<wbr>logy<script>if (a<b) x='Case'</script>"}),
    "<table><tr><td>" * 50 + table(CASE),
    table(CASE) + "<table><tr><th>Case Number<th>Outcome<th>Decision Date<tr><td><input><td><input><td><input></table>",  # a search form below
    table(CASE).encode("utf-16"), "\ufeff".encode() + table(CASE).encode(),
], ids=range(12))
def test_layouts(read, page):
    [row] = read(page)
    assert {field: row[field] for field in READ} == READ


@pytest.mark.parametrize("encoding, declared, data", [
    ("cp1252", "iso-8859-1", "Café – 5"), ("cp1252", "", "Café – 5"), ("utf-8", "iso-8859-1", "Café – 5"), ("koi8-r", "koi8-r", "Дом"), ("shift_jis", "Shift_JIS", "家"),
    ("cp1252", "punycode", "Café"), ("cp1252", "nothing-7", "Café"), ("cp1252", "cp99999", "Café"), ("utf-16-le", "", "Café"),
])
def test_encodings(read, encoding, declared, data):
    page = f'<meta charset="{declared}">' * bool(declared) + table(CASE | {"specialty": data})
    assert read(page.encode(encoding))[0]["specialty"] == data


def test_a_bad_byte_stays_one_sign(read):
    page = '<meta charset="utf-8">' + table(CASE | {"specialty": "Café @"})
    assert read(page.encode().replace(b"@", b"\xff"))[0]["specialty"] == "Café \ufffd"


def test_rows_of_one_case(read):
    asked = [{"category": "Pharmaceuticals", "subcategory": "NSAID", "request_decision": "Overturned"}, {"category": "Programs", "subcategory": "Programs", "request_decision": "Upheld"}]
    stretched = "<tr>" + "".join(f"<td{'' if field in asked[0] else ' rowspan=3'}>{text}</td>" for field, text in CASE.items()) + "</tr>"
    below = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in one.values())}</tr>" for one in asked)
    other = CASE | {"case_number": "CM13-0000002"}
    expected = [READ | {"request_no": 1}] + [READ | one | {"request_no": n} for n, one in enumerate(asked, 2)] + [READ | {"case_number": "CM13-0000002", "request_no": 1}]
    for rows in [[stretched, below, other], [stretched.replace("=3", "=0"), below], [CASE, *asked, other], [CASE, *[one | {"case_number": "n/a"} for one in asked], other]]:
        found = read(table(*rows), names=["one.html"])
        assert [{field: value for field, value in row.items() if field != "page"} for row in found] == expected[: len(found)] and len(found) >= 3


def test_a_cell_hangs_down_no_further_than_its_part(read):
    page = table(CASE).replace("<th>Case Number", "<thead><th rowspan=9>Case Number").replace("</th></tr>", "</th></tr></thead><tbody>")
    assert read(page)[0]["case_number"] == "CM13-0000001"


def test_a_header_in_two_rows(read):
    page = """<table><tr><th rowspan=2>Case Number</th><th rowspan=2>Outcome</th><th colspan=2>Dates</th><th rowspan=2>Category</th></tr><tr><th>Date of Injury</th><th>Decision Date</th></tr>
        <tr><td>CM13-0000001</td><td>Upheld</td><td>9/26/2009</td><td>1/2/2014</td><td>Surgery</td></tr></table>"""
    [row] = read(page)
    assert row == {field: READ[field] for field in ["case_number", "outcome", "date_of_injury", "decision_date", "category"]} | {"request_no": 1, "page": "page_1.html"}


def test_rows_that_are_no_decisions(read):
    header = table().removeprefix("<table>").removesuffix("</table>")
    others = ["<tr><td colspan=10>Page 1 of 40</td></tr>", "<tr><td>1</td><td>2</td><td>3</td><td>Next &gt;&gt;</td></tr>", header, "<tr></tr>", "<tr><td>&nbsp;</td><td></td></tr>",
              "<tr><td>Showing 1 to 25 of 1,000 records</td><td>Last</td></tr>", "<tr><td>* Names are withheld</td></tr>", "<tr><td>Help</td><td>Contact</td><td>About</td></tr>",
              "<tr><td colspan=10>See also CM13-0000005</td></tr>", "<tr><td colspan=10><table><tr><td>CM13-0000006</td><td>Upheld</td></tr></table></td></tr>"]
    assert len(read(table(*others, CASE, *others, CASE | {"case_number": "CM13-0000002"}, *others))) == 2


@pytest.mark.parametrize("changed, expected", [
    ({"case_number": "cm13 0000001 (PDF)"}, {"case_number": "CM13-0000001"}),
    ({"case_number": "<a href=b.pdf>CM130000001</a>", "link": ""}, {"case_number": "CM13-0000001", "link": "b.pdf"}),
    ({"case_number": "CM13\u20110000001\u200b"}, {"case_number": "CM13-0000001"}),
    ({"link": "", "specialty": "<a href='x.asp?id=5'>Neurology</a> <a href='/d/x.PDF?v=1'>pdf</a>"}, {"link": "/d/x.PDF?v=1"}),
    ({"link": "<a name=x></a><a href='javascript:open(5)'>View</a><a href=' c.pdf '>PDF</a>"}, {"link": "c.pdf"}),
    ({"link": "<a href='javascript:open(5)'>View</a>"}, {"link": None, "unread": "link: javascript:open(5)"}),
    ({"link": "View"}, {"link": None, "unread": None}),
    ({"decision_date": "1/2/2014 12:00:00 AM"}, {"decision_date": datetime.date(2014, 1, 2)}),
    ({"decision_date": "January 2, 2014"}, {"decision_date": datetime.date(2014, 1, 2)}),
    ({"decision_date": "25/12/2014"}, {"decision_date": None, "unread": "decision_date: 25/12/2014"}),
    ({"decision_date": "2/30/2014", "date_of_injury": "unknown"}, {"decision_date": None, "date_of_injury": None, "unread": "decision_date: 2/30/2014; date_of_injury: unknown"}),
    ({"decision_date": "1/2/2014 and 1/3/2014"}, {"decision_date": None, "unread": "decision_date: 1/2/2014 and 1/3/2014"}),
    ({"decision_date": "&nbsp;", "specialty": "N/A", "category": "--"}, {"decision_date": None, "specialty": None, "category": None, "unread": None}),
    ({"category": "SURGERY", "subcategory": "non arthroscopic surgery"}, {"category": "Surgery", "subcategory": "Non-arthroscopic Surgery"}),
    ({"category": "Evaluation and Management"}, {"category": "Evaluation & Management"}), ({"subcategory": "Benzodiazepine"}, {"subcategory": "Benzodiazepines"}),
    ({"subcategory": "Emg / Ncv / Ncs"}, {"subcategory": "EMG/NCV/NCS"}), ({"outcome": "OVERTURNED-IN-PART"}, {"outcome": "Overturned in Part"}),
    ({"category": "Aroma  Therapy", "outcome": "Withdrawn"}, {"category": "Aroma Therapy", "outcome": "Withdrawn"}),
    ({"specialty": "Physical<br>Medicine &amp; Rehabilitation&#46;"}, {"specialty": "Physical Medicine & Rehabilitation."}),
    ({"case_number": "CM13-00001"}, {"case_number": "CM13-00001", "unread": "case_number: CM13-00001"}),
])
def test_values(read, changed, expected):
    sound = CASE | {"case_number": "CM13-0000009", "decision_date": "5/5/2014"}  # so that the page has a decision in any case
    row = next(row for row in read(table(CASE | changed, sound)) if row["case_number"] != "CM13-0000009")
    assert {field: row.get(field) for field in expected} == expected


def test_a_row_without_number_belongs_to_the_case_above_only_if_nothing_speaks_against_it(read):
    first, second = read(table(CASE, CASE | {"case_number": "", "decision_date": "3/3/2014"}))
    assert "case_number" not in second and second["unread"] == "case_number: none" and first.get("unread") is None
    orphan, *_ = read(table({"category": "Surgery"}, CASE))
    assert orphan["unread"] == "case_number: none"


@pytest.mark.parametrize("head, link, expected", [
    ("<!-- saved from url=(0033)https://example.org/a/search.asp?p=2 -->", "b/c.pdf", "https://example.org/a/b/c.pdf"),
    ("<base href='https://example.org/d/'><base href='https://example.com/'>", "c.pdf", "https://example.org/d/c.pdf"),
    ("<!-- saved from url=(0021)https://example.org/a -->\n<base href='/imr/'>", "c d.pdf", "https://example.org/imr/c d.pdf"),
    ("<!-- saved from url=(0014)about:internet -->", "../c.pdf", "../c.pdf"), ("<base href='http://[x'>", "c.pdf", "c.pdf"),
    ("<base href='https://example.org/'>", "http://[", "http://["), ("", "https://example.org/c.pdf", "https://example.org/c.pdf"),
])
def test_links_are_made_absolute_where_the_page_says_from_where(read, head, link, expected):
    assert read(head + table(CASE | {"link": f'<a href="{link}">View</a>'}))[0]["link"] == expected


def test_overlapping_pages(read):
    cases = [CASE | {"case_number": f"CM13-{n:07}", "subcategory": kind} for n, kind in [(1, "Spine"), (2, "Spine"), (2, "Spine"), (3, "Spine"), (3, "Surgical Consult"), (4, "Spine")]]
    pages = [table(*cases[:4]), table(*cases[1:5]).replace("a.pdf", "https://example.org/a.pdf"), table(*cases[4:]), table(*cases[4:])]
    found = read(*pages)
    assert [(row["case_number"][-1], row["request_no"], row["subcategory"], row["page"][5]) for row in found] == [
        ("1", 1, "Spine", "1"), ("2", 1, "Spine", "1"), ("2", 2, "Spine", "1"), ("3", 1, "Spine", "1"), ("3", 2, "Surgical Consult", "2"), ("4", 1, "Spine", "3")]


def test_pages_come_in_the_order_of_their_numbers(read, tmp_path):
    pages = [table(CASE | {"case_number": f"CM13-{n:07}"}) for n in (10, 9, 1)]
    (tmp_path / "page 9_files").mkdir()
    (tmp_path / "page 9_files/frame.html").write_text("advertisement")
    (tmp_path / "._page 9.html").write_bytes(b"\0\5")
    (tmp_path / "notes.txt").write_text("mine")
    assert [row["case_number"][-2:] for row in read(*pages, names=["page 10.html", "page 9.HTM", "Page 1.html"])] == ["01", "09", "10"]
    both = read_search_pages([str(tmp_path / "page 10.html"), tmp_path / "page 9.HTM"])
    assert [number[-2:] for number in both.case_number] == ["10", "09"] and len(read_search_pages(tmp_path / "page 9.HTM")) == 1


@pytest.mark.parametrize("words", ["No records found", "no matching decisions found.", "Your search returned no results", "0 records<br>found", "No cases were found"])
@pytest.mark.parametrize("page", ["<p>{}</p>", "<table><tr><td>{}</td></tr></table>", table("<tr><td colspan=10>{}</td></tr>"), table("<tr><td>{}</td></tr>")])
def test_no_hits(read, words, page):
    assert read(page.format(words)) == []


@pytest.mark.parametrize("page, words", [
    ("", "the file is empty"), (" \n", "the file is empty"), (b"\x89PNG\r\n", "no web page"), (bytes(range(256)), "no web page"), ("Dear Sir", "no result page"),
    ("<script>'No records found'</script>", "no result page"), ("MIME-Version: 1.0\n\n<p>x", "save it as HTML"), ("From: <Saved by Blink>\n", "save it as HTML"),
    (table(), "without any case"), (table("<tr><td>10 records found</td></tr>"), "without any case"), (b"<p>" + b"x" * 20_000_001, "20,000,000 bytes"),
    ("<table><tr><th>Outcome<th>Decision Date<th>DOI<tr><td>Upheld</table>", "the columns Case Number, Received Date, Specialty, "),
    ("<table><tr><th>Case Number<th>Name<tr><td>CM13-0000001<td>x</table>", "the columns Case Outcome, Decision Date, "),
    (table(CASE, titles=TITLES | {"link": "Outcome"}), "two columns could be outcome"),
])
def test_pages_that_are_none(read, page, words):
    reason = fault(lambda: read(page))
    assert "page_1.html: " in reason and words in reason and len(reason.splitlines()) == 1


def test_a_declaration_that_the_parser_does_not_know(read):
    """Python's parser gives up on it, or from its patch releases of 2025 on passes over it."""
    assert any(words in fault(lambda: read("<![x[ <p>")) for words in ["the HTML is damaged", "no result page"])


def test_all_bad_pages_are_told_together(read, tmp_path):
    lines = fault(lambda: read("", table(CASE), "x", table())).splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(tmp_path / f"page_{n}.html") for n in (1, 3, 4)]


def test_places_without_pages(tmp_path):
    (tmp_path / "list.csv").touch()
    for source, words in [(tmp_path, "no saved pages"), ([], "no saved pages"), ("", "no saved pages"), ([tmp_path, ""], "no saved pages"),
                          (tmp_path / "none.html", "No such file"), ("a\0.html", "cannot be read"), ("/dev/null", "no ordinary file")]:
        assert words in fault(lambda: read_search_pages(source))


TEN_MB = 10_000_000


@pytest.mark.parametrize("piece, before", [
    ("<div>", ""), ("<table><tr><td>", ""), ("<td>", "<table><tr>"), ("<tr>", "<table><tr>" + "<td rowspan=99999>" * 200), ("<b>x", "<table><tr><td>"), ("<a b", ""), ("<", ""), ("<!--", ""),
    (" a=1", "<a"), ("<a ", ""), ("&#", ""), ("x", "<table><tr><td>"), ("</td>", ""), ("<![", ""), ("<td colspan=99999 rowspan=99999>", "<table>"), ("CM13-0000001 ", table(CASE)[:-8] + "<tr><td>"),
    (f"<table><tr><td>{'x' * 2000}", ""),
])
def test_hostile_pages_end_soon_and_in_one_kind_of_error(tmp_path, monkeypatch, piece, before):
    monkeypatch.setattr(search, "_SECONDS", 2)
    (tmp_path / "page.html").write_text(before + piece * (TEN_MB // len(piece)))
    start = time.monotonic()
    try:
        assert len(read_search_pages(tmp_path)) == 1 and "CM13" in before
    except SearchPageError as error:
        assert len(str(error)) < 400
    assert time.monotonic() - start < 30


def test_a_large_page_of_many_rows(read):
    rows = [CASE | {"case_number": f"CM13-{n:07}"} for n in range(5000)]
    assert len(read("<div>" * 1000 + table(*rows))) == 5000


MARKUP = st.lists(st.sampled_from(["<table>", "</table>", "<tr>", "</tr>", "<td>", "<th>", "</td>", "<td rowspan=2>", "<td colspan=3>", "<tbody>", "<a href=x.pdf>", "</a>", "<!", "<!--", "-->", "<script>",
                                   "</script>", "&#xd800;", "&amp", "\0", "\ud7ff", *TITLES.values(), "CM13-0000001", "Upheld", "1/2/2014", "No records found", table(CASE)]) | st.text(max_size=5), max_size=60)


@settings(max_examples=300, deadline=None)
@given(MARKUP.map("".join).map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=200))
def test_any_page_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "page.html"
    path.write_bytes(data)
    try:
        found = read_search_pages(path)
    except SearchPageError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        assert [*found.columns][:2] == ["case_number", "request_no"] and not found[found.case_number.notna()].duplicated(["case_number", "request_no"]).any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.text("abc <>&'\"", min_size=1, max_size=8).filter(str.strip), st.integers(1, 3)), min_size=1, max_size=12, unique_by=lambda row: row[0]), st.randoms())
def test_what_was_written_comes_back(tmp_path_factory, cases, dice):
    """Cases of one to three requests, written with stretched, with empty or with repeated cells."""
    folder, rows, expected = tmp_path_factory.mktemp("written"), [], []
    for number, specialty, n_requests in cases:
        way = dice.choice(["stretched", "empty", "repeated"])
        for n in range(1, n_requests + 1):
            own = CASE | {"case_number": f"CM13-{number:07}", "specialty": escape(specialty), "subcategory": f"Kind {n}"}
            expected.append((own["case_number"], n, " ".join(specialty.split()), f"Kind {n}"))
            asked = [field for field in own if field in ("category", "subcategory", "request_decision") or way == "repeated" or n == 1]
            if way == "stretched":
                rows.append("<tr>" + "".join(f"<td{f' rowspan={n_requests}' if field not in asked[-4:] or field == 'link' else ''}>{own[field]}</td>" for field in own if field in asked) + "</tr>"
                            if n > 1 else "<tr>" + "".join(f"<td rowspan={1 if field in ('category', 'subcategory', 'request_decision') else n_requests}>{text}</td>" for field, text in own.items()) + "</tr>")
            else:
                rows.append({field: own[field] for field in asked})
    (folder / "page.html").write_text(table(*rows))
    found = read_search_pages(folder)
    assert [*found[["case_number", "request_no", "specialty", "subcategory"]].itertuples(index=False, name=None)] == expected and found.unread.isna().all()


def test_the_table_as_csv():
    found = read_search_pages(INVENTED)
    back = pd.read_csv(io.StringIO(found.to_csv(index=False)))
    assert [*back.columns] == [*found.columns] and [*back.case_number] == [*found.case_number] and [*back.link] == [*found.link]


def test_our_categories_are_the_states():
    assert all(one.subcategory in CATEGORIES[one.category] for one in load_treatments().values())
    assert all(drug.drug_class in CATEGORIES["Pharmaceuticals"] for drug in load_drugs().values())


def frame(letter, number, *requests):
    """Requests such as "L1 2 Surgery/Spine"."""
    rows = [(name, int(n), *(part or None for part in kind.split("/"))) for name, n, kind in (one.split(" ", 2) for one in requests)]
    return pd.DataFrame(rows, columns=[letter, number, "category", "subcategory"])


@pytest.mark.parametrize("state, ours, expected", [
    (["L 1 Surgery/Spine", "L 2 DMEPOS/DME"], ["L 1 DMEPOS/DME", "L 2 Surgery/Spine"], [(1, 2, "subcategory"), (2, 1, "subcategory")]),
    (["L 1 Surgery/Spine", "L 2 Surgery/Surgical Consult"], ["L 1 Surgery/Surgical Consult"], [(2, 1, "subcategory"), (1, None, "unpaired")]),  # the better partner first
    (["L 1 Surgery/Spine"], ["L 1 Surgery/Surgical Consult"], [(1, 1, "category")]),
    (["L 1 Surgery/Spine"], ["L 1 Programs/Programs"], [(1, 1, "neither")]),
    (["L 1 Surgery/Spine", "L 2 Programs/Programs"], ["L 1 Injection/Injection", "L 2 DMEPOS/DME"], [(1, None, "unpaired"), (2, None, "unpaired"), (None, 1, "unpaired"), (None, 2, "unpaired")]),
    (["L 1 Psych Services/Evaluation & Management"], ["L 1 Evaluation & Management/Evaluation & Management"], [(1, 1, "neither")]),  # like subcategories of unlike categories
    (["L 1 /"], ["L 1 /"], [(1, 1, "neither")]), (["L 1 Surgery/"], ["L 1 Surgery/"], [(1, 1, "category")]),  # two nulls are no agreement
    (["L 1 Surgery/Spine"], ["L~0123abcd 1 Surgery/Spine"], [(1, 1, "subcategory")]), (["L 1 Surgery/Spine"], ["M 1 Surgery/Spine"], []),
])
def test_pairs(state, ours, expected):
    pairs = compare_categories(frame("case_number", "request_no", *state), {"requests": frame("letter_id", "issue_no", *ours)})
    assert [tuple(None if value is pd.NA else value for value in row) for row in pairs[["request_no", "issue_no", "agrees"]].itertuples(index=False)] == expected


def test_counts_and_confusions():
    state = frame("case_number", "request_no", "L 1 Surgery/Spine", "L 2 DMEPOS/DME", "M 1 Therapies/Therapies", "N 1 Surgery/Spine", "N 2 Surgery/Spine", "O 1 /")
    ours = frame("letter_id", "issue_no", "L 1 DMEPOS/Supplies", "L 2 Surgery/Spine", "M 1 Rehabilitation/Other Therapies", "N 1 Surgery/Spine", "O 1 Programs/Programs")
    pairs = compare_categories(state, {"requests": ours})
    assert count_agreement(pairs).T.to_dict("list") == {"L": [2, 2, 2, 1], "M": [1, 1, 0, 0], "N": [2, 1, 1, 1], "O": [1, 1, 0, 0]}
    table_of = count_confusions(pairs)
    assert {(row, column): int(n) for (row, column), n in table_of.stack().items() if n} == {
        ("Surgery", "Surgery"): 2, ("DMEPOS", "DMEPOS"): 1, ("Therapies", "Rehabilitation"): 1, ("(none)", "Programs"): 1}
    nothing = compare_categories(state[:0], {"requests": ours})
    assert len(nothing) == 0 and count_agreement(nothing).empty and count_confusions(nothing).empty

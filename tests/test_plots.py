"""Room 10, plots: what is drawn is read back from the drawing and held against the table beside it."""
import re
from itertools import pairwise

import matplotlib.pyplot as pyplot
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Rectangle

from imr_research import breakdowns, plots
from imr_research.corpus import parse_corpus
from imr_research.criteria import load_criteria

PASSAGES = pd.DataFrame({"class": ["guideline", "boilerplate", "guideline", "patient"], "covered_words": [900, 400, 350, 7]})
SHARES = {"specialty": breakdowns.count_specialties, "state": breakdowns.count_licensure, "criterion_id": breakdowns.count_unapplied, "concordance": breakdowns.count_concordance}
DRAWN = {
    "counts": lambda tables, **on: plots.plot_counts(breakdowns.count_asked(tables), "category", "Requests by category", **on),
    "requests": lambda tables, **on: plots.plot_counts(breakdowns.count_requests(tables), "requests", "Letters by number of requests", **on),
    **{f"shares {by}": lambda tables, by=by, **on: plots.plot_shares(SHARES[by](tables), by, f"Shares by {by}", **on) for by in SHARES},
    "months": plots.plot_months, "received": lambda tables, **on: plots.plot_months(tables, "received", **on),
    **{f"overturned {by}": lambda tables, by=by, **on: plots.plot_overturned(tables, by, **on) for by in breakdowns.GROUPS},
    "criteria": plots.plot_criteria, "criteria topic": lambda tables, **on: plots.plot_criteria(tables, "topic", **on), "guidelines": plots.plot_guidelines,
    "findings": plots.plot_findings, "findings topic": lambda tables, **on: plots.plot_findings(tables, "topic", **on),
    "matrix": plots.plot_matrix, "matrix topic": lambda tables, **on: plots.plot_matrix(tables, "work_hardening", **on),
    "flows": plots.plot_flows, "roles": plots.plot_roles, "passages": plots.plot_passages,
}


@pytest.fixture(scope="module")
def own():
    """Our own letters, with rationales that weigh less than 1, so that weighted shares are not plain ones."""
    tables = parse_corpus([ROOT / "data/letters", ROOT / "data/invented"], progress=False)
    keys = tables["issues"][["letter_id", "issue_no"]]
    return tables | {"passages": PASSAGES, "rationales": keys.assign(weight=[1 / (1 + number % 3) for number in keys.issue_no])}


@pytest.fixture(scope="module")
def drawn_by_name(own):
    """Each figure once."""
    return {name: draw(own) for name, draw in DRAWN.items()}


def texts(drawn):
    return [text.get_text().replace("\n", " ") for text in drawn.axes.texts]


def intervals(drawn):
    """The ends of all intervals, group by group."""
    lines = [line for line in drawn.axes.collections if isinstance(line, LineCollection)]
    return [[(segment[0, 0], segment[1, 0]) for segment in line.get_segments()] for line in lines]


def bars(drawn):
    return [[(bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()) for bar in container] for container in drawn.axes.containers]


@pytest.mark.parametrize("name", ["counts", "requests"])
def test_bars_of_counts(own, drawn_by_name, name):
    drawn = drawn_by_name[name]
    assert [width for _, _, width, _ in bars(drawn)[0]] == drawn.table.n.tolist()
    assert [int(text.split()[0].replace(",", "")) for text in texts(drawn)] == drawn.table.n.tolist()
    assert [int(re.search(r"([\d]+) %", text)[1]) for text in texts(drawn)] == [round(100 * share) for share in drawn.table.share]


@pytest.mark.parametrize("name", [name for name in DRAWN if name.startswith(("shares", "overturned"))])
def test_dots_and_intervals(own, drawn_by_name, name):
    drawn = drawn_by_name[name]
    assert drawn.axes.lines[0].get_xdata().tolist() == drawn.table.share.tolist()
    assert drawn.axes.lines[0].get_ydata().tolist() == [*range(len(drawn.table))]
    assert intervals(drawn) == [[*zip(drawn.table.low, drawn.table.high)]]
    counts = [tuple(map(int, text.split(" of "))) for text in texts(drawn) if re.fullmatch(r"\d+ of \d+", text)]
    assert counts == [*zip(drawn.table.n, drawn.table.of)]
    left, right = drawn.axes.get_xlim()
    assert left <= 0 and drawn.table.high.max() <= right
    if name.startswith("overturned"):
        overall = breakdowns.count_overturned(own).iloc[0]
        assert {*drawn.axes.lines[1].get_xdata()} == {overall.share} and f"{overall.n:.0f} of {overall.of:.0f}" in drawn.alt


@pytest.mark.parametrize("name", ["months", "received"])
def test_months(own, drawn_by_name, name):
    drawn = drawn_by_name[name]
    assert [height for *_, height in bars(drawn)[0]] == drawn.table.n.tolist() and drawn.table.n.sum() == drawn.table.of.iloc[0]
    shown = dict(zip(drawn.axes.get_xticks(), (label.get_text() for label in drawn.axes.get_xticklabels())))
    assert all(drawn.table.month[place] == month for place, month in shown.items()) and len(shown) <= 12
    with pytest.raises(ValueError, match="choose decided, received"):
        plots.plot_months(own, "posted")


@pytest.mark.parametrize("name, column, values", [
    ("criteria", "measure", ["recited", "applied"]), ("criteria topic", "measure", ["recited", "applied"]), ("guidelines", "cited_by", ["claims_administrator", "reviewer"])])
def test_two_series_on_a_row(own, drawn_by_name, name, column, values):
    drawn = drawn_by_name[name]
    by = {"criteria": "criterion_id", "criteria topic": "topic", "guidelines": "guideline"}[name]
    rows = [*drawn.table[by].unique()]
    for line, ends, value in zip(drawn.axes.lines, intervals(drawn), values):
        series = drawn.table[drawn.table[column] == value]
        assert line.get_label() == value.replace("_", " ")
        assert line.get_xdata().tolist() == series.share.tolist() and ends == [*zip(series.low, series.high)]
        assert [round(place) for place in line.get_ydata()] == [rows.index(row) for row in series[by]]
    counts = {(row, value): n for row, value, n in drawn.table[[by, column, "n"]].itertuples(index=False)}
    expected = [f"{counts.get((row, values[0]), 0)} and {counts.get((row, values[1]), 0)} of {drawn.table.of[drawn.table[by] == row].iloc[0]}" for row in rows]
    assert [text for text in texts(drawn) if " and " in text] == expected


@pytest.mark.parametrize("name, by", [("findings", "criterion_id"), ("findings topic", "topic")])
def test_findings(own, drawn_by_name, name, by):
    drawn = drawn_by_name[name]
    for container, finding in zip(drawn.axes.containers, ["met", "not_met", "not_documented"]):
        assert container.get_label() == finding.replace("_", " ")
        assert [bar.get_width() for bar in container] == pytest.approx(drawn.table[drawn.table.finding == finding].share.tolist())
    ends = [x + width for x, _, width, _ in bars(drawn)[2]]
    assert ends == pytest.approx(np.ones(len(ends)))
    inside = sorted(int(text) for text, place in ((text.get_text(), text.get_position()[0]) for text in drawn.axes.texts) if place < 1.02 and text.isdigit())
    assert inside == sorted(drawn.table[drawn.table.share > 0.03].n)
    counts = drawn.table.groupby("finding").n.sum()
    assert f"met {counts.met}, not met {counts.not_met}, not documented {counts.not_documented} of {counts.sum()}." in drawn.alt


@pytest.mark.parametrize("name", ["matrix", "matrix topic"])
def test_matrix(own, drawn_by_name, name):
    drawn = drawn_by_name[name]
    mesh, = (mesh for mesh in drawn.axes.collections if isinstance(mesh, QuadMesh))
    values = np.ma.filled(mesh.get_array().astype(float), np.nan).reshape(-1, drawn.table.column.max() + 1)
    labels = [label.get_text() for label in drawn.axes.get_yticklabels()]
    catalogue = load_criteria().criteria
    for cell in drawn.table.itertuples():
        upper, lower = values[3 * cell.row, cell.column], values[3 * cell.row + 1, cell.column]
        assert (upper == 0) == cell.recited and np.isnan(upper) != cell.recited
        assert (["recited", "met", "not_met", "not_documented", "differs"][int(lower)] if cell.applied else np.isnan(lower)) == (cell.finding if cell.applied else True)
        assert plots._name(catalogue[cell.criterion_id].label) == labels[cell.row]
    assert (~np.isnan(values)).sum() == drawn.table.recited.sum() + drawn.table.applied.sum()
    # against the codes themselves
    codes = own["criteria"][own["criteria"].criterion_id.isin(drawn.table.criterion_id)]
    assert drawn.table[["criterion_id", "letter_id"]].apply(tuple, axis=1).isin({*zip(codes.criterion_id, codes.letter_id)}).all()
    assert len(drawn.table) == len(codes[["criterion_id", "letter_id"]].drop_duplicates())


def test_the_matrix_of_a_topic_shows_what_is_passed_over(own):
    drawn = plots.plot_matrix(own, "work_hardening")
    assert len(drawn.axes.get_yticks()) == 10 and drawn.table.criterion_id.nunique() < 10  # the ten criteria of the guideline
    assert "recited, verbatim" in texts(drawn)


def test_a_finding_that_differs_within_a_letter():
    codes = pd.DataFrame({"letter_id": ["a", "a"], "issue_no": [1, 2], "criterion_id": ["tens.not_primary"] * 2, "recited": [False, True], "applied": [True, True],
                          "finding": ["met", "not_met"], "wording": [None, "verbatim"]})
    drawn = plots.plot_matrix({"criteria": codes})
    assert drawn.table[["recited", "applied", "finding"]].values.tolist() == [[True, True, "differs"]] and {"differs", "recited, verbatim"} <= {*texts(drawn)}


def test_flows(own, drawn_by_name):
    drawn = drawn_by_name["flows"]
    bands = [patch for patch in drawn.axes.patches if isinstance(patch, PathPatch)]
    ends = [patch for patch in drawn.axes.patches if isinstance(patch, Rectangle)]
    heights = [(points[8, 1] - points[0, 1], points[7, 1] - points[8, 1], points[4, 1] - points[3, 1]) for points in (band.get_path().vertices for band in bands)]
    assert [left for _, left, _ in heights] == pytest.approx(drawn.table.flow.tolist()) == [right for *_, right in heights]
    for x, column in [(0, "claims_administrator_label"), (1, "reviewer_label")]:
        side = [end for end in ends if round(end.get_x() + 0.01) == x]
        sums = drawn.table.groupby(column).flow.sum()
        assert sorted(end.get_height() for end in side) == pytest.approx(sorted(sums)) and len(side) == len(sums)
        for name, flow in sums.items():
            assert f"{name} ({flow:.0f})" in texts(drawn)
    # no two bands of a side overlap
    for first, last in [(0, 7), (3, 4)]:
        spans = sorted((points[first, 1], points[last, 1]) for points in (band.get_path().vertices for band in bands))
        assert all(before[1] <= after[0] + 1e-9 for before, after in pairwise(spans))
    assert drawn.table.flow.sum() == pytest.approx(own["rationales"].weight.sum())
    assert f"{len(own['issues'])} issues; copies of a rationale weigh as one" in texts(drawn)
    assert drawn.table.share.sum() == pytest.approx(1)


def test_two_unresolved_citations_are_not_the_same():
    table = pd.DataFrame({"claims_administrator_label": ["not resolved", "A", "no authority cited", "A"], "reviewer_label": ["not resolved", "A", "no guideline line", "no authority cited"],
                          "flow": [1.0] * 4, "share": [0.25] * 4})
    kinds = plots._join_flows(table)[0].set_index("claims_administrator_label").kind
    assert kinds["not resolved"] == "different or not resolved" and {*kinds["A"]} == {"same", "only one side cites"} and kinds["no authority cited"] == "neither cites"


def test_roles(own, drawn_by_name):
    drawn = drawn_by_name["roles"]
    for container in drawn.axes.containers:
        assert [bar.get_height() for bar in container] == pytest.approx(drawn.table[drawn.table.role == container.get_label()].share.tolist())
    assert [y + height for _, y, _, height in bars(drawn)[-1]] == pytest.approx(np.ones(10))


def test_passages(own, drawn_by_name):
    drawn = drawn_by_name["passages"]
    assert drawn.table.values.tolist() == [["guideline", 2, 1250], ["boilerplate", 1, 400], ["patient", 1, 7]]
    assert [width for _, _, width, _ in bars(drawn)[0]] == [1250, 400, 7] and texts(drawn)[0] == "1,250 words, 2 passages"
    with pytest.raises(KeyError, match="passages"):
        plots.plot_passages({})


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_says_itself_and_nothing_is_no_error(own, drawn_by_name, name):
    drawn = drawn_by_name[name]
    assert len(drawn.table) and drawn.alt.endswith(".") and "\n" not in drawn.alt and re.search(r"\d", drawn.alt)
    assert repr(drawn) == drawn.alt and drawn.axes.get_title(loc="left")
    empty = DRAWN[name]({table: frame[:0] for table, frame in own.items()})
    assert not len(empty.table) and empty.alt.startswith("No ") and [text.startswith("no ") for text in texts(empty)] == [True]
    assert empty._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", DRAWN)
def test_axes_of_ones_own_are_used(own, drawn_by_name, name):
    axes = plots.Canvas().add_subplot()
    assert DRAWN[name](own, axes=axes).axes is axes


@pytest.mark.parametrize("name", DRAWN)
def test_no_text_lies_on_another_and_none_is_cut_off(drawn_by_name, name):
    """Names of rows, numbers beside them, names of months and of letters, and the words in cells and bars."""
    drawn = drawn_by_name[name]
    canvas = drawn.axes.figure
    canvas.draw_without_rendering()
    page = canvas.bbox
    axes = [(drawn.axes.xaxis, drawn.axes.get_xlim()), (drawn.axes.yaxis, drawn.axes.get_ylim())] if drawn.axes.axison else []
    labels = [label for axis, ends in axes for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels()) if min(ends) <= place <= max(ends)]
    key = drawn.axes.get_legend().get_texts() if drawn.axes.get_legend() else []
    boxes = [(text.get_text(), text.get_window_extent()) for text in [*drawn.axes.texts, *labels, drawn.axes._left_title, *key] if text.get_text()]
    for text, box in boxes:
        assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1 and page.y0 - 1 <= box.y0 and box.y1 <= page.y1 + 1, f"{text!r} is cut off"
    for place, (text, box) in enumerate(boxes):
        for other, others_box in boxes[place + 1:]:
            across = min(box.x1, others_box.x1) - max(box.x0, others_box.x0)
            along = min(box.y1, others_box.y1) - max(box.y0, others_box.y0)
            assert across <= 1 or along <= 3, f"{text!r} lies on {other!r}"


def test_weighted_shares_are_said_to_be(own):
    plain = {table: frame for table, frame in own.items() if table != "rationales"}
    for draw in [DRAWN["overturned topic"], plots.plot_criteria, plots.plot_findings]:
        assert "weigh as one" in draw(own).axes.get_xlabel() and "weigh as one" not in draw(plain).axes.get_xlabel()
    assert "weigh as one" in plots.plot_flows(own).alt and "weigh as one" not in plots.plot_flows(plain).alt


def test_a_figure_shows_itself_once(own):
    before = pyplot.get_fignums()
    assert DRAWN["counts"](own)._repr_png_().startswith(b"\x89PNG") and pyplot.get_fignums() == before
    figure, axes = pyplot.subplots()
    assert DRAWN["counts"](own, axes=axes)._repr_png_() is None  # pyplot shows it
    pyplot.close(figure)


def test_names_from_letters_are_no_formulas_and_no_pages():
    names = ["$x^2$ and $\\alpha$", "_a_", "<script>alert(1)</script>", "word " * 500, "a\x00b\x1b[31m\nc", "%s {x}", ""]
    table = pd.DataFrame({"specialty": names, "n": 1, "of": 2, "letters": 2, "effective": 2.0, "share": 0.5, "low": 0.1, "high": 0.9})
    for plot in [plots.plot_counts, plots.plot_shares]:
        drawn = plot(table, "specialty", "Specialties")
        assert drawn._repr_png_().startswith(b"\x89PNG")
        shown = [label.get_text() for label in drawn.axes.get_yticklabels()]
        assert shown[0].replace(r"\$", "$") == names[0] and shown[3].count("\n") == 1 and len(shown[3]) < 95 and shown[4].isprintable()


def test_many_rows_and_letters_stay_readable():
    """120 letters and all criteria of the catalogue; a hundred specialties."""
    draw = np.random.default_rng(1)
    criteria = [*load_criteria().criteria]
    codes = pd.DataFrame([dict(letter_id=f"CM00-{letter:07}", issue_no=1, criterion_id=name, recited=True, applied=bool(letter % 2), wording="verbatim",
                               finding=["met", "not_met"][letter % 4 // 2] if letter % 2 else None)
                          for letter in range(120) for name in draw.choice(criteria, 5, replace=False)])
    drawn = plots.plot_matrix({"criteria": codes})
    assert drawn.table.criterion_id.nunique() == 30 and len(drawn.axes.get_yticks()) == 30 and len(drawn.axes.get_xticks()) == 0
    assert f"the first 30 of {codes.criterion_id.nunique()}" in texts(drawn) and max(drawn.axes.figure.get_size_inches()) < 14
    units = pd.DataFrame({"letter_id": map(str, range(100))})
    drawn = plots.plot_shares(breakdowns.count_shares(units, units.assign(specialty=units.letter_id), ["letter_id"], "specialty"), "specialty", "Many")
    assert len(drawn.table) == 25 and "the first 25 of 100" in texts(drawn) and "100 rows in all" in drawn.alt


def lightness(colour):
    """CIE L* of a colour, 0 to 100: what is left of it in black and white."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


@pytest.mark.parametrize("colours", [
    [look.get("color", "white") for look in plots._FINDINGS.values()], plots._SHADES, [*plots._KINDS.values()],
    [look.get("color", "white") for look in plots._ROLES.values()], [look["color"] for look in plots._LOOKS]], ids=["findings", "matrix", "flows", "roles", "pairs"])
def test_colours_differ_in_black_and_white(colours):
    shades = sorted(map(lightness, colours))
    assert min(after - before for before, after in pairwise(shades)) > 8


def test_colours_are_of_okabe_and_ito_or_grey():
    palette = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}
    for colour in [plots._INK, plots._BLUE, plots._ORANGE, plots._YELLOW, plots._DARK, plots._GREY, plots._PALE]:
        red, green, blue = to_rgb(colour)
        assert colour in palette or red == green == blue

"""Room 00: lines to one text, whatever a letter comes as."""
import json
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import pytest
from conftest import OWN_LETTERS, ROOT
from hypothesis import given, settings, strategies as st
from typeset import typeset

from imr_research import letter as room
from imr_research.letter import LetterError, Limits, _undo_double_spacing, decode_text, find_separator, find_shape, read_letter

# letters whose every line was set to the margin; the invented ones of 2013 hold lists and short lines, see test_layouts.py
TEXTS = [path for path in OWN_LETTERS if path.suffix == ".txt" and (path.parent.name == "letters" or path.stem == "D2-two-issues")]


@pytest.mark.parametrize("before, after, joined", [
    ("Electro-", "diagnostic testing", "Electro-diagnostic testing"),
    ("short-", "term", "short-term"),
    ("10-30-", "2016", "10-30-2016"),
    ("H2-", "receptor antagonists", "H2-receptor antagonists"),
    ("Flurbiprofen 10%-", "Cyclobenzaprine 3%", "Flurbiprofen 10%-Cyclobenzaprine 3%"),
    ("pre-", "and post-operative", "pre- and post-operative"),
    ("two-", "to three-week", "two- to three-week"),
    ("well-", "tolerated", "well-tolerated"),
    ("return-", "to-work goal", "return-to-work goal"),
    ("pain -", "at night", "pain - at night"),
    ("pain --", "at night", "pain -- at night"),
    ("-", "first item", "- first item"),
    ("the", "knee", "the knee"),
])
def test_line_ends(before, after, joined):
    assert before + find_separator(before, after) + after == joined


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_pdf_and_its_text_give_the_same_words(path):
    text = path.read_text()
    pdf = read_letter(typeset(_undo_double_spacing(text) if find_shape(text) == "double" else text))
    letter = read_letter(path)
    assert (pdf.text, pdf.page_starts) == (letter.text, letter.page_starts)


@pytest.mark.parametrize("path", OWN_LETTERS, ids=lambda path: path.name)
def test_pages_tile_the_text_and_the_text_reads_as_itself(path):
    letter = read_letter(path)
    assert "".join(letter.pages()) == letter.text
    assert read_letter(letter.text).text == letter.text
    assert "  " not in letter.text and "\n\n\n" not in letter.text


def test_the_invented_pdf_is_set_from_its_text():
    for path in (ROOT / "data/invented").glob("*.pdf"):
        text = path.with_suffix(".txt")
        assert path.read_bytes() == typeset(text.read_text()), f"run python tests/typeset.py {text}"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(codec):
    text = (ROOT / "data/invented/D2-two-issues.txt").read_text().replace("left knee", "left knee – 30° “stiff”")
    assert read_letter(text.encode(codec), "x.txt").text == read_letter(text).text


def test_windows_1252_with_a_byte_that_it_lacks():
    assert decode_text(b"30\xb0 of flexion \x81" + b" and more" * 40, "x.txt").startswith("30°")
    with pytest.raises(LetterError, match="neither PDF nor text"):
        decode_text(bytes(range(1, 256)), "x.txt")


def wrapped(text: str, width: int, between: str = "\n\n") -> str:
    """A canonical text as an ordinary file: lines of `width`, a blank line between paragraphs."""
    wrap = textwrap.TextWrapper(width, break_long_words=False)
    return between.join("\n".join(wrap.wrap(paragraph)) for paragraph in text.split("\n\n"))


CANONICAL = [read_letter(path).text for path in TEXTS]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CANONICAL), st.integers(60, 130), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "  ", "\t"]), st.booleans())
def test_widths_line_ends_and_margins_change_nothing(text, width, newline, margin, double):
    file = wrapped(text, width)
    if double:
        file = file.replace("\n\n", "\n \n").replace("\n", "\n\n")
    file = newline.join(margin + line if line.strip() else line for line in file.split("\n"))
    assert read_letter(file.encode()).text == text


words = st.lists(st.from_regex(r"[A-Za-z][a-z]{0,9}[,;]?", fullmatch=True), min_size=3, max_size=60).map(lambda some: " ".join(["The", *some]) + ".")


@settings(deadline=None, max_examples=60)
@given(st.lists(words, min_size=2, max_size=8), st.integers(60, 120))
def test_paragraphs_survive_wrapping(paragraphs, width):
    text = "\n\n".join(paragraphs)
    assert read_letter(wrapped(text, width).encode()).text == text


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(CANONICAL), st.data())
def test_a_page_turn_in_a_sentence_is_no_paragraph(text, data):
    spaces = [i for i, sign in enumerate(text) if sign == " " and text[i + 1].islower() and text[i - 1].isalpha()]
    cut = data.draw(st.sampled_from(spaces))
    letter = read_letter(text[:cut] + "\f" + text[cut + 1:])
    assert letter.text == text and letter.page_starts == (0, cut + 1)


def test_bad_files_say_what_is_wrong(bad_files):
    folder, expected = bad_files
    for name, words in expected.items():
        with pytest.raises(LetterError) as caught:
            read_letter(folder / name)
        message = str(caught.value)
        assert words in message and name in message and "\n" not in message, message


def test_no_such_file():
    with pytest.raises(LetterError, match="nowhere.pdf: no such file"):
        read_letter("nowhere.pdf")


def test_a_path_that_no_file_can_have():
    with pytest.raises(LetterError, match="cannot be opened"):
        read_letter("a" * 300)


THREE_PAGES = typeset("\f".join(["Twelve words stand on every page of this letter, and no more.\n" * 10] * 3))


@pytest.mark.parametrize("source, limit, most", [
    (b"Upheld.\n\nOverturned.", "file_bytes", 20),
    ("Upheld.\n\nOverturned.", "file_bytes", 20),
    (THREE_PAGES, "file_bytes", len(THREE_PAGES)),
    (THREE_PAGES, "pages", 3),
    (THREE_PAGES, "characters", 3 * (10 * 63 - 2)),  # 61 signs a line, PDFium's two for a line break between them
    (b"One.\n\fTwo.\n\fThree.", "pages", 3),
    ("Upheld.\n\nOverturned.", "characters", 20),
    ("30\xb0\nof flexion".encode(), "characters", 14),  # characters, not bytes
])
def test_a_limit_can_be_reached_and_not_passed(source, limit, most, tmp_path):
    path = tmp_path / "letter"
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    for form in [source, path]:
        assert read_letter(form, "x", Limits(**{limit: most})).text
        with pytest.raises(LetterError) as caught:
            read_letter(form, "x", Limits(**{limit: most - 1}))
        unit = limit.replace("_", " ")
        assert str(caught.value) == f"x: {most:,} {unit}, over the limit of {most - 1:,} (Limits.{limit})"


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("it was read"))
    with pytest.raises(LetterError, match=r"large.pdf: 20,000,001 file bytes, over the limit of 20,000,000 \(Limits.file_bytes\)"):
        read_letter(path)


@pytest.fixture
def calls(monkeypatch):
    """How often PDFium opened and closed what."""
    counted = dict.fromkeys(["FPDF_LoadMemDocument64", "FPDF_CloseDocument", "FPDF_LoadPage", "FPDF_ClosePage", "FPDFText_LoadPage", "FPDFText_ClosePage"], 0)

    def count(name, function):
        def counting(*args):
            counted[name] += 1
            return function(*args)
        return counting
    for name in counted:
        monkeypatch.setattr(room.pdfium, name, count(name, getattr(room.pdfium, name)))
    return counted


@pytest.mark.parametrize("limits, opened", [(Limits(), 3), (Limits(pages=2), 0), (Limits(characters=1), 1), (Limits(characters=1000), 2)])
def test_no_page_is_opened_in_vain_and_all_are_closed(calls, limits, opened):
    try:
        read_letter(THREE_PAGES, limits=limits)
    except LetterError:
        assert opened < 3
    assert [*calls.values()] == [1, 1, opened, opened, opened, opened]


def test_a_page_that_fails_is_closed_too(calls, monkeypatch):
    monkeypatch.setattr(room.pdfium, "FPDFText_GetLooseCharBox", lambda *_: 0)
    with pytest.raises(LetterError, match="a page of the PDF cannot be read"):
        read_letter(THREE_PAGES)
    assert [*calls.values()] == [1, 1, 1, 1, 1, 1]


def raw_pdf(content: bytes = b"(Upheld) Tj", kids: bytes = b"3 0 R", count: int = 1, more: tuple = (), unicode: bytes = b"") -> bytes:
    """A PDF written by hand: objects 1 to 6, and `more` from 7 on; PDFium finds them without a table."""
    def stream(data):
        packed = zlib.compress(data)
        return b"<< /Filter /FlateDecode /Length %d >> stream\n%b\nendstream" % (len(packed), packed)
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, kids),
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R >>",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 6 0 R >>", stream(b"BT /F 12 Tf 14 TL 72 700 Td " + content + b" ET"),
               stream(b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange %b endcmap" % unicode), *more]
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % numbered for numbered in enumerate(objects, 1)) + b"trailer << /Root 1 0 R >>\n%%EOF"


def nested(depth: int) -> bytes:
    """A page tree of one branch."""
    branches = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % number for number in [*range(8, 7 + depth), 3]]
    return raw_pdf(kids=b"7 0 R", more=(*branches,))


def long_page(characters: int) -> bytes:
    """A page with lines of 98 characters, and PDFium's two between them, up to some number."""
    return raw_pdf((b"(" + b"word " * 19 + b"end) Tj T* ") * (characters // 100))


HOSTILE = {
    "an honest page": (raw_pdf(), "read"),
    "a million pages that are not there": (raw_pdf(count=1_000_000), "1,000,000 pages, over the limit"),
    "two thousand million pages that are not there": (raw_pdf(count=2_000_000_000), "read"),  # PDFium counts for itself
    "a million times the same page": (raw_pdf(kids=b"3 0 R " * 1_000_000, count=1_000_000), "1,000,000 pages, over the limit"),
    "no count": (raw_pdf(kids=b"3 0 R " * 1_000, count=-1), "1,000 pages, over the limit"),
    "fewer pages than counted": (raw_pdf(count=4), "cannot be read"),
    "a tree that holds itself": (raw_pdf(kids=b"2 0 R 2 0 R 3 0 R", count=3), "cannot be read"),
    "a deep tree": (nested(500), "read"),
    "a tree without end": (nested(50_000), "cannot be read"),
    "lists in lists": (raw_pdf(kids=b"[" * 100_000 + b"3 0 R" + b"]" * 100_000), "cannot be read"),
    "states in states": (raw_pdf(b"q " * 100_000 + b"(Upheld) Tj"), "read"),
    "three hundred million blanks": (raw_pdf(b" " * 300_000_000 + b"(Upheld) Tj"), "read"),
    "a million characters": (long_page(1_000_000), "read"),
    "over two million characters": (long_page(2_100_000), "characters, over the limit of 2,000,000"),
}
PEAK = """
import json, sys, resource
from pathlib import Path
from imr_research.letter import LetterError, read_letter
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)
outcomes, before = [], peak()
for path in sys.argv[1:]:
    try:
        outcomes.append(bool(read_letter(path).text) and "read")
    except LetterError as error:
        outcomes.append(str(error))
print(json.dumps([outcomes, peak() - before]))
"""


def test_hostile_pdfs_are_refused_in_little_memory(tmp_path):
    pytest.importorskip("resource")
    paths = []
    for number, (data, _) in enumerate(HOSTILE.values()):
        paths.append(tmp_path / f"{number}.pdf")
        paths[-1].write_bytes(data)
    done = subprocess.run([sys.executable, "-c", PEAK, *paths], capture_output=True, text=True, check=True)
    outcomes, megabytes = json.loads(done.stdout)
    for (name, (_, words)), outcome in zip(HOSTILE.items(), outcomes, strict=True):
        assert words in outcome and "\n" not in outcome, name
    assert megabytes < 500


@pytest.mark.parametrize("code, letter", [(b"D83DDE00", "\U0001f600"), (b"D800", ""), (b"DE00D83D", ""), (b"00660066", "ff"), (b"200B", ""), (b"FEFF", "")])
def test_what_a_font_can_make_of_a_sign(code, letter):
    """Characters that need two places, halves of such, two for one, none; always a text that can be written to a file."""
    pdf = raw_pdf(b"(xAy zAA end) Tj T* (of ten) Tj", unicode=b"1 beginbfchar <41> <%b> endbfchar" % code)
    text = read_letter(pdf).text
    assert text.encode().decode() == text and text.startswith(f"x{letter}y z{letter}") and text.endswith(" end of ten")


def test_letter_text_is_escaped_where_it_becomes_html():
    shown = read_letter("<script>alert(1)</script>\n\nNext.")._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown

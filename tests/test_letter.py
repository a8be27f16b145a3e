"""Room 00: lines to one text, whatever a letter comes as."""
import textwrap

import pytest
from conftest import OWN_LETTERS, ROOT
from hypothesis import given, settings, strategies as st
from typeset import typeset

from imr_research.letter import LetterError, _undo_double_spacing, decode_text, find_separator, find_shape, read_letter

TEXTS = [path for path in OWN_LETTERS if path.suffix == ".txt"]


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
    for path in (ROOT / "data/invented").glob("*.txt"):
        assert path.with_suffix(".pdf").read_bytes() == typeset(path.read_text()), f"run python tests/typeset.py {path}"


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


def test_letter_text_is_escaped_where_it_becomes_html():
    shown = read_letter("<script>alert(1)</script>\n\nNext.")._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown

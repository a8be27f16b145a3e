"""What several test files need: the project's own letters, and the further ones where they exist."""
import os
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("IMR_SHARED", ROOT.parent / "shared"))
OWN_LETTERS = sorted([*(ROOT / "data").glob("*/*.txt"), *(ROOT / "data").glob("*/*.pdf")])


@pytest.fixture(scope="session")
def further_letters():
    """The PDFs of `shared/letters`; skips where the folder is absent."""
    letters = sorted((SHARED / "letters").glob("*.pdf"))
    if not letters:
        pytest.skip("skip: no further letters (shared/letters) on this machine")
    print(f"ran on {len(letters)} further letters")
    return letters


def canvas_pdf(path, draw=None, **options) -> Path:
    """A PDF with one page on which `draw` has drawn."""
    canvas = Canvas(str(path), **options)
    if draw:
        draw(canvas)
    canvas.showPage()
    canvas.save()
    return path


@pytest.fixture
def bad_files(tmp_path):
    """Files that are no letters, with the words that their error must hold."""
    pdf = (ROOT / "data/invented/D2-two-issues.pdf").read_bytes()
    for name, data in {"empty.txt": b"", "blank.txt": b" \n\n", "empty.pdf": b"", "cut.pdf": pdf[:1500], "image.pdf": b"\x89PNG\r\n\x1a\n" + bytes(50),
                       "web.pdf": b"<html>Not found</html>", "bytes.txt": bytes(range(256)), "office.txt": b"PK\x03\x04" + bytes(9)}.items():
        (tmp_path / name).write_bytes(data)
    PdfDocument.new().save(tmp_path / "none.pdf")
    canvas_pdf(tmp_path / "scan.pdf", lambda canvas: canvas.rect(10, 10, 50, 50))
    canvas_pdf(tmp_path / "locked.pdf", lambda canvas: canvas.drawString(72, 700, "Case"), encrypt=StandardEncryption("secret"))
    expected = {"empty.txt": "empty", "blank.txt": "empty", "empty.pdf": "empty", "cut.pdf": "cut short", "image.pdf": "PNG image", "web.pdf": "holds no PDF",
                "none.pdf": "without pages", "bytes.txt": "neither PDF nor text", "office.txt": "zip archive", "scan.pdf": "no text layer", "locked.pdf": "password"}
    return tmp_path, expected

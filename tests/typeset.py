"""Set plain text as a PDF that looks like the letters: Times, 14 points a line, 28 a paragraph, no blank lines in its text."""
import io
import sys
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

LINE, GAP, TOP, LEFT = 13.8, 27.6, 709, 72


def typeset(text: str) -> bytes:
    """A PDF of the lines of `text` as they stand: a blank line is a paragraph gap, a form feed a new page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792), invariant=True)
    for page in text.split("\f"):
        y, blank = TOP, False
        canvas.setFont("Times-Roman", 12)
        for line in page.split("\n"):
            if not line.strip():
                blank = True
                continue
            if y < TOP:
                y -= GAP - LINE if blank else 0
            canvas.drawString(LEFT, y, " ".join(line.split()))
            y, blank = y - LINE, False
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


if __name__ == "__main__":  # python tests/typeset.py data/invented/*.txt: writes each one's PDF beside it
    for name in sys.argv[1:]:
        path = Path(name)
        path.with_suffix(".pdf").write_bytes(typeset(path.read_text(encoding="utf-8")))

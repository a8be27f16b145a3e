"""Letters a second from PDF and from text, beside bare text extraction of the same PDFs, as ratios within one run.

Usage: python benchmarks/speed.py [FOLDER] [RUNS]; FOLDER holds PDFs. By default these are the further letters of
CONTRIBUTING.md, where they exist, else the invented letter many times over: a small PDF without fonts of its own, whose
bare extraction is three times as fast as that of a real letter, so that everything else weighs more.
"""
import os
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pypdfium2
from results import ROOT, save

from imr_research.corpus import parse_corpus
from imr_research.letter import read_letter
from imr_research.tables import letter_rows, make_tables, parse_letter


def extract(letters: list[bytes]) -> None:
    """The yardstick: open each PDF and take the text of each page, nothing more."""
    for data in letters:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            textpage = page.get_textpage()
            textpage.get_text_range()
            textpage.close()
            page.close()
        document.close()


def read(letters: list[bytes]) -> None:
    """The first room alone: from the bytes to the letter's text."""
    for data in letters:
        read_letter(data)


def tabulate(letters: list[bytes]) -> None:
    """Everything: read, parse, make tables."""
    make_tables(letter_rows(parse_letter(data)) for data in letters)


def seconds(work, *args) -> float:
    """How much processor time one piece of work takes; what else the machine does hardly matters to it."""
    start = time.process_time()
    work(*args)
    return time.process_time() - start


def further_letters() -> Path | None:
    """The folder of further letters beside the project, where there is one."""
    folder = Path(os.environ.get("IMR_SHARED", ROOT.parent / "shared")) / "letters"
    return folder if folder.is_dir() else None


def main(folder: str | None = None, runs: str = "7") -> None:
    """Print medians over the runs; the four are timed in turn, so that a slow moment hits them all."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf")) if folder else [*(ROOT / "data/invented").glob("*.pdf")] * 100
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    pdfs = [path.read_bytes() for path in paths]
    texts = [read_letter(data).text.encode() for data in pdfs]
    times = [(seconds(extract, pdfs), seconds(read, pdfs), seconds(tabulate, pdfs), seconds(tabulate, texts)) for _ in range(int(runs))]
    names = ["PDF, bare text extraction", "PDF to letter", "PDF to tables", "text to tables"]
    figures = {f"{name}, letters a second": len(pdfs) / median(column) for name, column in zip(names, zip(*times))}
    figures["PDF to letter / bare extraction"] = median(letter / bare for bare, letter, *_ in times)
    figures["PDF to tables / bare extraction (1.3 or less)"] = median(full / bare for bare, _, full, _ in times)
    with TemporaryDirectory() as out:
        parse_corpus(paths, out, workers=0, progress=False)
        figures["bytes of tables a letter"] = sum(part.stat().st_size for part in Path(out).rglob("*.parquet")) / len(pdfs)
    save("speed", f"{len(pdfs)} PDFs from {Path(folder).name if folder else 'data/invented'}", figures)


if __name__ == "__main__":
    main(*sys.argv[1:])

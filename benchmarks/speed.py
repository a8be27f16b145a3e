"""Letters a second from PDF and from text, beside bare text extraction of the same PDFs, as ratios within one run.

Usage: python benchmarks/speed.py [FOLDER] [RUNS]; FOLDER holds PDFs. By default these are the further letters of
CONTRIBUTING.md, where they exist, else the invented letter many times over: a small PDF without fonts of its own, whose
bare extraction is three times as fast as that of a real letter, so that everything else weighs more.
"""
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pypdfium2

from imr_research.letter import read_letter
from imr_research.tables import letter_rows, make_tables, parse_letter

ROOT = Path(__file__).resolve().parent.parent


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


def tabulate(letters: list[bytes]) -> None:
    """Everything: read, parse, make tables."""
    make_tables(letter_rows(parse_letter(data)) for data in letters)


def seconds(work, *args) -> float:
    """How long one piece of work takes."""
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def further_letters() -> Path | None:
    """The folder of further letters beside the project, where there is one."""
    folder = Path(os.environ.get("IMR_SHARED", ROOT.parent / "shared")) / "letters"
    return folder if folder.is_dir() else None


def main(folder: str | None = None, runs: str = "7") -> None:
    """Print medians over the runs; the three are timed in turn, so that a slow moment hits them all."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf")) if folder else [*(ROOT / "data/invented").glob("*.pdf")] * 100
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    pdfs = [path.read_bytes() for path in paths]
    texts = [read_letter(data).text.encode() for data in pdfs]
    times = [(seconds(extract, pdfs), seconds(tabulate, pdfs), seconds(tabulate, texts)) for _ in range(int(runs))]
    print(f"{len(pdfs)} letters from {Path(folder).name if folder else 'data/invented'}, {runs} runs; Python {platform.python_version()}, pypdfium2 {version('pypdfium2')}, "
          f"pandas {version('pandas')}, {platform.machine()}")
    for name, column in zip(["PDF, bare text extraction", "PDF to tables", "text to tables"], zip(*times)):
        print(f"{name:<28}{len(pdfs) / median(column):>8,.0f} letters a second")
    print(f"{'PDF to tables / bare':<28}{median(full / bare for bare, full, _ in times):>8.2f} times (target: at most 1.5)")


if __name__ == "__main__":
    main(*sys.argv[1:])

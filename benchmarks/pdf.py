"""Text extraction by other PDF libraries on the same files, beside pypdfium2, as ratios within one run.

Usage: python benchmarks/pdf.py [FOLDER] [RUNS]; FOLDER as for speed.py. What the libraries do differs: pdfplumber and
pypdf give lines by their own rules, PyMuPDF is licensed under the AGPL. Results go to benchmarks/results/pdf.json.
"""
import io
import sys
import time
from pathlib import Path
from statistics import median

import pdfplumber
import pymupdf
import pypdf
from results import ROOT, save
from speed import extract, further_letters

from imr_research.letter import read_letter


def with_pdfplumber(data: bytes) -> str:
    """All words of a PDF."""
    with pdfplumber.open(io.BytesIO(data)) as document:
        return "".join(page.extract_text() for page in document.pages)


def with_pypdf(data: bytes) -> str:
    """All words of a PDF."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def with_pymupdf(data: bytes) -> str:
    """All words of a PDF."""
    with pymupdf.open(stream=data, filetype="pdf") as document:
        return "".join(page.get_text() for page in document)


WORKS = {
    "PyMuPDF": with_pymupdf,
    "pypdf": with_pypdf,
    "pdfplumber": with_pdfplumber,
    "imr_research, with paragraphs": lambda data: read_letter(data).text,
}


def seconds(work, letters: list[bytes]) -> float:
    """Processor seconds for all letters."""
    start = time.process_time()
    for data in letters:
        work(data)
    return time.process_time() - start


def main(folder: str | None = None, runs: str = "3") -> None:
    """Print and save medians over the runs; at most 40 letters, because some libraries take long."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf"))[:40] if folder else [*(ROOT / "data/invented").glob("*.pdf")] * 20
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    letters, times = [path.read_bytes() for path in paths], {name: [] for name in WORKS}
    for _ in range(int(runs)):
        bare = seconds(lambda data: extract([data]), letters)
        for name, work in WORKS.items():
            times[name].append(seconds(work, letters) / bare)
    figures = {f"{name}, times pypdfium2": median(column) for name, column in times.items()}
    save("pdf", f"{len(letters)} PDFs from {Path(folder).name if folder else 'data/invented'}", figures)


if __name__ == "__main__":
    main(*sys.argv[1:])

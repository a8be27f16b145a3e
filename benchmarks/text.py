"""Letters a second through the text stage: from a letter's text to everything found in it, citations and criteria included.

Usage: python benchmarks/text.py [FOLDER] [RUNS]; FOLDER holds PDFs, by default as for speed.py. Each run forgets the
clauses that were met before, as if these letters were new; "again" is what the same letters take when they are not.
"""
import sys
import time
from pathlib import Path
from statistics import median

from speed import ROOT, further_letters

from imr_research.criteria import load_criteria, read_rationale
from imr_research.letter import read_letter
from imr_research.tables import parse_letter


def seconds(work) -> float:
    """Processor seconds of one piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main(folder: str | None = None, runs: str = "7") -> None:
    """Print medians over the runs."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf")) if folder else [*(ROOT / "data/invented").glob("*.pdf")] * 100
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    letters = [read_letter(path) for path in paths]
    issues = [issue for letter in letters for issue in parse_letter(letter).issues if issue.rationale]

    def read_criteria():
        for issue in issues:
            read_rationale(issue.rationale.value, issue.rationale.start, request=issue.request.value)

    def parse():
        for letter in letters:
            parse_letter(letter)

    times = {"whole text stage": [], "the same again": [], "criteria alone": []}
    for _ in range(int(runs)):
        load_criteria().index.read.cache_clear()
        times["whole text stage"].append(seconds(parse))
        times["the same again"].append(seconds(parse))
        load_criteria().index.read.cache_clear()
        times["criteria alone"].append(seconds(read_criteria))
    print(f"{len(letters)} letters, {len(issues)} rationales, {runs} runs")
    for name, column in times.items():
        print(f"{name:<20}{len(letters) / median(column):>8,.0f} letters a second")


if __name__ == "__main__":
    main(*sys.argv[1:])

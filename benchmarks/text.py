"""Letters a second from a letter's text to all tables, on one core.

Usage: python benchmarks/text.py [FOLDER] [RUNS]; FOLDER holds PDFs, by default as for speed.py. "New letters" are the
second half of the letters, met for the first time by a catalogue that has read the first half and nothing else. What a
catalogue has learnt of words stays with it, so this is how a long run begins; the more it has read, the less is new to
it. "New clauses" are letters that were met before, when only their clauses are forgotten; "the same again" forgets nothing.
"""
import gc
import sys
import time
from pathlib import Path
from statistics import median

from results import ROOT
from speed import further_letters

from imr_research.criteria import load_criteria, read_rationale
from imr_research.letter import read_letter
from imr_research.tables import letter_rows, make_tables, parse_letter


def seconds(work, *args) -> float:
    """Processor seconds of one piece of work."""
    start = time.process_time()
    work(*args)
    return time.process_time() - start


def tabulate(texts: list[bytes]) -> None:
    """Everything: read, parse, make tables."""
    make_tables(letter_rows(parse_letter(text)) for text in texts)


def main(folder: str | None = None, runs: str = "7") -> None:
    """Print medians over the runs."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf")) if folder else [*(ROOT / "data/invented").glob("*.pdf")] * 100
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    texts = [read_letter(path).text.encode() for path in paths]
    half = len(texts) // 2
    issues = [issue for text in texts for issue in parse_letter(text).issues if issue.rationale]

    def read_criteria():
        for issue in issues:
            read_rationale(issue.rationale.value, issue.rationale.start, request=issue.request.value)

    def learn():
        gc.unfreeze()
        load_criteria.cache_clear()
        tabulate(texts[:half])
        gc.collect()
        gc.freeze()  # as a worker does: what was learnt is not looked through for garbage again and again

    times = {"new letters": [], "new clauses": [], "the same again": [], "criteria, new clauses": []}
    for _ in range(int(runs)):
        learn()
        times["new letters"].append(seconds(tabulate, texts[half:]) * len(texts) / (len(texts) - half))
        load_criteria().index.read.cache_clear()
        times["new clauses"].append(seconds(tabulate, texts))
        times["the same again"].append(seconds(tabulate, texts))
        load_criteria().index.read.cache_clear()
        times["criteria, new clauses"].append(seconds(read_criteria))
    print(f"{len(texts)} letters, {len(issues)} rationales, {runs} runs; text to all tables")
    for name, column in times.items():
        print(f"{name:<24}{len(texts) / median(column):>8,.0f} letters a second")


if __name__ == "__main__":
    main(*sys.argv[1:])

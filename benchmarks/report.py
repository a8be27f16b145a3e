"""Seconds until the report of many issues is usable in a browser, and what writing it costs.

Usage: python benchmarks/report.py [ISSUES]; by default 2,000 issues, made of our own letters with other ids. Usable
means that the list is sorted and searchable: the time is from opening the file to the answer to a first search. Each is
the median of five fresh browser windows. Needs Debian's chromium.
"""
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pandas as pd
from playwright.sync_api import sync_playwright

from results import ROOT, save

from imr_research.corpus import parse_corpus
from imr_research.report import write_report

CHROMIUM = Path("/usr/bin/chromium")
SILENT = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@contextmanager
def open_browser():
    """A browser without a window that calls nobody."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=SILENT)
        yield browser
        browser.close()


def repeat_letters(tables, n_issues: int) -> dict[str, pd.DataFrame]:
    """Tables of at least so many issues: the same letters again and again, with other ids and sources."""
    times = -(-n_issues // len(tables["issues"]))

    def rename(frame, number):
        return frame.assign(**{name: frame[name] + f"-{number}" for name in ["letter_id", "source"] if name in frame})

    return {table: pd.concat([rename(frame, number) for number in range(times)], ignore_index=True) for table, frame in tables.items()}


def measure(browser, page: Path) -> tuple[float, float]:
    """Seconds until a first search is answered, and until an issue is open after its link was chosen."""
    window = browser.new_page()
    start = time.perf_counter()
    window.goto(page.as_uri())
    window.locator("input[type=search]").fill("work hardening")
    window.get_by_text("(out of").wait_for()
    usable = time.perf_counter() - start
    start = time.perf_counter()
    window.locator("#list tbody a").first.click()
    window.locator("#opened h3").wait_for()
    opened = time.perf_counter() - start
    window.close()
    return usable, opened


def main(n_issues: str = "2000") -> None:
    """Print and save medians."""
    tables = repeat_letters(parse_corpus([ROOT / "data/letters", ROOT / "data/invented"], progress=False), int(n_issues))
    n = len(tables["issues"])
    with TemporaryDirectory() as folder, open_browser() as browser:
        start = time.perf_counter()
        page = write_report(tables, Path(folder, "report.html"))
        written = time.perf_counter() - start
        usable, opened = (median(some) for some in zip(*(measure(browser, page) for _ in range(5))))
        figures = {"issues": n, "seconds to write": written, "megabytes": page.stat().st_size / 1e6,
                   f"seconds until {n:,} issues are searched": usable, "seconds until an issue is open": opened}
    save("report", "our own letters, repeated with other ids", figures)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

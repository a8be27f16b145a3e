"""Citations beside eyecite on the same letters, and the time for twice as much hostile text. Ratios within one run.

Usage: python benchmarks/citations.py [FOLDER] [RUNS]; FOLDER holds letters (default: as for speed.py, else those of data/).
eyecite is a legal citation extractor: it looks for cases, statutes and journals, and does not know the MTUS.
"""
import platform
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from statistics import median

from eyecite import get_citations
from imr_research.citations import find_citations, find_cited, split_sections_cited
from imr_research.tables import SPEAKERS, parse_letter
from results import ROOT
from speed import further_letters, seconds

# texts that invite a search to go back again and again; each is repeated up to 1 MB
HOSTILE = ["MTUS ", "Guidelines ", "Decision based on MTUS ", "Decision based on MTUS Knee Complaints 2004, Section(s): ", "a, ", "(", "and Chronic Pain ", "Section(s): (a, ", "9792.24.",
           "Forearm, Wrist, and ", "1.1 A, ", "X ", " ", "ODG (", "Page(s): 1-", "did not cite any ", "(Aa ", "www.", "A and B ", "Decision based on "]


def ours(letters) -> list:
    """What this package finds in each issue's two guideline lines and its rationale; it may remember nothing of the run before."""
    split_sections_cited.cache_clear()
    return [citation for parsed in letters for issue in parsed.issues for speaker in SPEAKERS if (words := getattr(issue, speaker)) for citation in find_citations(words.value, words.start)]


def resolved(letters) -> list:
    """The same, with what each citation means."""
    return [cited for parsed in letters for issue in parsed.issues for speaker in SPEAKERS if (words := getattr(issue, speaker)) for cited in find_cited(words.value, words.start, speaker)]


def theirs(letters) -> list:
    """What eyecite finds in the same texts."""
    return [citation for parsed in letters for issue in parsed.issues for speaker in SPEAKERS if (words := getattr(issue, speaker)) for citation in get_citations(words.value)]


def beside_eyecite(letters, runs: int) -> None:
    """Letters a second of both, and what each finds."""
    times = [(seconds(ours, letters), seconds(theirs, letters), seconds(resolved, letters)) for _ in range(runs)]
    for name, column in zip(["imr_research", f"eyecite {version('eyecite')}", "and resolved"], zip(*times)):
        print(f"{name:<18}{len(letters) / median(column):>8,.0f} letters a second")
    print(f"{'ratio':<18}{median(other / own for own, other, _ in times):>8.1f} times as fast (target: at least 10)")
    found = Counter((cited.cited_by, cited.citation.kind, "resolved" if cited.guideline_id else "unresolved") for cited in resolved(letters))
    print("imr_research finds", *(f"  {count:>5} {' '.join(what)}" for what, count in sorted(found.items())), sep="\n")
    print("eyecite finds", *(f"  {count:>5} {kind}" for kind, count in Counter(type(citation).__name__ for citation in theirs(letters)).items()) or ["  nothing"], sep="\n")


def doubling() -> None:
    """Time for 1 MB by time for half of it: 2 is linear, 4 quadratic."""
    worst = {}
    for piece in HOSTILE:
        half, whole = (piece * (size // len(piece)) for size in [500_000, 1_000_000])
        find_citations(half[:10_000])
        worst[piece] = min(seconds(find_citations, whole) for _ in range(3)) / min(seconds(find_citations, half) for _ in range(3)), seconds(find_citations, whole)
    for piece, (ratio, whole) in sorted(worst.items(), key=lambda item: -item[1][0])[:5]:
        print(f"  {ratio:.2f} times, {whole:.2f} s for 1 MB of {piece!r}")
    print(f"  {max(ratio for ratio, _ in worst.values()):.2f} is the largest of {len(worst)} (linear: 2, quadratic: 4)")


def main(folder: str | None = None, runs: str = "9") -> None:
    """Print both comparisons."""
    folder = folder or further_letters()
    paths = sorted(Path(folder).rglob("*.pdf")) if folder else [*(ROOT / "data").glob("*/*.txt")] * 40
    if not paths:
        sys.exit(f"{folder}: no PDFs there")
    letters = [parse_letter(path) for path in paths]
    print(f"{len(letters)} letters from {Path(folder).name if folder else 'data'}, {runs} runs; Python {platform.python_version()}, {platform.machine()}")
    beside_eyecite(letters, int(runs))
    print("twice the text takes")
    doubling()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Room 07 at scale: workers, growth, memory, a second run, start-up. Ratios within one run; results go to benchmarks/results/.

Usage: python benchmarks/corpus.py [SIZES]; SIZES are numbers of letters, by default 1000,10000,100000. The letters are
the invented ones (data/invented, data/letters), each copy with its own case number and other dates, ages and numbers, as
plain text: reading PDFs is measured by speed.py. Every figure is of the whole process tree of `imr-research parse`.
"""
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from results import ROOT, save

PARSE = [sys.executable, "-c", "import sys; from imr_research.cli import app; sys.argv[0] = 'imr-research'; app()"]


def write_letters(folder: Path, count: int) -> None:
    """So many letters, a thousand a folder, no two alike."""
    texts = [path.read_text() for path in sorted((ROOT / "data").glob("*/*.txt"))]
    rng = random.Random(7)
    for number in range(count):
        text = re.sub(r"C[M]\d\d-\d{7}", f"CM{number % 20 + 10}-{number:07d}", texts[number % len(texts)])
        text = re.sub(r"(?<![\w-])\d{1,2}(?=/\d{1,2}/\d{2,4})", lambda _: str(rng.randint(1, 12)), text)
        text = re.sub(r"\b\d{2}(?=[ -]years?[ -]old)", lambda _: str(rng.randint(18, 90)), text)
        text = re.sub(r"\b\d(?=/10\b)", lambda _: str(rng.randint(1, 9)), text)
        place = folder / f"{number // 1000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:07d}.txt").write_text(text)


def tree_memory(process: psutil.Process) -> int:
    """Bytes of a process and all below it; memory that several share is counted once where the system can tell."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            info = one.memory_full_info()
            total += getattr(info, "pss", info.rss)
        except psutil.Error:
            pass
    return total


def watch(command: list[str]) -> tuple[float, int]:
    """Seconds and peak bytes of a command and all that it starts."""
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, tree_memory(watched))
        except psutil.Error:
            pass
        time.sleep(0.5)
    if process.returncode:
        sys.exit(f"{' '.join(command[-4:])} failed: {process.stdout.read()}")
    return time.perf_counter() - start, peak


def run(letters: Path, out: Path, workers: int) -> tuple[float, int]:
    """Seconds and peak bytes of one `imr-research parse`."""
    return watch([*PARSE, "parse", str(letters), "--out", str(out), "--workers", str(workers)])


def start_up(arguments: list[str], runs: int = 9) -> float:
    """Seconds of a whole process, median."""
    def once():
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
        return time.perf_counter() - start
    return sorted(once() for _ in range(runs))[runs // 2]


def measure(sizes: list[int]) -> dict[str, float]:
    """All figures."""
    figures = {}
    with TemporaryDirectory() as place:
        place = Path(place)
        for size in sizes:
            write_letters(place / f"letters-{size}", size)
        small, large = sizes[0], sizes[-1]
        middle = sizes[len(sizes) // 2]
        seconds, peaks = {}, {}
        for size in sizes:
            seconds[size], peaks[size] = run(place / f"letters-{size}", place / f"out-{size}", 2)
            print(f"{size:,} letters, two workers: {seconds[size]:.1f} s, {peaks[size] / 1e6:,.0f} MB")
        again, _ = run(place / f"letters-{large}", place / f"out-{large}", 2)
        one, _ = run(place / f"letters-{middle}", place / "out-one", 1)
        empty = start_up(["-c", "import dask, distributed, pandas, duckdb"], 3)
        figures["two workers against one (1.7 or more)"] = one / seconds[middle]
        figures[f"time a letter at {large:,} against {small:,} (1.1 or less)"] = seconds[large] / large / (seconds[small] / small)
        figures[f"time a letter at {large:,} against {middle:,}"] = seconds[large] / large / (seconds[middle] / middle)
        figures[f"peak memory at {large:,}, GB (1.5 or less)"] = peaks[large] / 1e9
        figures[f"peak memory at {large:,} against {middle:,} (1.1 or less)"] = peaks[large] / peaks[middle]
        figures["second run against the first (0.05 or less)"] = again / seconds[large]
        figures["letters a second, two workers"] = large / seconds[large]
        figures["bytes of tables a letter"] = sum(path.stat().st_size for path in (place / f"out-{large}").rglob("*.parquet")) / large
        figures["seconds to import dask and pandas alone"] = empty
    figures["imr-research --help, seconds (0.4 or less)"] = start_up(["-c", "import sys; from imr_research.cli import app; sys.argv[1:] = ['--help']; app()"])
    figures["import imr_research, seconds (0.4 or less)"] = start_up(["-c", "import imr_research"])
    return figures


def main(sizes: str = "1000,10000,100000") -> None:
    """Measure, print, save."""
    save("corpus", f"{sizes} invented letters as text", measure([int(size) for size in sizes.split(",")]))


if __name__ == "__main__":
    main(*sys.argv[1:])

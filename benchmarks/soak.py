"""Kill it, mutilate its letters, take its disk and its cluster away; count what happens. Exit code 1 on any failure.

Usage: python benchmarks/soak.py [FOLDER] [--only PART] [--size 0.1] [--mutant NUMBER]; FOLDER holds PDFs to be
mutilated, by default as for speed.py. Everything is written to a temporary folder. Letters, mutants and the plan of
kills are the same each time. A failing mutant is described by how it was made, never by its text.
"""
import argparse
import faulthandler
import importlib.util
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import psutil
import pypdfium2

from imr_research import corpus
from imr_research.letter import Limits, read_letter
from imr_research.tables import check_tables, make_tables, parse_letter

ROOT = Path(__file__).resolve().parent.parent
OTHER = ROOT / "data/invented/D2-two-issues.pdf"
CHILD = [sys.executable, __file__]  # how this program starts itself; tests plant their faults here
SEED = 6
SECONDS = 20  # that a mutant may take; after two and a half times as long the clock has failed: its process is ended
SMALL_CHUNKS = "corpus._CHUNK = 50"  # letters; so that more can happen between two of them


class Failure(Exception):
    """Something that must not happen."""


def expect(holds, words: str) -> None:
    """Fail with these words where something does not hold."""
    if not holds:
        raise Failure(words)


def start(child: str, *words) -> subprocess.Popen:
    """One of CHILDREN as a process, in a session of its own; it writes to files, which orphans cannot block."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    command = [*CHILD, "--child", child, *map(str, words)]
    process = subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True)
    process.out, process.err, process.begun = out, err, time.monotonic()
    return process


def said(file) -> str:
    """What a child has written until now."""
    return os.pread(file.fileno(), 10_000_000, 0).decode(errors="replace").strip()


def members(process, word: str = "") -> list[psutil.Process]:
    """The processes of a child's session that live, or those with a word in their command."""
    found = []
    for one in psutil.process_iter():
        try:
            ours = os.getsid(one.pid) == process.pid and one.status() != psutil.STATUS_ZOMBIE
            found += [one] * (ours and word in " ".join(one.cmdline()))
        except (psutil.Error, OSError):  # it has just gone
            pass
    return found


def end(process) -> None:
    """Take a child and its workers away."""
    if members(process):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait(process, seconds: float = 300) -> int:
    """A child's exit code; fails where it does not end."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        end(process)
        raise Failure(f"a run did not end within {seconds:g} s; it said {said(process.err)[-1500:]!r}") from None


# ---- letters, runs and tables ----


@cache
def own_texts() -> tuple[str, ...]:
    """The project's own letters, of all layouts."""
    return tuple(path.read_text() for path in sorted((ROOT / "data").glob("*/*.txt")))


def write_letters(folder: Path, count: int, rng: random.Random) -> Path:
    """Letters as files and in a zip: a few are copies, share a number, have none and a common name, or are broken."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "some.zip", "w") as archive:
        for number in range(count):
            kind = rng.choices(["own", "copy", "shared", "nameless", "broken"], [88, 4, 4, 2, 2])[0]
            cases = {"copy": "CM20-0000000", "shared": f"CM20-{rng.randrange(1, 9):07d}", "nameless": ""}
            text = own_texts()[0 if kind == "copy" else number % len(own_texts())]
            text = re.sub(r"CM\d\d-\d{7}", cases.get(kind, f"CM21-{number:07d}"), text)
            if kind != "copy":
                text = re.sub(r"\b\d{2}(?=[ -]years?[ -]old)", str(rng.randint(18, 90)), text)
            name, data = f"{number:05d}/letter.txt", b"\0\1\2" if kind == "broken" else text.encode()
            if number % 4 == 0:
                archive.writestr(zipfile.ZipInfo(name), data)
            else:
                (folder / name).parent.mkdir()
                (folder / name).write_bytes(data)
    return folder


def parse_child(patch: str, *arguments: str) -> None:
    """`imr-research parse` with a patch that changes chunks or takes the disk away."""
    from imr_research.cli import app
    exec(patch, {"corpus": corpus})
    sys.argv = ["imr-research", "parse", *arguments]
    app()


def parse(letters: Path, out: Path, *options, patch: str = SMALL_CHUNKS) -> subprocess.Popen:
    """A run, with two workers where the options do not say otherwise."""
    return start("parse", patch, letters, "--out", out, *(options or ("--workers", 2)))


def finish(process) -> None:
    """Wait for a run that has to succeed."""
    code, words = wait(process), said(process.err)
    expect(code == 0 and "Traceback" not in words, f"a run failed with {code}: {words[-2000:]}")


def refused(process, *words: str, code: int = 1) -> None:
    """Wait for a run that has to end with one line of error that holds one of the words."""
    found, line = wait(process), said(process.err)
    expect(found == code, f"exit code {found} instead of {code}: {line[-1500:]}")
    one = line.startswith("imr-research: ") and "\n" not in line and any(word in line for word in words)
    expect(one, f"not one line of error with one of {words}: {line[-1500:]!r}")


def wait_for_part(process, out: Path) -> None:
    """Wait until a run has kept its first chunk."""
    while not [*out.glob("manifest/*")]:
        expect(process.poll() is None, f"the run ended before its first part: {said(process.err)[-1500:]}")
        time.sleep(0.01)


def in_order(tables) -> dict[str, list[str]]:
    """The tables as one can compare them: rows in an order of their own, without what tells of the run."""
    frames = {table: frame.drop(columns=["part", "stamp"], errors="ignore") for table, frame in tables.items()}
    return {table: sorted(map(str, frame.to_dict("records"))) for table, frame in frames.items()}


def parse_here(source, out: Path | None = None) -> dict[str, list[str]]:
    """The tables of an undisturbed run in this process."""
    return in_order(corpus.parse_corpus(source, out, workers=0, progress=False))


def compare(out: Path, expected: dict[str, list[str]], count: int) -> None:
    """Fail unless a folder holds the expected tables, every file once, and nothing half done."""
    tables = dict(corpus.read_tables(out))
    found = in_order(tables)
    for table, rows in expected.items():
        if found[table] != rows:
            more, less = (Counter(found[table]) - Counter(rows)), (Counter(rows) - Counter(found[table]))
            raise Failure(f"{table}: {more.total()} rows too many, {less.total()} missing")
    every = tables["manifest"].source.is_unique and len(tables["manifest"]) == count
    expect(every, f"{len(tables['manifest'])} files in the manifest, not {count}")
    check_tables(tables)
    left = [path.name for path in (out / ".pending").iterdir()]
    expect(not left, f"left in .pending: {left}")


def wait_until_gone(killed: list, seconds: float = 15) -> None:
    """The workers of killed runs have to go by themselves."""
    until = time.monotonic() + seconds
    while any(members(process) for process in killed):
        expect(time.monotonic() < until, f"workers of a killed run live on after {seconds:g} s")
        time.sleep(0.1)
    killed.clear()


def kills(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """kill -9 of the driver at random moments; half of the next runs start while its workers may still live."""
    count, times = int(2000 * size), max(3, int(50 * size))
    letters, undisturbed, out = write_letters(place / "letters", count, rng), place / "undisturbed", place / "out"
    begun = time.monotonic()
    finish(parse(letters, undisturbed))
    duration = time.monotonic() - begun
    expected, killed, kept, finished = in_order(corpus.read_tables(undisturbed)), [], Counter(), 0
    compare(undisturbed, parse_here(letters), count)
    while kept.total() < times:
        run = parse(letters, out)
        try:
            run.wait(rng.uniform(0, duration))
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            killed.append(run)
            sources = corpus.read_manifest(out, ["source"])["source"].to_pylist()
            expect(len(sources) == len({*sources}), "files stand twice in the manifest after a kill")
            kept["all" if len(sources) == count else "some" if sources else "none"] += 1
            if rng.random() < 0.5:
                wait_until_gone(killed)
        else:  # done before the kill: all has to be there, and it begins from nothing
            finish(run)
            compare(out, expected, count)
            finished += 1
            out = place / f"out-{finished}"
    wait_until_gone(killed)
    finish(parse(letters, out))
    compare(out, expected, count)
    moments = ", ".join(f"{number} with {what} of the letters kept" for what, number in kept.items())
    return f"{times} kills of the driver over {count:,} letters ({moments}), {finished + 1} finishes, all tables equal"


def workers(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """kill -9 of one of two workers: one as it starts, and over and over while they work."""
    letters, words = write_letters(place / "letters", int(2000 * size), rng), []
    (letters / "some.zip").unlink()  # its letters cannot be touched
    count, expected = len([*letters.rglob("*.txt")]), parse_here(letters)
    for pause, most in [(0, 1), (1, 200), (5, 40)]:
        run = parse(letters, out := place / f"out-{pause}")
        killed = 0
        if pause:
            wait_for_part(run, out)
        while run.poll() is None and killed < most:
            if alive := members(run, "spawn_main"):
                rng.choice(alive).kill()
                killed += 1
            time.sleep(pause if alive else 0.01)
        if wait(run):  # no worker could be started again
            refused(run, "no worker is left", "the cluster went away", "workers died over this part")
            finish(parse(letters, out))
        failures = corpus.read_tables(out)["failures"]
        given_up = failures.source[failures.reason.str.contains("workers died over it")]
        for source in given_up:  # touched, they are parsed again by the next run
            Path(source).touch()
        finish(parse(letters, out))
        compare(out, expected, count)
        moment = f"every {pause} s" if pause else "as it starts"
        words.append(f"{killed} {moment}, {len(given_up)} letters given up{', refused' * bool(run.returncode)}")
    return f"kills of workers over {count:,} letters: {'; '.join(words)}; after the next run all equal"


# ---- mutants, and what becomes of them ----


def within(change):
    """An edit of a stretch somewhere within bytes, a text or a list of its pieces."""

    def edit(data, rng):
        begin = rng.randrange(len(data))
        stop = begin + rng.choice([1, 5, 100, len(data)])
        return data[:begin] + change(data[begin:stop], rng) + data[stop:]

    return edit


ANY = {
    "drop": within(lambda some, rng: some[:0]),
    "double": within(lambda some, rng: some * rng.choice([2, 3, 31])),
    "swap": within(lambda some, rng: some[len(some) // 2 :] + some[: len(some) // 2]),
    "cut": lambda data, rng: data[: rng.randrange(len(data))],
}
BYTES = ANY | {
    "flip": lambda data, rng: bytes(rng.randrange(256) if rng.random() < 0.001 else byte for byte in data),
    "noise": within(lambda some, rng: rng.randbytes(len(some))),
    "zero": within(lambda some, rng: bytes(len(some))),
    "insert": within(lambda some, rng: rng.randbytes(rng.choice([1, 2, 40, 500])) + some),
    "change digits": lambda data, rng: re.sub(rb"\d", lambda digit: rng.choice([digit[0]] * 30 + [b"0", b"9"]), data),
}


def edit_pages(data: bytes, rng) -> bytes:
    """A PDF with a page dropped, turned or cropped, or with more pages; it stays where it cannot be opened."""
    try:
        pdf, saved = pypdfium2.PdfDocument(data), io.BytesIO()
        edit, at = rng.choice(["drop", "turn", "crop", "add"]), rng.randrange(len(pdf))
        if edit == "drop" and len(pdf) > 1:
            pdf.del_page(at)
        elif edit == "turn":
            pdf[at].set_rotation(rng.choice([90, 180]))
        elif edit == "crop":
            pdf[at].set_cropbox(*rng.choices([-1e9, -99, 0, 1, 300, 1e9], k=4))
        else:  # opened once more: PDFium dies where a document takes pages from itself
            other = pypdfium2.PdfDocument(rng.choice([data, OTHER.read_bytes()]))
            pdf.import_pages(other, rng.choices(range(len(other)), k=rng.choice([1, len(other), 30])), at)
        pdf.save(saved, flags=pypdfium2.raw.FPDF_REMOVE_SECURITY)  # else its keys are drawn by lot
        return re.sub(rb"<[0-9A-F]{32}>\]", b"<" + b"0" * 32 + b">]", saved.getvalue())  # as is this id
    except pypdfium2.PdfiumError:
        return data


PAGES = {"edit pages": edit_pages}
ODD = [*"\0\x1b\xad\u200b\ufeff\u202e\u2028\U0001f600\ufffd\x85\u0130\xdf\u0661\xb2\u2460\ud800\udfff\u0301\u2013\t\f"]
ODD += [*"()[]{}\"'*#.,;:-/\\<>&%$", "<script>", "%s", "{0}", "1.", "a)", "IMR", "Decision:", "NOT medically necessary"]
NUMBERS = ["0", "9", "99999", str(2**64), "7" * 5000]  # Python itself refuses to read the last one
PIECES = ANY | {  # of lines, paragraphs or words
    "shuffle": within(lambda some, rng: rng.sample(some, len(some))),
    "thin out": lambda pieces, rng: [piece for piece in pieces if rng.random() > 0.1],
    "drop headings": lambda pieces, rng: [piece for piece in pieces if not piece.strip().endswith(":")],
    "mix in": within(lambda some, rng: some + rng.choice(own_texts()).split("\n")[rng.randrange(50) :]),
    "insert": within(lambda some, rng: [rng.choice(ODD) * rng.choice([1, 1, 3, 300]), *some]),
    "repeat": within(lambda some, rng: some * (rng.choice([20_000, 20_000, 1_900_000]) // len("".join(some) + " "))),
}
WHOLE = {
    "change case": within(lambda some, rng: rng.choice([str.upper, str.lower, str.title])(some)),
    "change breaks": lambda text, rng: text.replace(rng.choice("\n "), rng.choice([*"\r\f \xa0", "\r\n", "\n\n", ""])),
    "change numbers": lambda text, rng: re.sub(r"\d+", lambda number: rng.choice([number[0]] * 9 + NUMBERS), text),
    "read as cp1252": lambda text, rng: text.encode("utf-8", "replace").decode("cp1252", "replace"),
}
ENCODINGS = ["utf-16", "utf-16-be", "utf-32", "cp1252", "mac_roman", "utf-7", "utf-8 surrogatepass"]


def mutant(folder: str, number: int) -> tuple[str, bytes, str]:
    """A mutant's name, its bytes, and how it was made; the same whenever and wherever it is made."""
    rng, recipe = random.Random(f"{SEED} {number}"), []
    pdfs, texts = sorted(Path(folder).rglob("*.pdf")) or [OTHER], sorted((ROOT / "data").glob("*/*.txt"))
    base = rng.choice(rng.choice([pdfs, texts]))
    if base.suffix == ".pdf" and rng.random() < 0.65:
        data, edits = base.read_bytes(), rng.choice([PAGES, BYTES, PAGES | BYTES])
    else:
        text = base.read_text() if base.suffix == ".txt" else read_letter(base).text
        for _ in range(rng.choice([1, 1, 2, 4])):
            recipe.append(rng.choice([*PIECES, *PIECES, *WHOLE]))
            if text and recipe[-1] in WHOLE:
                text = WHOLE[recipe[-1]](text, rng)
            elif text:
                mark = rng.choice(["\n", "\n\n", " "])  # lines, paragraphs, words
                text = mark.join(PIECES[recipe[-1]](text.split(mark), rng))[:3_000_000]
        recipe.append(rng.choice(["utf-8"] * 20 + ENCODINGS))
        encoding, _, errors = recipe[-1].partition(" ")
        data, edits = text.encode(encoding, errors or "replace"), rng.choice([BYTES, {}, {}, {}, {}])
    for _ in range(rng.choice([1, 1, 2])):
        if data and edits:
            recipe.append(rng.choice([*edits]))
            data = edits[recipe[-1]](data, rng)
    ending = ".pdf" if b"%PDF-" in data[:1024] else ".txt"
    return f"{number:05d}{ending}", data, f"{base.name}: {', '.join(recipe)}"


def take(number: int, name: str, data: bytes) -> tuple[str, dict[str, list[dict]], list[str]]:
    """What room 07 does with one file: outcome, rows, faults. Mutants share case numbers: their number is their id."""
    faulthandler.dump_traceback_later(2.5 * SECONDS, exit=True)  # where the clock of room 07 fails
    one = corpus._parse(name, data, Limits(seconds=SECONDS))
    faulthandler.cancel_dump_traceback_later()
    if isinstance(one, dict):
        outcome = "too slow" if one["reason"].startswith("took longer") else "refused"  # both by design
        return outcome, {"failures": [one]}, [one["reason"][:300]] * ("mistake of this package" in one["reason"])
    rows = corpus.letter_rows(one, str(number), (), ["read_in_part"] if one.faults else [])
    silent = [] if rows["letters"] or rows["failures"] else ["no issues, and no failure says why"]
    return "read in part" if one.issues and one.faults else "read" if one.issues else "text only", rows, silent


def tabulate(taken: dict[int, dict]) -> dict[int, str]:
    """Make and check the tables of many; where that fails, which ones are to blame."""
    try:
        tables = check_tables(make_tables(taken.values()))
        named = {*tables["texts"].source, *tables["failures"].source[tables["failures"].letter_id.isna()]}
        expect(len(named) == len(taken), f"{len(taken) - len(named)} are neither in texts nor in failures")
        return {}
    except Exception as error:  # noqa: BLE001
        if len(taken) == 1:
            return dict.fromkeys(taken, f"{type(error).__name__}: {str(error)[:300]}")
        middle, some = len(taken) // 2, [*taken.items()]
        return tabulate(dict(some[:middle])) | tabulate(dict(some[middle:]))


def mutants_child(folder: str, first: str, count: str, *without: str) -> None:
    """A batch of mutants in a process that may die: the number of each is printed before it is touched."""
    outcomes, taken, faults, slow = Counter(), {}, {}, []
    for number in sorted({*range(int(first), int(first) + int(count))} - {*map(int, without)}):
        print(number, flush=True)
        name, data, recipe = mutant(folder, number)
        print(number, recipe, flush=True)
        outcome, taken[number], wrong = take(number, name, data)
        outcomes[outcome] += 1
        slow += [f"{number}, {recipe}"] * (outcome == "too slow")
        if wrong:
            faults[number] = f"{recipe}: {wrong[0]}"
    print("tables", flush=True)
    print(json.dumps({"outcomes": outcomes, "faults": tabulate(taken) | faults, "slow": slow}))


def run_batch(folder: str, first: int, count: int) -> dict:
    """The result of a batch; a mutant over which it dies is a fault, and the batch is done again without it."""
    died = {}
    while True:
        child = start("mutants", folder, first, count, *died)
        child.wait()
        last = said(child.out).split("\n")[-1]
        if child.returncode == 0:
            result = json.loads(last)
            return result | {"faults": result["faults"] | died, "died": len(died)}
        words = f"the process died ({child.returncode}): {' | '.join(said(child.err).splitlines()[:6])[:600]}"
        if not (place := re.match(r"(\d+) ?(.*)", last)):
            raise Failure(f"mutants {first} to {first + count - 1}: {words}")
        died[place[1]] = f"{place[2] or 'while it was made'}: {words}"


def kinds(outcomes: Counter) -> str:
    """Outcomes in words."""
    return ", ".join(f"{number:,} {outcome}" for outcome, number in outcomes.most_common() if number)


def mutants(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """Mutated letters by the way that room 07 takes."""
    count, batch = int(20_000 * size), 500
    with ThreadPoolExecutor(2) as pool:
        batches = pool.map(lambda first: run_batch(folder, first, min(batch, count - first)), range(0, count, batch))
    results = [*batches]
    outcomes = sum((Counter(one["outcomes"]) for one in results), Counter(died=sum(one["died"] for one in results)))
    faults = {number: words for one in results for number, words in one["faults"].items()}
    print(*[f"  mutant {number}, {words}\n" for number, words in faults.items()][:20], sep="", end="")
    print(*[f"  too slow: mutant {words}\n" for one in results for words in one["slow"]], sep="", end="")
    words = f"{outcomes.total():,} mutants: {kinds(outcomes)}"
    expect(not faults, f"{len(faults)} of {words}")
    expect(outcomes.total() == count, f"{count - outcomes.total()} mutants are missing; {words}")
    return words


def check(data: bytes) -> str:
    """The outcome of one letter alone; raises where it fails."""
    outcome, rows, faults = take(0, "0.txt", data)
    expect(not (wrong := faults or tabulate({0: rows})), f"{wrong}")
    return outcome


def grammar_child(count: str) -> None:
    """Letters put together from pieces of letters."""
    from hypothesis import HealthCheck, given, seed, settings, strategies
    lines = sorted({line for text in own_texts() for line in text.split("\n")})
    words = strategies.sampled_from(sorted({word for line in lines for word in line.split()}))
    ends = strategies.integers(0, 300), strategies.integers(0, 9000)  # a whole letter, or its beginning
    stretch = strategies.builds(lambda text, i, j: text[i:j], strategies.sampled_from(own_texts()), *ends)
    some = [strategies.sampled_from(lines), strategies.lists(words, max_size=25).map(" ".join), stretch]
    odd = [strategies.sampled_from(ODD), strategies.text(max_size=20), strategies.integers(-5, 10**25).map(str)]
    outcomes = Counter()

    @seed(SEED)
    @settings(max_examples=int(count), deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(strategies.lists(strategies.one_of(*some, *odd), max_size=60).map("\n".join))
    def survives(text):
        outcomes[check(text.encode("utf-8", "replace"))] += 1

    survives()
    print(json.dumps(outcomes))


def grammar(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """hypothesis, in a process of its own."""
    child = start("grammar", int(2000 * size))
    code = wait(child, 7200)
    expect(code == 0, f"hypothesis found a letter ({code}): {said(child.err)[-3000:]}")
    outcomes = Counter(json.loads(said(child.out).splitlines()[-1]))
    return f"{outcomes.total():,} letters of hypothesis: {kinds(outcomes)}"


def fuzz_child(place: str, seconds: str) -> None:
    """atheris, which looks for letters that reach lines of the package which no letter has reached."""
    import atheris
    os.chdir(place)  # where it writes what it finds
    for name in [name for name in sys.modules if name.startswith("imr_research")]:
        del sys.modules[name]
    with atheris.instrument_imports(include=["imr_research"]):  # once more, so that it sees which lines are reached
        globals().update(corpus=importlib.import_module("imr_research.corpus"))
    globals().update(Limits=corpus.Limits, make_tables=corpus.make_tables)
    options = [f"-max_total_time={seconds}", f"-seed={SEED}", "-max_len=20000", "-rss_limit_mb=4000", "corpus"]
    atheris.Setup([sys.argv[0], *options], check)
    atheris.Fuzz()


def fuzz(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """A coverage-guided run in a process of its own; it begins with the project's letters."""
    if importlib.util.find_spec("atheris") is None:
        return "skipped: no atheris"
    write_letters(place / "corpus", 40, rng)
    child = start("fuzz", place, int(600 * size))
    code, words = wait(child, 3600), said(child.err)
    expect(code == 0, f"atheris stopped ({code}): {words[-3000:]}")
    return "{} letters of atheris, coverage {}".format(*re.findall(r"#(\d+).*?cov: (\d+)", words)[-1])


# ---- limits of the machine ----

TABLES_FULL = """import resource; real = corpus.open_engine
corpus.open_engine = lambda *words: resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000)) or real(*words)"""


def full_disk(place: Path, letters: Path):
    """No file of two workers, or of this process, may grow beyond some size."""
    for number in [2, 0]:
        out = place / f"full-{number}"
        refused(parse(letters, out, "--workers", number, patch=TABLES_FULL), "cannot write tables here")
        yield out, "--workers", 2


def unwritable_part(place: Path, letters: Path):
    """A folder where a part has to go, or a file where a folder has to go; root may write everywhere else."""
    for name, folder in [("letters/part-000000.parquet", True), ("letters", False), (".pending", False)]:
        out = place / f"way-{name.replace('/', '-')}"
        obstacle = out / name
        obstacle.parent.mkdir(parents=True)
        obstacle.mkdir() if folder else obstacle.touch()
        refused(parse(letters, out), "cannot write tables here")
        obstacle.rmdir() if folder else obstacle.unlink()
        yield out, "--workers", 2


def cluster_child() -> None:
    """A cluster of two workers, until it is killed; it prints its address."""
    from distributed import LocalCluster
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        signal.pause()


def start_cluster() -> tuple[subprocess.Popen, str]:
    """The process of a cluster, and its address."""
    process = start("cluster")
    while not (address := said(process.out)):
        expect(process.poll() is None, f"the cluster did not start: {said(process.err)[-500:]}")
        time.sleep(0.1)
    return process, address


def gone_scheduler(place: Path, letters: Path):
    """A scheduler that was never there, and one that goes away in the middle of a run."""
    out = place / "gone"
    refused(parse(letters, out, "--scheduler", "tcp://127.0.0.1:9"), "no Dask scheduler answers")
    process, address = start_cluster()
    run = parse(letters, out, "--scheduler", address, patch="corpus._CHUNK = 10")
    wait_for_part(run, out)
    end(process)
    refused(run, "the cluster went away")
    process, address = start_cluster()
    try:
        yield out, "--scheduler", address
    finally:
        end(process)


def stopped(place: Path, letters: Path):
    """Ctrl-C in the middle of a run; as from a terminal, its workers get it too."""
    out = place / "stopped"
    run = parse(letters, out, patch="corpus._CHUNK = 10")
    wait_for_part(run, out)
    os.killpg(run.pid, signal.SIGINT)
    refused(run, "stopped; what was parsed is kept", code=130)
    yield out, "--workers", 2


def limits(place: Path, rng: random.Random, size: float, folder: str) -> str:
    """Each trouble is said in one line, and the next run goes on."""
    count, found = max(200, int(1000 * size)), Counter()
    letters = write_letters(place / "letters", count, rng)
    expected = parse_here(letters)
    for trouble in [full_disk, unwritable_part, gone_scheduler, stopped]:
        try:
            for out, *options in trouble(place, letters):
                finish(parse(letters, out, *options))
                compare(out, expected, count)
                found[trouble.__name__.replace("_", " ")] += 1
        except Failure as error:
            raise Failure(f"{trouble.__name__}: {error}; passed: {kinds(found)}") from None
    return f"{found.total()} troubles said in one line each, and the next run goes on: {kinds(found)}"


PARTS = {"kills": kills, "workers": workers, "mutants": mutants, "grammar": grammar, "fuzz": fuzz, "limits": limits}
CHILDREN = {"parse": parse_child, "mutants": mutants_child, "grammar": grammar_child, "fuzz": fuzz_child}
CHILDREN["cluster"] = cluster_child


def main() -> None:
    """Run the parts; exit code 1 where one fails."""
    if sys.argv[1:2] == ["--child"]:
        CHILDREN[sys.argv[2]](*sys.argv[3:])
        return
    further = Path(os.environ.get("IMR_SHARED", ROOT.parent / "shared")) / "letters"
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=further if further.is_dir() else ROOT / "data")
    parser.add_argument("--only", choices=PARTS, help="this part alone")
    parser.add_argument("--size", type=float, default=1, help="share of the letters, kills and mutants, e.g. 0.1")
    parser.add_argument("--mutant", type=int, help="show this one alone")
    chosen = parser.parse_args()
    folder, failed = str(chosen.folder.resolve()), False
    if chosen.mutant is not None:
        name, data, recipe = mutant(folder, chosen.mutant)
        print(recipe, take(chosen.mutant, name, data)[::2], parse_letter(read_letter(data, name)))  # or a traceback
        return
    for name in [chosen.only] if chosen.only else PARTS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as place:
            try:
                found = PARTS[name](Path(place), random.Random(f"{SEED} {name}"), chosen.size, folder)
            except Failure as error:
                found, failed = f"FAILED: {error}", True
        print(f"{name:<8} {found} [{time.monotonic() - begun:.0f} s]", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()

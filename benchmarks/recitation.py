"""Room 09 recitation: planted passages found again, edits named, and what growth costs. Results go to benchmarks/results/.

Usage: python benchmarks/recitation.py [SIZES [SEED]]; SIZES are numbers of letters, by default 1000,10000,100000. The
tables are made here, of invented words: each rationale holds some of 300 passages, the frequent ones often, each edited
in ways that are written down, between sentences that are its own. Places and edits are judged at 10,000 letters (or the
largest size below), time and memory at every size, with two workers, of the whole process tree.
"""
import random
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
from corpus import watch
from results import save

from imr_research import find_passages
from imr_research.tables import arrow_schema

SYLLABLES = "ba be bo da de di ka ke ko la le li ma me mo na no nu ra re ri sa se so ta te to va vi".split()
SPELLED = "zero one two three four five six seven eight nine".split()
SMALL = {"not", "should", "must"}
PART, JUDGED, APART = 500, 10_000, 6  # letters in a part; letters judged; words between two edits


class Author:
    """Writes invented rationales and remembers what it put in."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.words = sorted({"".join(self.rng.choices(SYLLABLES, k=self.rng.randint(2, 4))) for _ in range(6000)})
        self.rng.shuffle(self.words)
        self.weights = [1 / (i + 5) for i in range(len(self.words))]
        self.passages = [self.passage() for _ in range(300)]
        self.frequency = [1 / (i + 3) for i in range(len(self.passages))]

    def some(self, least: int, most: int) -> list[str]:
        """Words, the frequent ones often."""
        return self.rng.choices(self.words, self.weights, k=self.rng.randint(least, most))

    def passage(self) -> list[str]:
        """Words with numbers, a not and a should here and there."""
        words = self.some(12, 70)
        for i in range(2, len(words) - 2, 5):
            words[i] = self.rng.choice([words[i], words[i], str(self.rng.randint(2, 9)), str(self.rng.randint(13, 99)), "not", "should"])
        return words

    def sentence(self) -> str:
        """A sentence of its own."""
        return " ".join(self.some(6, 18)).capitalize() + ". "


@dataclass
class Edited:
    """A passage with edits at known words."""

    words: list[str]
    edits: dict[int, str] = field(default_factory=dict)  # word of the passage: kind

    def __post_init__(self):
        self.pieces = [[word, " "] for word in self.words]

    def edit(self, kind: str, author: Author) -> None:
        """Put in an edit of a kind, where there is room for it."""
        rng, inside = author.rng, range(3, len(self.words) - 4)
        wanted = {"number": str.isdigit, "number_form": lambda word: word.isdigit() and len(word) == 1, "negation": "not".__eq__,
                  "obligation": "should".__eq__}.get(kind, lambda word: word.isalpha() and word not in SMALL)
        length = rng.randint(1, 3) if kind in ("cut", "dots") else 2 if kind in ("hyphen", "spacing") else 1
        free = [i for i in inside if all(wanted(word) for word in self.words[i:i + length]) and i + length < len(self.words) - 2
                and all(abs(i - other) >= APART for other in self.edits)]
        if free:
            at = rng.choice(free)
            self.edits[at] = kind
            self.change(kind, at, length, author)

    def change(self, kind: str, at: int, length: int, author: Author) -> None:
        """Change the words."""
        old = self.words[at]
        if kind in ("cut", "dots"):
            for i in range(at, at + length):
                self.pieces[i] = ["", ""]
            if kind == "dots":
                self.pieces[at] = [author.rng.choice(["....", "...", "…"]), " "]
        elif kind in ("hyphen", "spacing"):
            self.pieces[at][1] = "-" if kind == "hyphen" else ""
        else:
            self.pieces[at][0] = {"number": lambda: str(int(old) + author.rng.randint(100, 200)), "number_form": lambda: SPELLED[int(old)],
                                  "negation": lambda: "", "obligation": lambda: "must", "added": lambda: f"{' '.join(author.some(1, 2))} {old}",
                                  "changed": lambda: next(word for word in iter(lambda: author.some(1, 1)[0], None) if word != old)}[kind]()

    @property
    def text(self) -> str:
        """As a letter has it."""
        return "".join(word + gap for word, gap in self.pieces if word).strip()


KINDS = "cut dots number number_form negation obligation added changed hyphen spacing".split()


def write_rationale(author: Author) -> tuple[str, list[tuple[int, int, int, dict[int, str]]]]:
    """A rationale, and what is planted in it: passage, start, end, edits."""
    text, planted = author.sentence(), []
    for number in dict.fromkeys(author.rng.choices(range(len(author.passages)), author.frequency, k=author.rng.randint(1, 3))):
        edited = Edited(author.passages[number])
        for _ in range(author.rng.choice([0, 0, 1, 1, 2])):
            edited.edit(author.rng.choice(KINDS), author)
        planted.append((number, len(text), len(text) + len(edited.text), edited.edits))
        text += edited.text + ". " + author.sentence() * author.rng.randint(1, 2)
    return text + author.sentence(), planted


def write_tables(folder: Path, letters: int, seed: int) -> dict[tuple[str, int], list]:
    """Tables of so many letters in parts, and what is planted in each rationale."""
    author, truth = Author(seed), {}
    for first in range(0, letters, PART):
        rows = []
        for number in range(first, min(letters, first + PART)):
            for issue in range(1, author.rng.randint(1, 4) + 1):
                text, truth[f"L{number}", issue] = write_rationale(author)
                rows.append({"letter_id": f"L{number}", "issue_no": issue, "rationale": text, "start": 0, "decision": "Upheld"})
        ids = list(dict.fromkeys(row["letter_id"] for row in rows))
        tables = {"issues": rows, "letters": [{"letter_id": one, "specialties": [f"Specialty {int(one[1:]) % 40}"]} for one in ids]}
        for table in ["issues", "letters", "citations", "criteria", "sentences"]:
            (folder / table).mkdir(parents=True, exist_ok=True)
            parquet.write_table(pa.Table.from_pylist(tables.get(table, []), arrow_schema(table)), folder / table / f"part-{first // PART:06d}.parquet")
    return truth


def overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    """What two places share, of what they cover together."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0])) / (max(one[1], other[1]) - min(one[0], other[0]))


def judge(found, truth: dict) -> dict[str, float]:
    """Recall and precision of places (four fifths of them in common, and the same passage), and edits named right."""
    places, pairs = defaultdict(list), []
    for place in found.places.to_dict("records"):
        places[place["letter_id"], place["issue_no"]].append(place)
    for key, planted in truth.items():
        for number, start, end, edits in planted:
            near = max(places[key], key=lambda place: overlap((start, end), (place["start"], place["end"])), default=None)
            if near and overlap((start, end), (near["start"], near["end"])) >= 0.8:
                pairs.append((number, near, edits))
    meant = defaultdict(Counter)
    for number, place, _ in pairs:
        meant[place["passage_id"]][number] += 1
    right = [pair for pair in pairs if meant[pair[1]["passage_id"]].most_common(1)[0][0] == pair[0]]
    n_planted = sum(map(len, truth.values()))
    named = name_edits(found.edits, right)
    return {"planted passages found as one passage": sum(len({p for p in meant if meant[p].most_common(1)[0][0] == n}) == 1 for n in range(300)),
            "passages found for 300 planted": len(found.passages), "places planted": n_planted,
            "recall of places (0.98 or more)": len(right) / n_planted, "precision of places (0.98 or more)": len(right) / len(found.places),
            "edits planted in places found": sum(named.values()), "edits named right (0.95 or more)": named[True] / sum(named.values())}


def name_edits(edits: pd.DataFrame, right: list) -> Counter:
    """How many planted edits have one of their kind beside them, within two words."""
    of_variant = defaultdict(list)
    for edit in edits.to_dict("records"):
        of_variant[edit["passage_id"], edit["variant"]].append(edit)
    named = Counter()
    for _, place, planted in right:
        near = of_variant[place["passage_id"], place["variant"]]
        named.update(any(edit["kind"] == kind and edit["first"] - 2 <= at <= edit["last"] + 2 for edit in near) for at, kind in planted.items())
    return named


FIND = "import sys; from imr_research import find_passages; print(len(find_passages(sys.argv[1], workers=2, progress=False).places))"


def main(sizes: str = "1000,10000,100000", seed: str = "5") -> None:
    """Judge, measure, print, save."""
    figures, numbers = {}, [int(size) for size in sizes.split(",")]
    for size in numbers:
        with TemporaryDirectory() as place:
            truth = write_tables(Path(place), size, int(seed))
            if size == max(number for number in numbers if number <= max(JUDGED, numbers[0])):
                figures |= judge(find_passages(place, progress=False), truth)
            seconds, peak = watch([sys.executable, "-c", FIND, place])
            figures |= {f"seconds at {size:,} letters": seconds, f"peak memory at {size:,} letters, GB": peak / 1e9}
            print(f"{size:,} letters: {seconds:.0f} s")
    most = numbers[-1]
    figures[f"seconds a letter at {most:,} against {numbers[len(numbers) // 2]:,}"] = (
        figures[f"seconds at {most:,} letters"] / most / (figures[f"seconds at {numbers[len(numbers) // 2]:,} letters"] / numbers[len(numbers) // 2]))
    save("recitation", f"{sizes} letters of invented words with planted passages, seed {seed}", figures)


if __name__ == "__main__":
    main(*sys.argv[1:])

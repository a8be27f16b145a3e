"""The criteria that the program finds in the further letters, beside their coding: writes data/gold/comparison.csv, prints the figures.

Usage: python benchmarks/agreement.py [FOLDER]; FOLDER holds letters/*.pdf and gold/dev.json (see CONTRIBUTING.md). The
comparison holds ids and codes and no word of a letter; study s04 reads it.
"""
import os
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from imr_research.agreement import compare_codes, measure_agreement
from imr_research.coding import Coding, read_gold
from imr_research.corpus import parse_corpus
from imr_research.criteria import load_criteria

ROOT = Path(__file__).resolve().parent.parent
SAVED = ROOT / "data/gold/comparison.csv"


def compare(tables: dict[str, pd.DataFrame], gold: Coding) -> pd.DataFrame:
    """Both sides' values; criteria that we added to the codebook's are left out, since no coder knew them."""
    codebook = {one.id for one in load_criteria().criteria.values() if one.source == "codebook"}
    return compare_codes({**tables, "criteria": tables["criteria"][tables["criteria"].criterion_id.isin(codebook)]}, gold)


def take_part(gold: Coding, set_aside: bool) -> Coding:
    """The third of the letters that was set aside, by a checksum of the case number, or the rest."""
    codes, issues = ([(zlib.crc32(letter.encode()) % 3 == 0) == set_aside for letter in frame.letter_id] for frame in [gold.codes, gold.issues])
    return Coding(gold.codes[codes], gold.issues[issues], gold.coder, gold.date, gold.codebook_version)


def main(folder: str | None = None) -> None:
    """Compare, write, print."""
    shared = Path(folder or os.environ.get("IMR_SHARED", ROOT.parent / "shared"))
    if not (shared / "gold/dev.json").exists():
        sys.exit(f"{shared}: no gold/dev.json there")
    tables, gold = parse_corpus(shared / "letters"), read_gold(shared / "gold/dev.json")
    compared = compare(tables, gold)
    compared.to_csv(SAVED, index=False, lineterminator="\n")
    print(f"imr_research {version('imr-research')}, {len(tables['letters'])} letters, {len(gold.issues)} issues, {len(gold.codes)} codes; {SAVED.relative_to(ROOT)} written")
    measured = {**tables, "criteria": compared[compared.got_recited.notna()].rename(columns=lambda name: name.removeprefix("got_"))}
    for name, part in [("worked on", take_part(gold, False)), ("set aside, and read since", take_part(gold, True))]:
        print(f"\n{name}\n{measure_agreement(measured, part).round(3).to_string(index=False)}")


if __name__ == "__main__":
    main(*sys.argv[1:])

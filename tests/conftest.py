"""What several test files need: the project's own letters, and the further ones where they exist."""
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("IMR_SHARED", ROOT.parent / "shared"))
OWN_LETTERS = sorted([*(ROOT / "data").glob("*/*.txt"), *(ROOT / "data").glob("*/*.pdf")])


@pytest.fixture(scope="session")
def further_letters():
    """The PDFs of `shared/letters`; skips where the folder is absent."""
    letters = sorted((SHARED / "letters").glob("*.pdf"))
    if not letters:
        pytest.skip("skip: no further letters (shared/letters) on this machine")
    print(f"ran on {len(letters)} further letters")
    return letters

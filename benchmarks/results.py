"""Figures with the machine and the versions that they come from, in benchmarks/results/."""
import json
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ["imr-research", "dask", "distributed", "pandas", "pyarrow", "pypdfium2", "duckdb"]


def save(name: str, letters: str, figures: dict[str, float]) -> None:
    """Print figures and write them to benchmarks/results/<name>.json."""
    for title, value in figures.items():
        print(f"{title:<64}{value:>12,.3f}")
    machine = {"date": str(date.today()), "python": platform.python_version(), "machine": platform.machine(), "processors": psutil.cpu_count(),
               "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB", "versions": {package: version(package) for package in PACKAGES}}
    found = {"letters": letters, "machine": machine, "figures": {title: round(value, 3) for title, value in figures.items()}}
    (ROOT / "benchmarks/results").mkdir(exist_ok=True)
    (ROOT / f"benchmarks/results/{name}.json").write_text(json.dumps(found, indent=1) + "\n")

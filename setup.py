"""Install from settings.ini, the one place where name, version and dependencies stand."""
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

settings = ConfigParser(delimiters=["="])
settings.read("settings.ini", encoding="utf-8")
cfg = settings["DEFAULT"]

setup(
    name=cfg["lib_name"],
    version=cfg["version"],
    description=cfg["description"],
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    author=cfg["author"],
    license="Apache-2.0",
    keywords=cfg["keywords"],
    package_data={"imr_research": ["*.csv", "report.*"]},
    packages=find_packages(include=["imr_research*"]),
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg["requirements"].split(),
    extras_require={"dev": (cfg["dev_requirements"] + " " + cfg["docs_requirements"]).split(), "bench": cfg["bench_requirements"].split()},
    entry_points={"console_scripts": cfg["console_scripts"].split()},
)

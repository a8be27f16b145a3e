# The commands of README.md. Each makes the virtual environment it needs; PYTHON chooses the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: study test lab notebooks docs facts agreement bench soak clean
.DEFAULT_GOAL := study

$(VENV)/ready: settings.ini setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"imr_research needs Python 3.11 or newer, and $(PYTHON) is {v.major}.{v.minor}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

study: $(VENV)/ready  ## parse the sample letters into _study/tables, and write a report and a figure of them
	$(BIN)/imr-research parse data/letters --out _study/tables
	$(BIN)/imr-research report _study/tables --out _study/report.html
	@$(BIN)/python -c "from imr_research import read_tables; from imr_research.plots import plot_matrix; plot_matrix(read_tables('_study/tables'), 'work_hardening').axes.figure.savefig('_study/two_letters.png', dpi=150)"
	@echo "the two letters, criterion by criterion: _study/two_letters.png (told in nbs/studies/s01_two_letters.ipynb)"

test: $(VENV)/ready  ## run every notebook and every test
	$(BIN)/nbdev_test
	$(BIN)/pytest -n auto --dist loadfile

lab: $(VENV)/ready  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab nbs

notebooks: $(VENV)/ready  ## format, export, run every notebook in place, clean, and write README.md
	$(BIN)/ruff format --quiet nbs/*.ipynb nbs/studies/*.ipynb
	$(BIN)/nbdev_export
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace --log-level WARN nbs/*.ipynb nbs/studies/*.ipynb
	$(BIN)/jupyter nbconvert --to notebook --inplace --coalesce-streams --log-level WARN nbs/*.ipynb nbs/studies/*.ipynb
	$(BIN)/nbdev_clean
	$(BIN)/python docs/readme.py

docs: $(VENV)/ready  ## this page, the rooms, the studies (run afresh) and the reference as a site in _docs/
	$(BIN)/python docs/build.py

facts: $(VENV)/ready  ## parse FOLDER=... and write its facts, without any text, to data/tables, which the studies read
	@test -n "$(FOLDER)" || { echo "name the folder of your letters: make facts FOLDER=my-letters"; exit 2; }
	$(BIN)/imr-research parse $(FOLDER) --out _study/facts-of
	$(BIN)/imr-research facts _study/facts-of --out data/tables

agreement: $(VENV)/ready  ## compare the criteria found in further letters with their coding, and write data/gold/comparison.csv
	$(BIN)/python benchmarks/agreement.py $(FOLDER)

bench: $(VENV)/ready  ## letters a second beside bare text extraction and eyecite; FOLDER=... measures other PDFs
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	$(BIN)/python benchmarks/speed.py $(FOLDER)
	$(BIN)/python benchmarks/citations.py $(FOLDER)
	$(BIN)/python benchmarks/text.py $(FOLDER)
	$(BIN)/python benchmarks/pdf.py $(FOLDER)
	$(BIN)/python benchmarks/corpus.py $(SIZES)
	$(BIN)/python benchmarks/recitation.py $(SIZES)
	$(BIN)/python benchmarks/report.py

soak: $(VENV)/ready  ## kills, mutated letters, full disks: some forty minutes
	$(BIN)/python benchmarks/soak.py $(FOLDER)

clean:
	rm -rf $(VENV) _study _docs _proc build *.egg-info

"""Write README.md from nbs/index.ipynb, with the outputs that are saved there. `python docs/readme.py` from anywhere."""
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def render_readme() -> str:
    """The Markdown of nbs/index.ipynb: prose as it stands, code in fences, outputs as Markdown or text."""
    parts = []
    for cell in json.loads((ROOT / "nbs/index.ipynb").read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(_move_links(source))
        elif not re.search(r"^#\|\s*hide", source, re.M):
            if not re.search(r"^#\|\s*echo:\s*false", source, re.M):
                parts.append(f"```python\n{source}\n```")
            parts += map(_render_output, cell["outputs"])
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _move_links(text: str) -> str:
    """Links as seen from the top of the project instead of from nbs/."""
    return re.sub(r"\]\((?=\d\d_|studies/)", "](nbs/", text).replace("](../", "](")


def _render_output(output: dict) -> str:
    """Markdown where an output has it, else its text, indented as a block."""
    data = output.get("data", {})
    if "text/markdown" in data:
        return "".join(data["text/markdown"])
    text = "".join(output.get("text") or data.get("text/plain", ""))
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().split("\n"))


if __name__ == "__main__":
    (ROOT / "README.md").write_text(render_readme(), encoding="utf-8")

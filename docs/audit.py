"""Look at the finished pages: links and anchors lead somewhere, nothing is fetched from elsewhere, every figure has a text."""
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from notebooks import REPOSITORY, ROOT, SETTINGS

_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
_SOURCE = re.compile(rf"{re.escape(REPOSITORY)}/(?:blob|tree)/{SETTINGS['branch']}/([^#]*)")


class Page(HTMLParser):
    """Anchors, links, fetched files and figures without a text of one page."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors, self.links, self.fetched, self.silent = {""}, [], [], []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Sort what a tag names."""
        given = {name: value or "" for name, value in attributes}
        self.anchors |= {given[name] for name in ["id", "name"] if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if _FETCHED.get(tag) in given and given.get("rel") != "canonical":
            self.fetched.append(given[_FETCHED[tag]])
        if tag == "img" and not given.get("alt", "").strip() or tag == "svg" and not given.get("aria-label") and given.get("aria-hidden") != "true":
            self.silent.append(given.get("src", tag))


def find_faults(out: Path) -> list[str]:
    """What is wrong with the pages below `out`, a line each."""
    pages = {path.relative_to(out).as_posix(): Page(path.read_text(encoding="utf-8")) for path in sorted(out.rglob("*.html")) if "_static" not in path.parts}
    faults = [f"{name}: {fault}" for name, page in pages.items() for fault in _find_page_faults(name, page, pages, out)]
    sheets = [path for path in out.rglob("*.css") if re.search(r"url\([\"']?(https?:)?//|@import\s+[\"']https?:", path.read_text(encoding="utf-8"))]
    return faults + [f"{path.relative_to(out)}: the style sheet fetches from elsewhere" for path in sheets]


def _find_page_faults(name: str, page: Page, pages: dict[str, Page], out: Path) -> list[str]:
    """What is wrong with one page."""
    faults = [f"the link {link} leads nowhere" for link in page.links if not _leads_somewhere(link, name, pages, out)]
    faults += [f"{file} is fetched from elsewhere" for file in page.fetched if urlsplit(file).netloc]
    faults += [f"{file} is not there" for file in page.fetched if not _leads_somewhere(file, name, pages, out)]
    return faults + [f"the figure {image[:80]} has no alternative text" for image in page.silent]


def _leads_somewhere(link: str, name: str, pages: dict[str, Page], out: Path) -> bool:
    """Whether a link from a page finds its page and anchor, or its file in this project; other sites are not asked."""
    if source := _SOURCE.match(link):
        return (ROOT / source[1]).exists()
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = urljoin(name, unquote(parts.path)) if parts.path else name
    return unquote(parts.fragment) in pages[target].anchors if target in pages else (out / target).is_file()

"""Room 06 fetch: letters from a server that misbehaves. No request leaves this machine."""
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from server import BadServer, make_letter

import imr_research.fetch as fetch
from imr_research import __version__, parse_corpus
from imr_research.fetch import (
    MANIFEST, FetchError, Patience, Wanted, check_fetched, fetch_letters, read_addresses, read_manifest, summarize_fetched)

QUICK = Patience(tries=4, first_pause=0.004, longest_pause=3, silence=0.3, whole=0.5)


@pytest.fixture(autouse=True)
def nobody_else_is_asked(monkeypatch):
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with BadServer() as server:
        yield server


def get(server, out, *paths, per_second=250, **options):
    """The rows of some paths of the server."""
    options = {"patience": QUICK, "progress": False, **options}
    return fetch_letters([server.address + path for path in paths], out, per_second=per_second, **options)


def files(out) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(out).glob("*.pdf")}


def check_pace(log: list, per_second: int):
    """In no window of a second more requests than allowed, and none too soon after the one before."""
    times = [at for at, _ in log]
    assert times == sorted(times)
    assert min(later - earlier for earlier, later in zip(times, times[1:])) >= 1 / per_second
    assert all(later - earlier > 1 for earlier, later in zip(times, times[per_second:]))


# what the server does, and what is left of it: file saved or reason, status, requests for it
@pytest.mark.parametrize("path, reason, status, requests", [
    ("/good/a.pdf", None, 200, 1),
    ("/busy/2/a.pdf", None, 200, 3),
    ("/error/3/a.pdf", None, 200, 4),
    ("/error/9/a.pdf", "the server answered 500 (tried 4 times)", 500, 4),
    ("/later/a.pdf", "the server answered 429, and asks us to wait for 9999 s", 429, 1),
    ("/cut/1/a.pdf", None, 200, 2),
    ("/cut/9/a.pdf", "the connection failed or was cut (IncompleteRead) (tried 4 times)", None, 4),
    ("/drop/2/a.pdf", None, 200, 3),
    ("/tail/1/a.pdf", None, 200, 2),
    ("/tail/9/a.pdf", "the letter arrived cut short (tried 4 times)", 200, 4),
    ("/stall/1/a.pdf", None, 200, 2),
    ("/stall/9/a.pdf", "the server was silent for 0.3 s (tried 4 times)", None, 4),
    ("/drip/a.pdf", "the answer took longer than 0.5 s (tried 4 times)", None, 4),
    ("/heads/a.pdf", "the answer took longer than 0.5 s (tried 4 times)", None, 4),
    ("/endless/a.pdf", "longer than 1,000,000 bytes", 200, 1),
    ("/html/a.pdf", "this is no PDF (text/html; charset=utf-8, 85 bytes)", 200, 1),
    ("/gzip/a.pdf", None, 200, 1),
    ("/chunked/a.pdf", None, 200, 1),
    ("/gone/a.pdf", "the server answered 404", 404, 1),
    ("/away/a.pdf", "redirected off the host, to 127.0.0.2, which is not followed", None, 1),
    ("/loop/a.pdf", "more than 5 redirects", 302, 6),
    ("/junk/a.pdf", "the connection failed or was cut (BadStatusLine) (tried 4 times)", None, 4),
])
def test_what_servers_do(server, tmp_path, path, reason, status, requests):
    begun = time.monotonic()
    row, = get(server, tmp_path, path, max_bytes=1_000_000)
    assert time.monotonic() - begun < 5, "no answer takes longer than it may, however it drips"
    assert (row.reason, row.status) == (reason, status)
    assert server.paths == ["/robots.txt"] + [path] * requests
    assert files(tmp_path) == ({} if reason else {"a.pdf": make_letter(path)})
    assert read_manifest(tmp_path) == [row] and row.outcome == ("failed" if reason else "saved")
    if not reason:
        assert (row.sha256, row.size) == (sha256(make_letter(path)).hexdigest(), len(make_letter(path)))
    assert not (tmp_path / ".fetch.part").exists()


def test_a_redirect_on_the_host_is_followed_and_the_address_of_the_list_is_kept(server, tmp_path):
    row, = get(server, tmp_path, "/near/a.pdf")
    assert row.address == server.address + "/near/a.pdf" and server.paths[1:] == ["/near/a.pdf", "/good/a.pdf"]


def test_the_body_of_a_redirect_is_not_read(server, tmp_path):
    assert get(server, tmp_path, "/flood/a.pdf")[0].outcome == "saved" and server.paths[1:] == ["/flood/a.pdf", "/good/a.pdf"]


def test_other_hosts_only_where_they_are_allowed_and_by_their_own_rules(server, tmp_path):
    with BadServer(robots=b"User-agent: *\nDisallow: /private\n") as other:
        server.away = other.address + "/"
        assert "off the host" in get(server, tmp_path, "/away/a.pdf")[0].reason and other.log == []
        assert get(server, tmp_path, "/away/a.pdf", other_hosts=True)[0].file == "a.pdf"
        assert other.paths == ["/robots.txt", "/good/away.pdf"]
        server.away = other.address + "/private/"
        assert "robots.txt of 127.0.0.1 does not allow" in get(server, tmp_path, "/away/b.pdf", other_hosts=True)[0].reason
        assert len(other.log) == 3


@pytest.mark.parametrize("here, location, leads", [
    ("http://h/a", "https://h/b", "https://h/b"), ("https://h/a", "http://h/b", None), ("http://h:8080/a", "http://h/b", None), ("http://h/a", "http://h:8080/b", None),
    ("https://h/a", "https://www.h/b", None), ("https://h/a/b", "../c d#x", "https://h/c%20d"), ("https://h/a", "file:///etc/passwd", None), ("https://h/a", "https://u:p@h/b", None),
    ("https://h/a", "https://[", None), ("https://H/a", "//h/b", "https://h/b")])
def test_where_redirects_lead(here, location, leads):
    if leads:
        assert fetch._find_next(fetch._clean_address(here), location, other_hosts=False) == leads
    else:
        with pytest.raises(fetch._Refused, match="redirected"):
            fetch._find_next(here, location, other_hosts=False)


def test_robots_are_asked_first_and_heeded(tmp_path):
    with BadServer(robots=b"User-agent: *\nDisallow: /\n\nUser-agent: imr-research\nDisallow: /good/*/private$\nCrawl-delay: 0.1\n") as server:
        rows = get(server, tmp_path, "/good/1/private", "/good/2/private/a.pdf", "/good/b.pdf", "/near/3/private")
        assert [row.reason for row in rows] == ["robots.txt of 127.0.0.1 does not allow this address", None, None, "robots.txt of 127.0.0.1 does not allow this address"]
        assert server.paths == ["/robots.txt", "/good/2/private/a.pdf", "/good/b.pdf", "/near/3/private"], "the target of a redirect is looked up, too"
        times = [at for at, _ in server.log]
        assert min(later - earlier for earlier, later in zip(times, times[1:])) >= 0.1, "Crawl-delay"
    assert server.agents == {f"imr-research/{__version__} (research package for IMR letters)"}


@pytest.mark.parametrize("robots, requests, words", [
    (404, 1, None), (410, 1, None), (b"", 1, None), (b"\xff\x00<html>", 1, None), (b"\xef\xbb\xbfUser-agent: *\nDisallow: /good\n", 1, "does not allow"),
    (403, 1, "cannot be read: the server answered 403"), (401, 1, "answered 401"), (429, 4, "answered 429"), (500, 4, "answered 500"), (503, 4, "answered 503"),
    (b"User-agent: *\nCrawl-delay: 86400\n", 1, "more than our patience"), (b"User-agent: *\nDisallow: /good\n" + b"# \n" * 400_000, 1, "does not allow")])
def test_robots_that_are_missing_or_cannot_be_read(tmp_path, robots, requests, words):
    with BadServer(robots=robots) as server:
        rows = get(server, tmp_path, "/good/a.pdf", "/good/b.pdf")
        assert Counter(server.paths)["/robots.txt"] == requests
        assert {row.outcome for row in rows} == {"failed" if words else "saved"}
        assert not words or all(words in row.reason for row in rows) and not files(tmp_path) and {*server.paths} == {"/robots.txt"}


def test_a_host_that_is_not_there(tmp_path):
    with BadServer() as server:
        pass
    rows = get(server, tmp_path, "/good/a.pdf", "/good/b.pdf")
    assert all("robots.txt of 127.0.0.1 cannot be read: the connection failed or was cut (ConnectionRefusedError)" in row.reason for row in rows)


def test_a_host_that_fails_again_and_again_is_left_in_peace(server, tmp_path):
    rows = get(server, tmp_path, *(f"/error/99/{number}.pdf" for number in range(13)), "/good/a.pdf", patience=Patience(tries=1))
    assert len(server.log) == 1 + 10 and all("not asked for" in row.reason for row in rows[10:])
    rows = get(server, tmp_path, *(f"/gone/{number}.pdf" for number in range(13)), "/good/a.pdf")
    assert rows[-1].outcome == "saved", "what is not there is no fault of the host"


def test_nothing_is_faster_than_allowed(server, tmp_path):
    begun = time.monotonic()
    paths = [f"/{kind}/{number}.pdf" for number in range(8) for kind in ["good", "near", "busy/2", "error/1", "drop/1", "gone", "html", "cut/1"]]
    get(server, tmp_path, *paths, per_second=60)
    assert len(server.log) == 1 + 8 * (1 + 2 + 3 + 2 + 2 + 1 + 1 + 2), "robots.txt, redirects and further tries among them"
    check_pace(server.log, 60)
    assert server.log[0][0] - begun >= 1 / 60, "the first one waits, too"


def test_the_server_says_when(server, tmp_path):
    assert get(server, tmp_path, "/date/1/a.pdf")[0].outcome == "saved"
    asked = [at for at, path in server.log if path != "/robots.txt"]
    assert 0.4 < asked[1] - asked[0] < 2.5, "Retry-After was a date 1.5 s ahead, in whole seconds"


def test_retry_after():
    soon = datetime.now(UTC) + timedelta(seconds=60)
    assert 58 < fetch._read_pause(format_datetime(soon, usegmt=True)) <= 60
    for header, seconds in {None: 0, "": 0, "120": 120, " 3 ": 3, "-5": 0, "soon": 0, "1e9": 0, "²": 0, "9" * 5000: float("inf"), "Wed, 21 Oct 2015 07:28:00": 0,
                            "Wed, 21 Oct 2015 07:28:00 GMT": 0, "Mon, 99 Foo 99999999999 00:00:00 GMT": 0}.items():
        assert fetch._read_pause(header) == seconds, header


def test_back_off_grows_and_is_left_to_chance():
    pauses = [[fetch._back_off(Patience(first_pause=2, longest_pause=10), tried) for _ in range(200)] for tried in (1, 2, 3, 4)]
    for some, longest in zip(pauses, (2, 4, 8, 10)):
        assert longest / 2 <= min(some) < max(some) <= longest and len({*some}) > 100


def test_resume_asks_only_for_what_is_missing(server, tmp_path):
    paths = ["/good/a.pdf", "/good/b.pdf", "/good/c.pdf", "/error/4/d.pdf", "/good/e.pdf"]
    first = get(server, tmp_path, *paths)
    assert [row.outcome for row in first] == ["saved", "saved", "saved", "failed", "saved"]
    (tmp_path / "b.pdf").unlink()
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 changed")
    server.log.clear()
    second = get(server, tmp_path, *paths)
    assert server.paths == ["/robots.txt", "/good/b.pdf", "/good/c.pdf", "/error/4/d.pdf"]
    assert second[0] == first[0] and second[4] == first[4] and all(row.outcome == "saved" for row in second)
    assert files(tmp_path) == {path[-5:]: make_letter(path) for path in paths}
    server.log.clear()
    assert get(server, tmp_path, *paths) == second and server.log == [], "nothing to do: nobody is asked, not even for robots.txt"
    assert sorted(read_manifest(tmp_path), key=lambda row: row.address) == sorted(second, key=lambda row: row.address)


def test_two_letters_never_share_a_name(server, tmp_path):
    paths = ["/good/show?no=1", "/good/show?no=2", "/good/SHOW", "/good/x/show.pdf", "/good/show.PDF"]
    rows = get(server, tmp_path, *paths)
    assert rows[0].file == "show.pdf" and len({row.file.casefold() for row in rows}) == 5
    assert all((tmp_path / row.file).read_bytes() == make_letter(path) for row, path in zip(rows, paths))
    assert get(server, tmp_path, *reversed(paths)) == rows[::-1], "names stay, whatever the order"


def test_a_file_that_is_not_ours_is_not_overwritten(server, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"mine")
    (tmp_path / "b.pdf").mkdir()
    (tmp_path / "c.pdf").symlink_to(tmp_path / "nowhere")
    rows = get(server, tmp_path, "/good/a.pdf", "/good/b.pdf", "/good/c.pdf")
    assert all(row.file[1] == "~" for row in rows) and (tmp_path / "a.pdf").read_bytes() == b"mine" and not (tmp_path / "nowhere").exists()


@given(st.text(max_size=200), st.one_of(st.none(), st.text(min_size=1, max_size=200)))
def test_file_names_are_safe(text, case_number):
    from urllib.parse import quote
    name = fetch._name_letter(Wanted(f"https://example.org/{quote(text, errors='replace')}", case_number)) + ".pdf"
    assert name == Path(name).name and not set(name) & set('<>:"/\\|?*\0\n') and name[0] not in ". " and name != ".pdf"
    assert len(name.encode()) <= 125 and name.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"} and name.isprintable()


def test_lists(tmp_path):
    address = "https://example.org/a.pdf"
    (tmp_path / "list.txt").write_bytes(b"\xef\xbb\xbf# letters\r\n\r\n  CM16-0000001 \r\nhttps://example.org/a.pdf\r\nHTTPS://EXAMPLE.org/a.pdf#page=3\r\ncm16-0000001\r\n")
    pattern = "https://example.org/{case_number}.pdf"
    wanted = [Wanted("https://example.org/CM16-0000001.pdf", "CM16-0000001"), Wanted(address)]
    assert read_addresses(tmp_path / "list.txt", pattern) == read_addresses(str(tmp_path / "list.txt"), pattern) == wanted
    (tmp_path / "list.csv").write_text(f"case_number,outcome,link\nCM16-0000001,Upheld,\n,,\n\nCM16-0000002,\"Up,\nheld\",{address}\n,x,https://example.org/ä b.pdf\n")
    table = [wanted[0], Wanted(address, "CM16-0000002"), Wanted("https://example.org/%C3%A4%20b.pdf")]
    assert read_addresses(tmp_path / "list.csv", pattern) == table
    assert read_addresses(pd.read_csv(tmp_path / "list.csv").dropna(how="all"), pattern) == table
    assert read_addresses(pd.Series([address]), None) == read_addresses(iter([address, address])) == [Wanted(address)]


@pytest.mark.parametrize("text, words", [
    ("https://example.org/a.pdf\n\nCM16-0000001\n", "line 3: CM16-0000001 has no address; give a pattern such as https://"), ("example.org/a.pdf", "line 1: 'example.org/a.pdf' is no http"),
    ("ftp://example.org/a.pdf", "no http"), ("file:///etc/passwd", "no http"), ("https://", "no address that can be asked for"), ("https://a b/c", "no address"),
    ("http://example.org:99999/a", "no address"), ("https://u:geheim@example.org/a", "user name or password"), ("# nothing\n\n", "an empty list"), ("", "an empty list"),
    ("case_number\nCM16-0000001", "line 1: 'case_number' is no"), ("https://\udcff.org/", "cannot be read")])
def test_a_bad_list_is_refused_before_anything_is_asked_for(server, tmp_path, text, words):
    path = tmp_path / "list.txt"
    first = b"" if "empty" in words else f"{server.address}/good/a.pdf\n".encode()
    path.write_bytes(first + text.encode("utf-8", "surrogateescape"))
    words = words.replace("line 1", "line 2").replace("line 3", "line 4")
    with pytest.raises(FetchError) as caught:
        fetch_letters(path, tmp_path / "out")
    message = str(caught.value)
    assert words in message and "\n" not in message and "geheim" not in message and (str(path) in message or "empty" in words)
    assert server.log == [] and not (tmp_path / "out").exists()


def test_other_bad_lists(tmp_path):
    (tmp_path / "rows.csv").write_text("link,case_number\nhttps://example.org/a.pdf,\n,,x\n")
    (tmp_path / "columns.csv").write_text("address,case\n")
    (tmp_path / "empty.csv").touch()
    for addresses, options, words in [
            (tmp_path / "rows.csv", {}, "rows.csv, line 3: neither link nor case number"), (tmp_path / "columns.csv", {}, "columns.csv: no column link or case_number"),
            (tmp_path / "empty.csv", {}, "no column link"), (tmp_path / "none.txt", {}, "No such file"), (tmp_path, {}, "Is a directory"), ("https://example.org/a.pdf", {}, "an address, where"),
            ([None], {}, "entry 1: 'None' is no http"), (pd.DataFrame({"a": [1]}), {}, "row: no column link"), (["CM16-0000001"], {"pattern": "https://example.org/"}, "no place for the number"),
            (["CM16-0000001"], {"pattern": "{case_number}"}, "'CM16-0000001' is no http"), (["https://example.org/"], {"per_second": 0}, "cannot be kept"),
            (["https://example.org/"], {"per_second": float("nan")}, "cannot be kept")]:
        with pytest.raises(FetchError, match=words.replace("(", r"\(")):
            fetch_letters(addresses, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_to(server, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for out in [tmp_path / "file", tmp_path / "file" / "below"]:
        with pytest.raises(FetchError, match="a file is in the way"):
            get(server, out, "/good/a.pdf")
    get(server, tmp_path / "out", "/good/a.pdf")
    def full(*_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(fetch.os, "fsync", full)
    with pytest.raises(FetchError, match="No space left.*what was saved stays"):
        get(server, tmp_path / "out", "/good/b.pdf")
    monkeypatch.undo()
    assert {*files(tmp_path / "out")} == {"a.pdf"} and get(server, tmp_path / "out", "/good/b.pdf")[0].outcome == "saved"


@pytest.mark.parametrize("step", ["write", "replace", "line"])
def test_stopped_at_any_step_nothing_is_lost_or_doubled(server, tmp_path, monkeypatch, step):
    def stop(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(*{"write": (fetch, "_flush"), "replace": (fetch.os, "replace"), "line": (fetch, "_add_row")}[step], stop)
    with pytest.raises(KeyboardInterrupt):
        get(server, tmp_path, "/good/a.pdf", "/good/b.pdf")
    monkeypatch.undo()
    assert not (tmp_path / ".fetch.part").exists()
    rows = get(server, tmp_path, "/good/a.pdf", "/good/b.pdf")
    assert files(tmp_path) == {name: make_letter(f"/good/{name}") for name in ["a.pdf", "b.pdf"]} and [row.file for row in rows] == ["a.pdf", "b.pdf"]
    assert check_fetched(tmp_path) == ({tmp_path / row.file: row.address for row in rows}, [])


def test_a_torn_line_is_passed_over_and_cut_off(server, tmp_path):
    row, = get(server, tmp_path, "/good/a.pdf")
    whole = (tmp_path / MANIFEST).read_bytes()
    for torn in [b'{"address": "htt', b"\0" * 300, b"{}", whole[:-1]]:
        (tmp_path / MANIFEST).write_bytes(whole + torn)
        assert read_manifest(tmp_path) == [row]
        assert get(server, tmp_path, "/good/a.pdf") == [row] and (tmp_path / MANIFEST).read_bytes() == whole


@pytest.mark.parametrize("line", ["nothing", "[]", "{}", '{"address": 1, "outcome": "failed", "reason": "x"}', '{"address": "https://h/", "outcome": "saved"}', "\x00",
                                  '{"address": "https://h/", "outcome": "saved", "file": "../a.pdf", "sha256": "0", "size": 1}'])
def test_a_damaged_manifest_is_an_error(tmp_path, line):
    (tmp_path / MANIFEST).write_text(f"\n{line}\n")
    with pytest.raises(FetchError, match=rf"{MANIFEST}, line 2: no line of a manifest"):
        read_manifest(tmp_path)
    with pytest.raises(FetchError, match="line 2"):
        fetch_letters(["https://example.org/a.pdf"], tmp_path)


WORKER = """
import sys
from imr_research.fetch import Patience, fetch_letters
fetch_letters(sys.argv[1], sys.argv[2], per_second=float(sys.argv[3]), patience=Patience(first_pause=0.02, silence=2))
"""


def start(list_file, out, per_second):
    return subprocess.Popen([sys.executable, "-c", WORKER, str(list_file), str(out), str(per_second)], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def wait_for(server, requests, process=None):
    until = time.monotonic() + 20
    while len(server.log) < requests and (process is None or process.poll() is None):
        assert time.monotonic() < until, "the fetch does not get on"
        time.sleep(0.001)


def test_one_process_a_folder_and_a_kill_does_not_block(server, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{server.address}/good/{number}.pdf\n" for number in range(50)))
    worker = start(tmp_path / "list.txt", tmp_path / "out", 20)
    try:
        wait_for(server, 3, worker)
        with pytest.raises(FetchError, match="another fetch is at work here"):
            get(server, tmp_path / "out", "/good/1.pdf")
    finally:
        worker.kill()
        worker.communicate()
    assert get(server, tmp_path / "out", "/good/1.pdf")[0].outcome == "saved"


def test_ctrl_c_leaves_everything_in_order(server, tmp_path):
    (tmp_path / "list.txt").write_text("".join(f"{server.address}/good/{number}.pdf\n" for number in range(50)))
    worker = start(tmp_path / "list.txt", tmp_path / "out", 50)
    wait_for(server, 6, worker)
    worker.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in worker.communicate(timeout=20)[1] and not (tmp_path / "out/.fetch.part").exists()
    sources, faults = check_fetched(tmp_path / "out")
    assert {*sources} == {*(tmp_path / "out").glob("*.pdf")} and not faults and 3 < len(sources) < 50


def test_a_thousand_letters_killed_ten_times(tmp_path):
    chance, per_second = random.Random(2013), 200
    kinds = ["busy/1", "error/2", "cut/1", "drop/1", "tail/1", "near", "gzip", "chunked"]
    paths = [f"/{kinds[number // 25 % 8] if number % 25 == 0 else 'good'}/CM16-{number:07}.pdf" for number in range(1000)]
    with BadServer(robots=b"User-agent: *\nAllow: /\n") as server:
        (tmp_path / "list.txt").write_text("".join(f"{server.address}{path}\n" for path in paths))
        killed = 0
        for requests in sorted(chance.sample(range(20, 1000), 10)):
            worker = start(tmp_path / "list.txt", tmp_path / "out", per_second)
            wait_for(server, max(requests, len(server.log) + 3), worker)
            time.sleep(chance.uniform(0, 0.008))
            worker.kill()
            worker.communicate()
            killed += worker.returncode == -signal.SIGKILL
        assert killed == 10
        last = start(tmp_path / "list.txt", tmp_path / "out", per_second)
        assert last.communicate(timeout=60)[1] == "" and last.returncode == 0
        check_pace(server.log, per_second)
    rows = read_manifest(tmp_path / "out")
    assert {row.address for row in rows} == {server.address + path for path in paths} and all(row.outcome == "saved" for row in rows)
    letters = {f"CM16-{number:07}.pdf": make_letter(path.replace("near", "good")) for number, path in enumerate(paths)}
    assert files(tmp_path / "out") == letters, "all there, each once, and whole"
    assert check_fetched(tmp_path / "out") == ({tmp_path / "out" / row.file: row.address for row in rows}, [])
    assert {path.name for path in (tmp_path / "out").iterdir()} - {*letters} <= {MANIFEST, ".fetch.lock"}
    good = Counter(path for path in server.paths if path.startswith("/good/"))
    assert sum(good.values()) - len(good) <= 10, "asked for twice only where a kill came between"


def test_what_the_parsing_rooms_get(server, tmp_path):
    server.letters = {"/good/a.pdf": (ROOT / "data/invented/D2-two-issues.pdf").read_bytes()}
    paths = ["/good/a.pdf", "/good/b.pdf", "/good/c.pdf", "/html/d.pdf"]
    get(server, tmp_path, *paths)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 changed")
    (tmp_path / "c.pdf").unlink()
    sources, faults = check_fetched(tmp_path)
    assert sources == {tmp_path / "a.pdf": f"{server.address}/good/a.pdf"}
    assert [source for source, _ in faults] == [str(tmp_path / "b.pdf"), f"{server.address}/good/c.pdf", f"{server.address}/html/d.pdf"]
    assert [words in reason for (_, reason), words in zip(faults, ["not the file that was fetched", "no longer there", "could not be fetched: this is no PDF"])] == [True] * 3
    assert [*parse_corpus(tmp_path, progress=False)["letters"].case_number] == ["CM00-0000001"]


def test_the_summary_counts_last(server, tmp_path):
    rows = get(server, tmp_path, "/good/a.pdf", *(f"/gone/{number}.pdf" for number in range(12)))
    lines = summarize_fetched(rows).splitlines()
    assert len(lines) == 12 and lines[0] == f"  {server.address}/gone/0.pdf: the server answered 404"
    assert lines[-2:] == [f"  ... and 2 more in {MANIFEST}", "13 letters asked for: 1 saved, 12 failed"]


def test_passwords_stay_here(server, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password geheim\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen = []
    monkeypatch.setattr(server.RequestHandlerClass, "do_good", lambda self: (seen.append(self.headers["Authorization"]), self.answer(200, self.letter)))
    get(server, tmp_path / "out", "/good/a.pdf")
    assert seen == [None]


def test_the_manifest_is_plain_json(server, tmp_path):
    get(server, tmp_path, "/good/a.pdf")
    row = json.loads((tmp_path / MANIFEST).read_text())
    assert {*row} == {"address", "case_number", "file", "sha256", "size", "outcome", "reason", "status", "when"}
    assert abs(datetime.fromisoformat(row["when"]) - datetime.now(UTC)) < timedelta(seconds=60)

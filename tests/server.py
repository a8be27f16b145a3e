"""A small server on 127.0.0.1 that misbehaves, path by path, and remembers when it was asked for what."""
import gzip
import hashlib
import re
import threading
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HTML = b"<!doctype html><title>Sorry</title><p>The letter you asked for is being prepared.</p>"


def make_letter(path: str) -> bytes:
    """A small PDF that no other path has."""
    return b"%PDF-1.4\n% " + hashlib.sha256(path.encode()).hexdigest().encode() * 20 + b"\ntrailer <<>>\n%%EOF\n"


class BadServer(ThreadingHTTPServer):
    """`with BadServer(robots=...) as server`: paths begin with what goes wrong, and where it passes, with how many times.

    /good/x  /busy/2/x (429, Retry-After: 0)  /date/1/x (503, Retry-After as a date)  /later/x (429, Retry-After: 9999)  /error/2/x (500)
    /cut/1/x (shorter than Content-Length)  /drop/1/x (closed without a word)  /tail/1/x (cut, and no length was given)  /stall/1/x (silent)
    /drip/x (a byte now and then)  /heads/x (the same, among the headers)  /endless/x  /html/x  /gzip/x  /chunked/x  /gone/x (404)
    /flood/x (to /good/x, with a body without end)  /away/x (to another host)  /near/x (to /good/x)  /loop/x  /junk/x (nothing that is HTTP)
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, robots: bytes | int = 404, letters: dict | None = None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.robots, self.letters, self.away = robots, letters or {}, "http://127.0.0.2:9/"
        self.log, self.agents, self.count, self.guard = [], set(), Counter(), threading.Lock()
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.log]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """Clients that hang up are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        with self.server.guard:
            self.server.log.append((time.monotonic(), self.path))
            self.server.agents.add(self.headers["User-Agent"])
            self.server.count[self.path] += 1
            asked = self.server.count[self.path]
        if self.path == "/robots.txt":
            robots = self.server.robots
            return self.answer(robots, b"") if isinstance(robots, int) else self.answer(200, robots, "text/plain")
        kind, times = re.match(r"/([a-z]+)(?:/(\d+)(?=/))?", self.path).groups()
        if times is not None and asked > int(times):
            kind = "good"
        getattr(self, f"do_{kind}")()

    def answer(self, status, body, kind="application/pdf", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in {"Content_Length": len(body), **headers}.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()

    @property
    def letter(self):
        return self.server.letters.get(self.path) or make_letter(self.path)

    def do_good(self):
        self.answer(200, self.letter)

    def do_busy(self):
        self.answer(429, HTML, "text/html", Retry_After=0)

    def do_date(self):
        self.answer(503, HTML, "text/html", Retry_After=formatdate(time.time() + 1.5, usegmt=True))

    def do_later(self):
        self.answer(429, HTML, "text/html", Retry_After=9999)

    def do_error(self):
        self.answer(500, HTML, "text/html")

    def do_cut(self):
        self.answer(200, self.letter[:700], Content_Length=len(self.letter))
        self.hang_up()

    def do_drop(self):
        self.close_connection = True

    def do_tail(self):
        self.answer(200, self.letter[:700], Content_Length=None, Connection="close")
        self.hang_up()

    def do_stall(self):
        self.server.closing.wait(5)
        self.hang_up()

    def do_drip(self):
        self.answer(200, b"%PDF-", Content_Length=5000)
        self.trickle(b"%")

    def do_heads(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.trickle(b"x")

    def trickle(self, byte):
        for _ in range(400):
            self.wfile.write(byte)
            if self.server.closing.wait(0.02):
                break
        self.hang_up()

    def do_endless(self):
        self.answer(200, b"%PDF-1.4\n", Content_Length=None, Connection="close")
        while not self.server.closing.is_set():
            self.wfile.write(b"%" * 65536)

    def do_html(self):
        self.answer(200, HTML, "text/html; charset=utf-8")

    def do_gzip(self):
        self.answer(200, gzip.compress(self.letter), Content_Encoding="gzip")

    def do_chunked(self):
        self.answer(200, b"", Content_Length=None, Transfer_Encoding="chunked")
        for part in [self.letter[:9], self.letter[9:], b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def do_gone(self):
        self.answer(404, HTML, "text/html")

    def do_away(self):
        self.answer(302, b"", Location=self.server.away + "good/away.pdf")

    def do_near(self):
        self.answer(301, b"", Location=f"/good{self.path[5:]}")

    def do_flood(self):
        self.answer(302, b"", Content_Length=None, Connection="close", Location=f"/good{self.path[6:]}")
        while not self.server.closing.is_set():
            self.wfile.write(b"%" * 65536)

    def do_loop(self):
        self.answer(302, b"", Location=self.path)

    def do_junk(self):
        self.wfile.write(b"\x00\xff nothing that is HTTP\r\n\r\n")
        self.hang_up()

"""Room 06 sources: letters in folders, lists, archives and at addresses, and everything that can be wrong with these."""
import bz2
import gzip
import io
import lzma
import math
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import threading
import tracemalloc
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path

import fsspec
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import imr_research.sources as sources
from imr_research.letter import LetterError, Limits
from imr_research.sources import find_sources, read_source, read_sources

INVENTED = (ROOT / "data/invented/D2-two-issues.txt").read_bytes()
KINDS = {".tar": "w:", ".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "letters"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    return Path("letters")


def names(source, **options) -> list[str]:
    return [found.name for found in find_sources(source, **options)]


def read_all(source, limits=Limits(), noted=None) -> dict[str, bytes | str]:
    """Bytes, or the reason why there are none, by name."""
    return {found.name: result if isinstance(result, bytes) else result.reason
            for found, result in read_sources(find_sources(source, limits, noted), limits)}


def write_tar(path, members, mode="w:", **options):
    """A tar of (TarInfo or name, bytes)."""
    with tarfile.open(path, mode, **options) as archive:
        for member, data in members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size = len(data) if info.isreg() else info.size
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return path


def write_zip(path, members, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


# folders, as room 07 has always read them

def test_a_folder_is_walked_in_the_order_of_its_paths(folder):
    for name in ["b.txt", "2017/a.pdf", "2017/sub/z.txt", "2017.txt", "A.PDF", ".hidden.txt", "._a.txt", "notes.md"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(INVENTED)
    wanted = ["letters/2017/a.pdf", "letters/2017/sub/z.txt", "letters/2017.txt", "letters/A.PDF", "letters/b.txt"]
    assert names(folder) == names(str(folder)) == names("letters/") == names([folder]) == wanted
    assert wanted == [str(path) for path in sorted(map(Path, wanted))]
    assert names("letters/notes.md") == ["letters/notes.md"], "a file that is named is taken whatever its name"
    os.chdir("letters")
    assert names(".") == [name.removeprefix("letters/") for name in wanted]


def test_linked_folders_are_followed_once_and_dangling_links_fail(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.txt").write_bytes(INVENTED)
    (folder / "x").mkdir()
    (folder / "x/b.txt").write_bytes(INVENTED)
    for link, target in {"linked": tmp_path / "elsewhere", "linked again": tmp_path / "elsewhere", "loop": folder.resolve(), "x/up": tmp_path,
                         "a link to x": folder.resolve() / "x", "circle": tmp_path / "letters/circle", "gone.pdf": tmp_path / "nowhere.pdf"}.items():
        (folder / link).symlink_to(target)
    assert read_all(folder) == {"letters/gone.pdf": "no such file", "letters/linked/a.txt": INVENTED, "letters/x/b.txt": INVENTED}


def test_a_folder_that_may_not_be_read_is_noted(folder, monkeypatch):
    (folder / "locked").mkdir()
    (folder / "locked/b.txt").write_bytes(INVENTED)
    (folder / "a.txt").write_bytes(INVENTED)
    scandir, noted = os.scandir, {}
    def refuse(path):
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)
    monkeypatch.setattr(sources.os, "scandir", refuse)
    assert names(folder, noted=noted) == ["letters/a.txt"]
    assert noted == {"letters/locked": "this folder cannot be read (Permission denied); its letters are missing"}
    noted = {}
    assert names("letters/locked", noted=noted) == [] and len(noted) == 1, "a note is an answer, not the error of an empty folder"


def test_names_that_are_no_unicode_or_hold_signs_for_terminals(folder):
    for name in [b"x\xff.txt", b"two\nlines.txt", b"\x1b[31mred.txt", "ümläut.txt".encode()]:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(INVENTED)
    found = [*find_sources(folder)]
    assert [Path(one.name).name for one in found] == ["\\x1b[31mred.txt", "two\\x0alines.txt", "x\\udcff.txt", "ümläut.txt"] or \
           [Path(one.name).name for one in found] == ["\\x1b[31mred.txt", "two\\x0alines.txt", "ümläut.txt", "x\\udcff.txt"]
    assert [read_source(one) for one in pickle.loads(pickle.dumps(found))] == [INVENTED] * 4


def test_what_is_not_there(folder, tmp_path):
    write_zip(tmp_path / "nothing.zip", [("notes.md", b"")])
    for source, words in [(folder, "no letters there"), ("letters/nowhere", "no such file or folder"), (["a", "b"], "a, b: no such file"),
                          ([], "an empty list"), ("", "one of the names is empty"), (["letters", ""], "one of the names is empty"),
                          (iter(["letters", ""]), "one of the names is empty"), ("nothing.zip", "no letters there"), (iter(["x", "y"]), "a list: no such file"),
                          ([str(number) for number in range(1000)], "0, 1, 10, ...: no such file")]:
        with pytest.raises(LetterError, match=words):
            [*find_sources(source)]
    (folder / "a.txt").write_bytes(INVENTED)
    assert read_all(["letters/nowhere.txt", "letters"]) == {"letters/a.txt": INVENTED, "letters/nowhere.txt": "no such file"}


def test_a_list_in_memory_is_sorted_and_each_letter_found_once(folder):
    for name in ["a.txt", "b.txt", "2016/c.txt"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(INVENTED)
    paths = ["letters/b.txt", "letters/a.txt", "letters/a.txt", folder / "a.txt"]
    assert names(paths) == names(paths[::-1]) == names({*paths}) == ["letters/a.txt", "letters/b.txt"]
    assert names(["./letters/a.txt", "letters//a.txt"]) == ["letters/a.txt"]
    assert names([folder, "letters/a.txt", "letters/2016", "letters/2016/c.txt"]) == names(folder)
    assert names(["./letters/a.txt", "letters"]) == names(folder), "one spelling more is the same path"


def test_millions_of_names_are_not_held(folder):
    (folder / "a.txt").write_bytes(INVENTED)
    asked = []
    def endless():
        while True:
            asked.append(1)
            yield "letters/a.txt"
    assert [one.name for one in islice(find_sources(endless()), 1000)] == ["letters/a.txt"] * 1000 and len(asked) <= 1001


# list files

def test_a_list_file(folder, tmp_path):
    for name in ["b.txt", "a.txt", "@c.txt"]:
        (folder / name).write_bytes(INVENTED)
    (tmp_path / "list").write_bytes("\ufeff# these\n\n letters/b.txt \r\nletters/gone.txt\nletters/a.txt\nmemory://none/d.pdf\n".encode())
    assert read_all("@list") == {"letters/b.txt": INVENTED, "letters/gone.txt": "no such file", "letters/a.txt": INVENTED, "memory://none/d.pdf": "no such file"}
    assert names(["@list", "letters/@c.txt"])[-1] == "letters/@c.txt"
    os.chdir("letters")
    assert names(Path("@c.txt")) == ["@c.txt"] and names("./@c.txt") == ["@c.txt"], "a path is no list"


@pytest.mark.parametrize("data, words", [(None, "list: no such file"), (b"", "no letters there"), (b"# nothing\n", "no letters there"), (b"gone.txt\nlost.txt\n", "no such file"),
                                         (b"%PDF-1.4\n\xff\0\n", "the files named in list: no such file"), (b"x" * 20_000, "no such file")])
def test_lists_that_are_none(folder, tmp_path, data, words):
    if data is not None:
        (tmp_path / "list").write_bytes(data)
    with pytest.raises(LetterError, match=words):
        [*find_sources("@list")]


# stamps

def test_a_stamp_changes_with_the_file(folder, tmp_path):
    def stamp(source="letters/a.txt"):
        [found] = find_sources(source)
        return found.stamp
    (folder / "a.txt").write_bytes(INVENTED)
    first = stamp()
    assert first == stamp()
    os.utime(folder / "a.txt", ns=(5, 5))
    assert stamp() != first
    for kind, write in {"x.zip": write_zip, "x.tar": write_tar}.items():
        write(kind, [("a.txt", INVENTED)])
        first = stamp(kind)
        write(kind, [("b.md", b"x"), ("a.txt", INVENTED)]) if kind == "x.tar" else write(kind, [("a.txt", INVENTED + b" ")])
        assert (stamp(kind) == first) == (kind == "x.tar"), "a member that lies elsewhere is the same letter, another content is not"
    memory = fsspec.filesystem("memory")
    memory.pipe("/stamp/a.txt", b"x")
    first = stamp("memory://stamp")
    memory.pipe("/stamp/a.txt", b"y")
    assert stamp("memory://stamp") != first


# archives: what the standard library packs is found and read

NAME = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0:."), min_size=1, max_size=150).filter(lambda name: not name.isspace())
LETTERS = st.dictionaries(st.tuples(NAME, NAME).map("/".join).map(lambda name: f"{name}.txt"), st.binary(max_size=3000), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(LETTERS, st.sampled_from([*KINDS, ".zip"]), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
       st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]), st.binary(max_size=20))
def test_archives_hold_what_was_packed(tmp_path_factory, letters, kind, packing, form, before):
    path = tmp_path_factory.mktemp("packed") / f"x{kind}"
    if kind == ".zip":
        write_zip(path, letters.items(), packing)
        path.write_bytes(before + path.read_bytes())  # as in an archive that unpacks itself
    else:
        write_tar(path, letters.items(), KINDS[kind], format=form)
    limits, noted = Limits(expansion=math.inf), {}
    found = [*find_sources(path, limits, noted)]
    assert noted == {} and [one.size for one in found] == [*map(len, letters.values())]
    assert [one.name for one in found] == [f"{path}/{sources._spell(name)}" for name in letters]
    for order in [found, found[::-1]]:
        travelled = pickle.loads(pickle.dumps(order))
        assert [result for _, result in read_sources(travelled, limits)] == [*letters.values()][:: 1 if order is found else -1]
    assert [read_source(one, limits) for one in found] == [*letters.values()]


def test_archives_in_a_folder_take_their_place_in_the_order(folder):
    (folder / "b.txt").write_bytes(INVENTED)
    write_zip(folder / "a.zip", [("z.txt", INVENTED), ("./2016/a.PDF", b"%PDF"), ("sub\\c.txt", b"c"), ("x/", b""), ("__MACOSX/._z.txt", b""), ("list.xlsx", b"")])
    write_tar(folder / "c.tgz", [("./y.txt", INVENTED)], "w:gz")
    (folder / "d.tar").mkdir()
    (folder / "d.tar/e.txt").write_bytes(b"e")
    expected = ["letters/a.zip/z.txt", "letters/a.zip/2016/a.PDF", "letters/a.zip/sub/c.txt", "letters/b.txt", "letters/c.tgz/y.txt", "letters/d.tar/e.txt"]
    assert names(folder) == expected and [*read_all(folder).values()] == [INVENTED, b"%PDF", b"c", INVENTED, INVENTED, b"e"]
    assert names(["letters/b.txt", "letters/a.zip"]) == expected[:4] and names([folder, "letters/a.zip"]) == expected




def test_several_packed_parts_one_behind_the_other(tmp_path):
    whole = write_tar(tmp_path / "x.tar", [("a.txt", INVENTED), ("b.txt", INVENTED[::-1])]).read_bytes()
    for ending, pack in {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.items():
        (tmp_path / f"x.tar.{ending}").write_bytes(pack(whole[:3000]) + pack(whole[3000:]))
        assert [*read_all(tmp_path / f"x.tar.{ending}").values()] == [INVENTED, INVENTED[::-1]]



# archives that lie

def info(name, **fields):
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


OUT = "its name leads out of the archive, or is no name; not read"
UNSAFE = ["../x.txt", "/etc/x.txt", "C:\\x.txt", "a/../../x.txt", "..\\x.txt", "\\\\host\\x.txt", "a/../x.txt"]


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("kind", ["x.zip", "x.tar", "x.tar.gz"])
def test_names_that_lead_out(folder, name, kind):
    members = [("a.txt", INVENTED), (name, INVENTED), ("b.txt", INVENTED)]
    write_zip(folder / kind, members) if kind == "x.zip" else write_tar(folder / kind, members, "w:gz" if kind.endswith("gz") else "w:")
    result = read_all(folder)
    assert [*result.values()] == [INVENTED, OUT, INVENTED]
    assert [*result][1] == f"letters/{kind}/{name}" and {*os.listdir(folder)} == {kind}


def test_a_name_with_nul(folder):
    write_zip(folder / "x.zip", [("aXtxt.txt", b"x")])
    data = (folder / "x.zip").read_bytes()
    (folder / "x.zip").write_bytes(data.replace(b"aXtxt.txt", b"a\0txt.txt"))
    assert read_all(folder) == {"letters/x.zip/a\\x00txt.txt": OUT}



def test_links_devices_and_holes_in_a_tar(folder):
    odd = [info("link.txt", type=tarfile.SYMTYPE, linkname="/etc/passwd"), info("hard.txt", type=tarfile.LNKTYPE, linkname="a.txt", size=5),
           info("device.txt", type=tarfile.CHRTYPE), info("pipe.txt", type=tarfile.FIFOTYPE), info("folder.txt", type=tarfile.DIRTYPE)]
    for kind, mode in KINDS.items():
        write_tar(folder / f"x{kind}", [("a.txt", INVENTED), *((one, b"") for one in odd), ("b.txt", INVENTED)], mode)
        result = read_all(folder / f"x{kind}")
        assert [*result.values()] == [INVENTED, *["a link, a device or a file with holes"] * 4, INVENTED]
    more = bytearray(info("more.txt", type=tarfile.GNUTYPE_SPARSE, size=3).tobuf(tarfile.GNU_FORMAT))
    more[482] = 1  # its map goes on in a further block
    more[148:156] = b"%06o\0 " % (sum(more[:148]) + sum(more[156:]) + 256)
    after = write_tar(folder / "sparse.tar", [("b.txt", INVENTED)]).read_bytes()
    (folder / "sparse.tar").write_bytes(more + bytes(512) + b"abc" + bytes(509) + after)
    assert [*read_all(folder / "sparse.tar").values()] == ["a link, a device or a file with holes", INVENTED]
    sparse = info("sparse.txt", pax_headers={"GNU.sparse.major": "1", "GNU.sparse.minor": "0"})
    write_tar(folder / "sparse.tar", [(sparse, b"1\n0\n3\n"), ("b.txt", INVENTED)], format=tarfile.PAX_FORMAT)
    assert [*read_all(folder / "sparse.tar").values()] == ["a link, a device or a file with holes", INVENTED]


def test_links_and_locked_members_in_a_zip(folder):
    link = zipfile.ZipInfo("link.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    write_zip(folder / "x.zip", [(link, b"/etc/passwd"), ("a.txt", INVENTED)])
    write_zip(folder / "y.zip", [("locked.txt", INVENTED), ("strange.txt", INVENTED)])
    data = bytearray((folder / "y.zip").read_bytes())
    where = data.index(b"PK\1\2")
    data[where + 8] |= 1
    data[data.index(b"PK\1\2", where + 4) + 10] = 99
    (folder / "y.zip").write_bytes(data)
    assert [*read_all(folder).values()] == ["a link, a device or a file with holes", INVENTED, "locked with a password", "cannot be read (That compression method is not supported)"]


def test_a_second_member_of_one_name(folder):
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_zip(folder / "x.zip", [("a.txt", b"one"), ("./a.txt", b"two"), ("a.txt", b"three")])
    write_tar(folder / "x.tar", [("a.txt", b"one"), ("a.txt", b"two")])
    noted, second = {}, "the archive holds several members of this name; only the first is read"
    assert read_all(folder, noted=noted) == {"letters/x.tar/a.txt": b"one", "letters/x.zip/a.txt": b"one"}
    assert noted == {"letters/x.tar/a.txt": second, "letters/x.zip/a.txt": second}


def test_archives_in_archives_are_not_opened(folder):
    inner = write_zip(folder / "inner.zip", [("a.txt", INVENTED)]).read_bytes()
    (folder / "inner.zip").unlink()
    for kind in ["x.zip", "x.tar", "x.tar.gz"]:
        members = [("inner.zip", inner), ("inner.tar.gz", b"")]
        write_zip(folder / kind, members) if kind == "x.zip" else write_tar(folder / kind, members, "w:gz" if kind.endswith("gz") else "w:")
        assert {*read_all(folder / kind).values()} == {"an archive inside an archive is not opened; unpack it first"}


def test_members_that_are_too_large_or_expand_too_far(folder):
    limits = Limits(file_bytes=5_000_000, expansion=200)
    write_zip(folder / "x.zip", [("bomb.txt", bytes(4_000_000)), ("large.txt", os.urandom(3_000_000).hex().encode()), ("a.txt", INVENTED)])
    assert [*read_all(folder / "x.zip", limits).values()] == ["expands to more than 200 times its size (Limits.expansion)", "over the limit of 5,000,000 file bytes (Limits.file_bytes)", INVENTED]
    for kind, mode in KINDS.items():
        write_tar(folder / f"x{kind}", [("a.txt", INVENTED), ("zeros.txt", bytes(4_000_000)), ("b.txt", INVENTED)], mode)
        noted = {}
        result = read_all(folder / f"x{kind}", limits, noted)
        if kind == ".tar":
            assert [*result.values()] == [INVENTED, bytes(4_000_000), INVENTED] and noted == {}
        else:
            assert [*result.values()] == [INVENTED] and f"letters/x{kind}" in noted and "expands to more than 200 times" in noted[f"letters/x{kind}"]


def test_members_that_overlap(folder):
    """Many entries of a zip's directory that share the same packed bytes: each alone is harmless."""
    write_zip(folder / "x.zip", [("0000.txt", os.urandom(30_000).hex().encode())])
    data = (folder / "x.zip").read_bytes()
    start, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    entries = b"".join(data[start:end].replace(b"0000.txt", b"%04d.txt" % number) for number in range(3000))
    tail = bytearray(data[end:])
    struct.pack_into("<2H2L", tail, 8, 3000, 3000, len(entries), start)
    (folder / "x.zip").write_bytes(data[:start] + entries + tail)
    noted = {}
    found = names(folder, limits=Limits(expansion=50), noted=noted)
    assert 100 < len(found) < 3000 and "expands to more than 50 times" in noted["letters/x.zip"]



def test_too_many_members(folder):
    for name, write in {"x.zip": write_zip, "x.tar": write_tar}.items():
        write(folder / name, [(f"{number}.md", b"") for number in range(5)] + [("a.txt", INVENTED)])
        noted = {}
        assert names(folder / name, limits=Limits(members=5), noted=noted) == [] and "over the limit of 5 members" in noted[f"letters/{name}"]
        assert len(names(folder / name, limits=Limits(members=6))) == 1


def test_wrong_checksums(folder):
    noise = os.urandom(5000)
    for name, packing in [("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED), ("bzip2.zip", zipfile.ZIP_BZIP2)]:
        write_zip(folder / name, [("a.txt", noise), ("b.txt", INVENTED)], packing)
        data = bytearray((folder / name).read_bytes())
        data[2500] ^= 255
        (folder / name).write_bytes(data)
        first, second = read_all(folder / name).values()
        assert second == INVENTED and isinstance(first, str) and "Bad CRC-32" in first or "decompress" in first or "Invalid data" in first
    for kind, mode in KINDS.items():
        if kind != ".tar":  # a plain tar has no checksum of its content
            write_tar(folder / f"x{kind}", [("a.txt", noise), ("b.txt", INVENTED)], mode)
            data, noted = bytearray((folder / f"x{kind}").read_bytes()), {}
            data[2500] ^= 255
            (folder / f"x{kind}").write_bytes(data)
            read_all(folder / f"x{kind}", noted=noted)
            assert len(noted) == 1, kind


@pytest.mark.parametrize("kind", [*KINDS, ".zip"])
def test_archives_cut_short_at_every_place(folder, kind):
    members = [(f"{number}.txt", INVENTED[number:]) for number in range(5)]
    path = folder / f"x{kind}"
    write_zip(path, members) if kind == ".zip" else write_tar(path, members, KINDS[kind])
    data = path.read_bytes()
    end = len(data.rstrip(b"\0")) if kind == ".tar" else len(data)
    for cut in {*range(0, end, 97), end - 1}:
        path.write_bytes(data[:cut])
        noted = {}
        for name, result in read_all(path, noted=noted).items():
            assert result == dict(members)[Path(name).name] or "cut short or was changed" in result
        assert [*noted] == [str(path)], cut


MUTATED = [*KINDS, ".zip"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """One archive of each kind, as bytes, with all that can be in it."""
    folder, found = tmp_path_factory.mktemp("packed"), {}
    members = [("a.txt", INVENTED), ("long" * 60 + ".txt", b"x"), ("sub/ü.pdf", INVENTED[:700]), ("notes.md", b"none")]
    for kind in MUTATED:
        path = folder / f"x{kind}"
        write_zip(path, members) if kind == ".zip" else write_tar(path, members, KINDS[kind], format=tarfile.PAX_FORMAT if kind == ".tgz" else tarfile.GNU_FORMAT)
        found[kind] = path.read_bytes()
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(MUTATED), st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from([0, 1, 0x2F, 0x37, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)), min_size=1, max_size=8),
       st.booleans())
def test_damaged_archives_never_raise(packed, tmp_path, kind, changes, pack_again):
    data = bytearray(packed[".tar" if pack_again and kind != ".zip" else kind])
    for place, value in changes:
        data[place % len(data)] = value
    if pack_again and kind != ".zip":  # damage inside a sound packing
        data = {"": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[{".tar": "", ".tgz": "gz"}.get(kind, kind.rpartition(".")[2])](data)
    (tmp_path / f"x{kind}").write_bytes(data)
    noted = {}
    try:
        for found, result in read_sources(find_sources(tmp_path / f"x{kind}", noted=noted)):
            assert isinstance(result, (bytes, LetterError)) and isinstance(found.name, str)
            assert isinstance(result, bytes) or "\n" not in result.reason
    except LetterError as error:
        assert "no letters there" in error.reason
    assert all("\n" not in reason for reason in noted.values())


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_that_would_send_a_reader_round_in_circles(folder, kind):
    for fields in [{"size": -1024}, {"size": 2**62}, {"pax_headers": {"size": "-5000"}}, {"pax_headers": {"size": "9" * 30}}]:
        odd = info("z.md", **fields)
        form = tarfile.PAX_FORMAT if "pax_headers" in fields else tarfile.GNU_FORMAT
        before = write_tar(folder / "before", [("a.txt", INVENTED)]).read_bytes()[: 512 + len(INVENTED) + -len(INVENTED) % 512]
        after = write_tar(folder / "after", [("b.txt", INVENTED)]).read_bytes()
        pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.get(kind.replace("tgz", "gz").rpartition(".")[2], bytes)
        (folder / f"x{kind}").write_bytes(pack(before + odd.tobuf(form) + after))
        noted = {}
        assert read_all(folder / f"x{kind}", noted=noted) == {f"letters/x{kind}/a.txt": INVENTED} and [*noted] == [f"letters/x{kind}"], fields


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_block_is_not_the_end(folder, kind):
    """Python's tarfile would stop there without a word."""
    data = bytearray(write_tar(folder / "plain", [("a.txt", INVENTED), ("b.txt", INVENTED)]).read_bytes())
    data[data.index(b"b.txt")] ^= 1
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.get(kind.replace("tgz", "gz").rpartition(".")[2], bytes)
    (folder / f"x{kind}").write_bytes(pack(data))
    noted = {}
    assert read_all(folder / f"x{kind}", noted=noted) == {f"letters/x{kind}/a.txt": INVENTED}
    assert "damaged or cut short" in noted[f"letters/x{kind}"]


def test_the_checksum_at_the_end_of_a_packed_tar_is_read(folder):
    data, noted = bytearray(write_tar(folder / "x.tgz", [("a.txt", INVENTED)], "w:gz").read_bytes()), {}
    data[-8] ^= 1
    (folder / "x.tgz").write_bytes(data)
    assert read_all(folder, noted=noted) == {"letters/x.tgz/a.txt": INVENTED} and "CRC check failed" in noted["letters/x.tgz"]


def test_a_bomb_behind_the_end_of_a_tar_does_not_go_off(folder):
    data = write_tar(folder / "plain", [("a.txt", INVENTED)]).read_bytes()
    (folder / "plain").unlink()
    (folder / "x.tar.bz2").write_bytes(bz2.compress(data + bytes(60_000_000)))
    tracemalloc.start()
    assert [*read_all(folder).values()] == [INVENTED]
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_members_that_hold_more_or_less_than_they_say(folder):
    for size, result in {100: "cannot be read (Bad CRC-32 for file 'a.txt')", len(INVENTED) + 100: INVENTED}.items():
        write_zip(folder / "x.zip", [("a.txt", INVENTED)])
        data = bytearray((folder / "x.zip").read_bytes())
        struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, size)
        (folder / "x.zip").write_bytes(data)
        assert read_all(folder / "x.zip") == {"letters/x.zip/a.txt": result}, "what the checksum vouches for is the letter"


def test_headers_that_claim_gigabytes(folder):
    for kind in [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE]:
        block = info("a.txt", type=kind, size=8_000_000_000).tobuf(tarfile.GNU_FORMAT)
        (folder / "x.tar").write_bytes(block + bytes(2048))
        noted = {}
        assert names(folder, noted=noted) == [] and "impossible" in noted["letters/x.tar"]



def test_an_archive_that_changed_after_it_was_listed(folder):
    for name, write in {"x.zip": write_zip, "x.tar": write_tar}.items():
        write(folder / name, [("a.txt", INVENTED), ("b.txt", INVENTED)])
        found = [*find_sources(folder / name)]
        write(folder / name, [("other.txt", INVENTED[:1300]), ("b.txt", INVENTED[::-1])])
        reasons = [result.reason for _, result in read_sources(found)]
        assert all("was changed" in reason or "header" in reason or "checksum" in reason for reason in reasons) and len(reasons) == 2
        (folder / name).unlink()
        assert {result.reason for _, result in read_sources(found)} == {"no such file"}


# reading

def test_limits_hold_before_and_while_reading(folder, monkeypatch):
    with open(folder / "huge.txt", "wb") as file:
        file.truncate(50_000_000_000)
    (folder / "a.txt").write_bytes(INVENTED)
    os.mkfifo(folder / "pipe.txt")
    tracemalloc.start()
    result = read_all(folder)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert result == {"letters/a.txt": INVENTED, "letters/huge.txt": "over the limit of 20,000,000 file bytes (Limits.file_bytes)", "letters/pipe.txt": "a folder, a pipe or a device, and no file"}
    [found] = find_sources("letters/a.txt")
    (folder / "a.txt").write_bytes(bytes(2000))  # it grew, or said nothing of its size
    with pytest.raises(LetterError, match=r"letters/a.txt: over the limit of 1,000 file bytes"):
        read_source(sources.replace(found, size=None), Limits(file_bytes=1000))
    assert read_source(found, Limits(file_bytes=len(INVENTED))) == bytes(2000)


def test_a_file_that_may_not_be_read(folder, monkeypatch):
    (folder / "a.txt").write_bytes(INVENTED)
    def refuse(place):
        raise PermissionError(13, "Permission denied", place)
    monkeypatch.setattr(sources, "_open", refuse)
    assert read_all(folder) == {"letters/a.txt": "cannot be read (Permission denied)"}


def test_a_folder_in_a_list_of_letters_is_walked_and_as_a_letter_refused(folder):
    [found] = [sources._look("letters")]
    with pytest.raises(LetterError, match="a folder, a pipe or a device"):
        read_source(found)


def test_a_source_is_read_by_another_process_in_another_folder(folder, tmp_path):
    (folder / "a.txt").write_bytes(INVENTED)
    write_zip(folder / "b.zip", [("b.txt", INVENTED)])
    write_tar(folder / "c.tar", [("c.txt", INVENTED)])
    write_tar(folder / "d.tar.gz", [("d.txt", INVENTED)], "w:gz")
    (tmp_path / "sources").write_bytes(pickle.dumps([*find_sources("letters")]))
    code = f"import pickle; from imr_research.sources import read_source; print(*(len(read_source(one)) for one in pickle.load(open({str(tmp_path / 'sources')!r}, 'rb'))))"
    done = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, env=os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"})
    assert done.stdout.split() == [str(len(INVENTED))] * 4, done.stderr


def test_a_chunk_opens_an_archive_once(folder, monkeypatch):
    write_zip(folder / "x.zip", [(f"{number}.txt", INVENTED) for number in range(50)])
    found, opened, open_file = [*find_sources(folder)], [], sources._open
    monkeypatch.setattr(sources, "_open", lambda place: opened.append(place) or open_file(place))
    assert [result for _, result in read_sources(found)] == [INVENTED] * 50 and len(opened) == 1


# addresses

@pytest.fixture
def memory():
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()


def test_folders_files_and_archives_at_an_address(memory, tmp_path):
    packed = {"x.zip": write_zip(tmp_path / "x.zip", [("z.txt", INVENTED)]).read_bytes(), "x.tar.gz": write_tar(tmp_path / "x.tar.gz", [("t.txt", INVENTED)], "w:gz").read_bytes(),
              "y.tar": write_tar(tmp_path / "y.tar", [("u.txt", INVENTED)]).read_bytes()}
    for name, data in {"b.txt": INVENTED, "2016/a.txt": b"a", "2016/.hidden.txt": b"", "notes.md": b"", **packed}.items():
        memory.pipe(f"/letters/{name}", data)
    expected = {"memory://letters/2016/a.txt": b"a", "memory://letters/b.txt": INVENTED, "memory://letters/x.tar.gz/t.txt": INVENTED,
                "memory://letters/x.zip/z.txt": INVENTED, "memory://letters/y.tar/u.txt": INVENTED}
    assert read_all("memory://letters") == read_all("memory://letters/") == expected and [*read_all("memory://letters")] == [*expected]
    assert read_all("memory://letters/2016/a.txt") == {"memory://letters/2016/a.txt": b"a"}
    assert [*read_all("memory://letters/x.zip").values()] == [INVENTED]
    assert read_all(["memory://letters/2016", "memory://letters/lost.txt"]) == {"memory://letters/2016/a.txt": b"a", "memory://letters/lost.txt": "no such file"}
    with pytest.raises(LetterError, match="over the limit"):
        read_source(next(find_sources("memory://letters/b.txt")), Limits(file_bytes=100))
    with pytest.raises(LetterError, match="no such file or folder"):
        [*find_sources("memory://nothing")]


def test_chains_and_files_by_address(folder, tmp_path):
    write_zip(tmp_path / "x.zip", [("2016/a.txt", b"a"), ("b.txt", b"b")])
    assert read_all("zip://2016/a.txt::x.zip") == {"zip://2016/a.txt::x.zip": b"a"}
    fsspec.filesystem("memory").pipe("/x.zip", (tmp_path / "x.zip").read_bytes())
    assert [*read_all("simplecache::memory://x.zip").values()] == [b"a", b"b"]
    assert read_all("zip://::x.zip") == {"zip://2016/a.txt::x.zip": b"a", "zip://b.txt::x.zip": b"b"}
    assert read_all("zip://2016::x.zip") == {"zip://2016/a.txt::x.zip": b"a"}
    (folder / "a.txt").write_bytes(INVENTED)
    assert [*read_all(f"file://{tmp_path}/letters").values()] == [INVENTED]
    with pytest.raises(LetterError, match="no such file"):
        [*find_sources("zip://a.txt::lost.zip")]


def test_addresses_that_lead_nowhere(folder):
    fsspec.register_implementation("undriven", "no_such_package.Files", errtxt="Install no_such_package to read undriven addresses", clobber=True)
    (folder / "a.txt").write_bytes(INVENTED)
    with pytest.raises(LetterError, match="Install no_such_package"):
        [*find_sources("undriven://bucket/a.pdf")]
    with pytest.raises(LetterError, match="Protocol not known"):
        [*find_sources("gopher://x/a.pdf")]
    secret = "https://me:secret@example.org/a.pdf"
    with pytest.raises(LetterError, match="holds a password") as caught:
        [*find_sources(secret)]
    assert "secret" not in str(caught.value)
    result = read_all(iter(["letters/a.txt", "undriven://bucket/a.pdf", secret]))
    assert "secret" not in str(result) and [*result.values()][0] == INVENTED and all("letters" not in name or result[name] == INVENTED for name in result)
    assert "Install no_such_package" in result["undriven://bucket/a.pdf"] and "holds a password" in result["https://...@example.org/a.pdf"]


def test_drivers_that_fail(memory, monkeypatch):
    for name in ["2016/a.txt", "2017/b.txt"]:
        memory.pipe(f"/letters/{name}", INVENTED)
    kind, listed, noted = type(memory), type(memory).ls, {}
    def fail(self, path, **options):
        if "2016" in path:
            raise RuntimeError("the service is\ndown today")
        return listed(self, path, **options)
    monkeypatch.setattr(kind, "ls", fail)
    assert names("memory://letters", noted=noted) == ["memory://letters/2017/b.txt"]
    assert noted == {"memory://letters/2016": "this folder cannot be read (the service is down today); its letters are missing"}
    [found] = find_sources("memory://letters/2017/b.txt")
    monkeypatch.setattr(kind, "open", lambda *args, **options: 1 / 0)
    with pytest.raises(LetterError, match="memory://letters/2017/b.txt: cannot be read .division by zero"):
        read_source(found)


def test_files_of_a_web_server(folder, tmp_path):
    pytest.importorskip("aiohttp", reason="skip: aiohttp, which fsspec needs for https, is not installed")
    (folder / "a.txt").write_bytes(INVENTED)
    write_tar(folder / "x.tar.gz", [("t.txt", INVENTED)], "w:gz")
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass
    with ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: Quiet(*args, directory=str(folder.resolve()))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        assert read_all([f"{there}/a.txt", f"{there}/lost.txt"]) == {f"{there}/a.txt": INVENTED, f"{there}/lost.txt": "no such file"}
        assert read_all(f"{there}/x.tar.gz") == {f"{there}/x.tar.gz/t.txt": INVENTED}
        [found] = find_sources(f"{there}/a.txt")
        assert found.stamp != str(len(INVENTED)), "a server says when a file was changed"
        server.shutdown()


def test_importing_the_room_is_light():
    code = "import sys, imr_research.sources; print(*{'fsspec', 'pandas', 'aiohttp'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == ""

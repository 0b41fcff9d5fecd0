"""Fetching: what comes is checked and kept, what does not come leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pooch
import pytest

from physym.data.fetching import RemoteFile, cache_folder, fetch_files
from physym.errors import CorruptFile, NetworkUnavailable

CONTENT = b"some jets"


def archive() -> bytes:
    """A tar archive with two files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("b.root", "a.root"):
            entry = tarfile.TarInfo(f"val/{name}")
            entry.size = len(CONTENT)
            tar.addfile(entry, io.BytesIO(CONTENT))
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, bytes]], list[str]]:
    """A network that answers from a dictionary and notes what it was asked."""
    monkeypatch.setenv("PHYSYM_DATA_DIR", str(tmp_path / "cache"))

    def serve(content: dict[str, bytes]) -> list[str]:
        asked: list[str] = []

        def download(self: object, url: str, output_file: object, *_: object, **__: object) -> None:
            asked.append(url)
            if url not in content:
                raise ConnectionError("no route to host")
            Path(str(output_file)).write_bytes(content[url])

        monkeypatch.setattr(pooch.HTTPDownloader, "__call__", download)
        return asked

    return serve


def test_what_was_fetched_is_not_fetched_again(server: Callable[[dict[str, bytes]], list[str]]) -> None:
    file = RemoteFile("https://example.org/jets.h5", sha256=hashlib.sha256(CONTENT).hexdigest())
    asked = server({file.url: CONTENT})
    first = fetch_files("some", [file])
    assert first == fetch_files("some", [file])
    assert first[0].read_bytes() == CONTENT
    assert first[0] == cache_folder() / "some" / "jets.h5"
    assert asked == [file.url]


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_another_checksum_is_refused(kind: str, server: Callable[[dict[str, bytes]], list[str]]) -> None:
    right = {kind: hashlib.new(kind, CONTENT).hexdigest()}
    wrong = {kind: hashlib.new(kind, CONTENT + b"!").hexdigest()}
    url = "https://example.org/jets.h5"
    server({url: CONTENT})
    assert len(fetch_files("right", [RemoteFile(url, **right)])) == 1
    with pytest.raises(CorruptFile, match="checksum"):
        fetch_files("wrong", [RemoteFile(url, **wrong)])
    assert not [path for path in (cache_folder() / "wrong").rglob("*") if path.is_file()]


def test_archives_are_unpacked_in_order(server: Callable[[dict[str, bytes]], list[str]]) -> None:
    file = RemoteFile("https://example.org/val.tar", "validation")
    server({file.url: archive()})
    assert [path.name for path in fetch_files("some", [file])] == ["a.root", "b.root"]


def test_files_that_came_before_the_network_failed_are_kept(server: Callable[[dict[str, bytes]], list[str]]) -> None:
    first, second = RemoteFile("https://example.org/a.h5"), RemoteFile("https://example.org/b.h5")
    server({first.url: CONTENT})
    with pytest.raises(NetworkUnavailable, match=r"b\.h5 cannot be reached"):
        fetch_files("some", [first, second])
    assert [path.name for path in (cache_folder() / "some").iterdir()] == ["a.h5"]


def test_the_sentence_says_where_to_put_the_file(server: Callable[[dict[str, bytes]], list[str]]) -> None:
    server({})
    with pytest.raises(NetworkUnavailable) as caught:
        fetch_files("some", [RemoteFile("https://example.org/jets.h5?download=1")])
    assert str(cache_folder() / "some" / "jets.h5") in str(caught.value)
    assert not cache_folder().exists()


def test_checksums_prefer_sha256() -> None:
    assert RemoteFile("u", sha256="a", md5="b").checksum == "sha256:a"
    assert RemoteFile("u", md5="b").checksum == "md5:b"
    assert RemoteFile("u").checksum is None
    assert RemoteFile("https://x.org/a/b.h5?download=1").name == "b.h5"


def test_a_file_behind_a_number_has_the_name_of_the_recipe(server: Callable[[dict[str, bytes]], list[str]]) -> None:
    file = RemoteFile("https://example.org/files/3195389", filename="molecules.xyz.tar.bz2")
    server({file.url: CONTENT})
    assert [path.name for path in fetch_files("some", [file])] == ["molecules.xyz.tar.bz2"]
    assert RemoteFile(file.url).name == "3195389"

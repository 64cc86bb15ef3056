"""The file that processes share: what is in it, where it is, who may read it, and what becomes of the processes."""

from __future__ import annotations

import errno
import importlib
import itertools
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_daily.api import Client, ConfigurationError, Limiter, Secret, Tier, Window, _files, _shared
from pulumi_daily.api._files import cache_folder, spare_folder, try_lock, unlock
from pulumi_daily.api._ledger import FLOOR, GRACE, LEASE, LONGEST_LEASE, Ledger, Ticket
from pulumi_daily.api._shared import (
    LONGEST_PAUSE,
    MAGIC,
    MOST,
    STALE,
    FileStore,
    decode,
    decode_ledger,
    encode,
    encode_ledger,
    limits_name,
)

KEY = "canary-key-of-the-shared-limiter"
URL = "http://127.0.0.1:1/v1"
WORKER = Path(__file__).parent / "limits_worker.py"
SECONDS = 60.0
NAN, INF = float("nan"), float("inf")

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes")


# -- what is in the file


def ledgers() -> st.SearchStrategy[Ledger]:
    times = st.floats(0, 1000)
    tickets = st.builds(Ticket, times, st.integers(0, 2**64 - 1), st.floats(0.01, 1), times)
    return st.builds(
        Ledger,
        st.lists(times, max_size=20).map(sorted),
        st.dictionaries(st.integers(0, 2**64 - 1), times, max_size=5),
        st.lists(tickets, max_size=5),
        times | st.just(float("-inf")),
        st.floats(FLOOR, 1),
    )


@given(st.dictionaries(st.sampled_from(["A", "B", "C", "batch"]), ledgers()))
def test_what_is_written_is_read(found: dict[str, Ledger]):
    data = encode({tier: encode_ledger(tier, ledger) for tier, ledger in found.items()}, 5.0)
    read = {tier: decode_ledger(part, 1000.0) for tier, part in decode(data, 5.0).items()}
    assert read == found
    assert decode(data + b"what a longer one left", 5.0).keys() == found.keys()


SAMPLE = encode({"A": encode_ledger("A", Ledger([1.0, 2.0], {7: 3.0}, [Ticket(1, 2, 1, 3)]))}, 0.0)


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_truncated_file_is_an_empty_one(length: int):
    assert decode(SAMPLE[:length], 0.0) == {}


@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_changed_byte_makes_the_file_an_empty_one(place: int, change: int):
    data = bytearray(SAMPLE)
    data[place] ^= change
    found = decode(bytes(data), 0.0)
    # The moment of the start may differ a little; every other byte counts.
    assert found in ({}, decode(SAMPLE, 0.0))
    assert not found or len(MAGIC) <= place < len(MAGIC) + 8


@given(st.binary(max_size=400))
def test_whatever_is_in_the_file_is_read_somehow(noise: bytes):
    assert decode(noise, 0.0) == {}
    whole = encode({"A": noise}, 0.0)  # even with the right checksum
    for part in decode(whole, 0.0).values():
        assert isinstance(decode_ledger(part, 1.0), Ledger)


def test_a_file_of_another_format_or_start_of_the_machine_is_an_empty_one():
    assert decode(SAMPLE.replace(b"format 1", b"format 0"), 0.0) == {}
    assert decode(SAMPLE, 61.0) == {}
    assert decode(SAMPLE, 59.0).keys() == {"A"}


def test_nothing_in_a_file_lasts_for_long():
    """Whoever wrote it, on whatever clock."""
    odd = Ledger([1e9, -1.0, NAN, INF, 5.0], {7: 1e9, 8: NAN, 9: -INF, 10: 100.0 + LONGEST_LEASE}, [], 1e9, 0.0)
    odd.queue = [Ticket(1e9, 1, 0.5, 1), Ticket(NAN, 2, 0.5, 1), Ticket(1, 3, NAN, 1), Ticket(1, 4, 0.0, 1)]
    odd.queue += [Ticket(1, 5, 0.5, NAN), Ticket(1, 6, 0.5, INF), Ticket(1, 7, 0.5, 100 + GRACE)]
    read = decode_ledger(encode_ledger("A", odd), 100.0)
    assert read == Ledger([5.0], {10: 100.0 + LONGEST_LEASE}, [Ticket(1, 7, 0.5, 100 + GRACE)])


@pytest.mark.parametrize("value", [NAN, INF, -INF, -1.0, 1e300, 101 + LONGEST_PAUSE])
def test_an_impossible_time_holds_nobody_up(value: float):
    odd = Ledger([value], {7: value}, [Ticket(value, 1, 1.0, value)], value, value)
    assert decode_ledger(encode_ledger("A", odd), 100.0) == Ledger(flying={7: value} if 0 < value < 1000 else {})


def test_a_ledger_that_is_not_whole_is_an_empty_one():
    part = encode_ledger("A", Ledger([1.0, 2.0], {7: 3.0}, [Ticket(1, 2, 1, 3)]))
    assert decode_ledger(part[:-1], 0.0) == decode_ledger(part + b"x", 0.0) == Ledger()


def test_a_file_has_a_bounded_size():
    many = Ledger([0.0] * 5000, dict.fromkeys(range(5000), 1.0), [Ticket(0, n, 1, 0) for n in range(5000)])
    read = decode_ledger(encode_ledger("A", many), 0.0)
    assert (len(read.counted), len(read.flying), len(read.queue)) == (MOST, MOST, MOST)


# -- where it is


@needs_posix
def test_the_folder_follows_the_conventions_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "pulumi-daily"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    place = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    assert cache_folder() == tmp_path.joinpath(*place, "pulumi-daily")


def test_the_folder_on_macos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(platformdirs, "PlatformDirs", importlib.import_module("platformdirs.macos").MacOS)
    assert cache_folder() == tmp_path / "Library" / "Caches" / "pulumi-daily"


@pytest.mark.parametrize("answer", [Path("~/.cache/pulumi-daily"), RuntimeError("no absolute HOME")])
def test_without_a_home_folder_there_is_none(answer: Path | Exception, monkeypatch: pytest.MonkeyPatch):
    """Versions of the library tell it in different ways."""

    def asked(*args: object, **options: object) -> Path:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(platformdirs, "user_cache_path", asked)
    with pytest.raises(FileNotFoundError, match="no home folder"):
        cache_folder()


@needs_posix
@pytest.mark.parametrize("home", ["", "/", "missing", "relative", "a file"])
def test_nothing_is_created_where_no_home_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str):
    (tmp_path / "a file").touch()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", home if home in ("", "/", "relative") else str(tmp_path / home))
    with pytest.raises(FileNotFoundError, match="no home folder"):
        cache_folder()
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


@needs_posix
def test_the_folder_that_is_named_may_have_to_be_created(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HOME", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a" / "b"))
    assert cache_folder() == tmp_path / "a" / "b" / "pulumi-daily"
    monkeypatch.setenv("XDG_CACHE_HOME", "/a/b")
    with pytest.raises(FileNotFoundError, match="no home folder"):
        cache_folder()


@needs_posix
@pytest.mark.parametrize("name", ["HOME", "XDG_CACHE_HOME"])
def test_a_home_folder_of_somebody_else_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str):
    """For root too, after `sudo`: what it creates there, the user could not use."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv(name, str(tmp_path))
    assert tmp_path in cache_folder().parents
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(PermissionError, match=f"the folder {tmp_path} belongs to another user"):
        cache_folder()


def test_each_account_has_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch):
    name = limits_name(KEY, URL)
    assert name == limits_name(KEY, URL)
    assert len({name, limits_name(KEY + "2", URL), limits_name(KEY, URL + "2")}) == 3
    # Key and URL are told apart, whatever is where.
    assert limits_name("ab", "c") != limits_name("a", "bc")
    monkeypatch.setattr(_shared, "boot", lambda: ("the machine was started again", 0.0))
    assert limits_name(KEY, URL) != name


def test_the_start_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(_shared, "BOOT_ID", tmp_path / "boot_id")
    name, started = _shared.boot()
    assert name == socket.gethostname()
    assert started == pytest.approx(time.time() - time.monotonic(), abs=1.0)
    (tmp_path / "boot_id").write_text("0b0e\n")
    assert _shared.boot() == ("0b0e", 0.0)


def test_a_wall_clock_that_is_set_parts_nobody_from_the_others(
    monkeypatch: pytest.MonkeyPatch, shared: Callable[..., Limiter], lines: list[str]
):
    """Nor does a machine that slept, where the monotonic clock stood still meanwhile."""
    started = [1e9]
    monkeypatch.setattr(_shared, "boot", lambda: ("a machine without a boot id", started[0]))
    one, two = shared(), shared()
    one.acquire("A")
    assert used(two, "A") == 1
    started[0] += 3600
    new = shared()
    new.acquire("A")
    assert used(one, "A") == 1, "what was written before is dropped, once"
    one.acquire("A")
    two.acquire("A")
    assert [used(limiter, "A") for limiter in (one, two, new, shared())] == [3, 3, 3, 3]
    assert lines == []


def test_the_key_is_nowhere_in_clear(tmp_path: Path):
    for number in range(3):
        Limiter.shared(Secret(KEY), api_url=f"{URL}{number}", folder=tmp_path / "limits").acquire("A")
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(found) == 3
    for path in found:
        assert "canary" not in str(path)
        assert b"canary" not in path.read_bytes()


@pytest.mark.parametrize("wrong", [{"api_key": "a b"}, {"api_key": KEY, "api_url": "http://example.com/v1"}])
def test_a_key_or_url_that_cannot_be_used_is_an_error(wrong: dict[str, str]):
    with pytest.raises(ConfigurationError):
        Limiter.shared(**wrong)


# -- two limiters on one file


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def shared(tmp_path: Path, lines: list[str]) -> Callable[..., Limiter]:
    """Limiters of one account, each as in a process of its own."""

    def make(**options: Any) -> Limiter:
        return Limiter.shared(KEY, api_url=URL, folder=tmp_path / "limits", log=lines.append, **options)

    return make


def used(limiter: Limiter, tier: str) -> int:
    """How many requests the ledger knows of."""
    with limiter._store.open(tier) as ledger:
        return len(ledger.counted) + len(ledger.flying)


def test_two_limiters_of_one_key_share_the_budget(shared: Callable[..., Limiter], lines: list[str]):
    one, two = shared(), shared()
    for _ in range(3):
        one.acquire("A")
    assert used(two, "A") == 3
    assert used(two, "B") == 0
    with one.slot("A"):
        assert used(two, "A") == 4
    assert used(two, "A") == 4
    del one
    assert used(shared(), "A") == 4, "one that has just ended counts"
    assert lines == []


def test_shares_bound_what_all_use_together(shared: Callable[..., Limiter]):
    half = shared(share=0.5)
    assert half.share == 0.5
    assert half.budget("B") == (Window(1, 1.0), Window(25, 30.0))


def test_a_429_pauses_the_other_too(shared: Callable[..., Limiter]):
    one, two = shared(), shared()
    one.penalise("A", 600)
    assert two.budget("A") == (Window(10, 1.0), Window(50, 5.0))
    assert 0 < two.expected_wait("A") <= 600


def test_threads_and_limiters_do_not_mix_up(shared: Callable[..., Limiter]):
    limiters = [shared(), shared()]

    def work(limiter: Limiter) -> None:
        for _ in range(2):
            with limiter.slot("A"):
                pass

    threads = [threading.Thread(target=work, args=(limiters[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert used(limiters[0], "A") == 16


@needs_posix
def test_folder_and_file_are_for_the_user_alone(tmp_path: Path, shared: Callable[..., Limiter]):
    before = os.umask(0)
    try:
        shared().acquire("A")
    finally:
        os.umask(before)
    folder = tmp_path / "limits"
    (path,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folder.chmod(0o775)
    path.chmod(0o666)
    shared().acquire("A")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o775, "a folder that was given is the caller's matter"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@needs_posix
def test_the_folder_in_the_cache_is_for_the_user_alone():
    folder = cache_folder()
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    Limiter.shared(KEY).acquire("A")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_where_there_are_no_owners_none_are_looked_at(monkeypatch: pytest.MonkeyPatch, shared: Callable[..., Limiter]):
    monkeypatch.delattr(os, "geteuid", raising=False)
    shared().acquire("A")
    assert used(shared(), "A") == 1


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:40], lambda data: b"x" * 5000])
def test_a_damaged_file_is_an_empty_one(
    damage: Callable[[bytes], bytes], tmp_path: Path, shared: Any, lines: list[str]
):
    one, two = shared(), shared()
    one.acquire("A")
    (path,) = (tmp_path / "limits").iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert used(two, "A") == 0
    two.acquire("A")
    assert used(one, "A") == 1
    assert lines == []


@needs_posix
def test_a_file_that_was_removed_is_made_anew(tmp_path: Path, shared: Any, lines: list[str]):
    one, two = shared(), shared()
    one.acquire("A")
    two.acquire("A")
    (path,) = (tmp_path / "limits").iterdir()
    path.unlink()
    one.acquire("A")
    assert used(two, "A") == 1, "both are on the new one"
    assert lines == []


def test_what_nobody_used_for_a_day_is_removed(tmp_path: Path, shared: Any):
    folder = tmp_path / "limits"
    folder.mkdir()
    stale, fresh, other = (folder / name for name in ("stale.limits", "fresh.limits", "other"))
    for path in (stale, fresh, other):
        path.write_bytes(b"")
        os.utime(path, (0, time.time() - (STALE + 60 if path is not fresh else 60)))
    shared().acquire("A")
    assert not stale.exists()
    assert fresh.exists()
    assert other.exists()


# -- where there can be no file


def blocked_by_a_file(folder: Path) -> None:
    folder.write_text("")


def blocked_by_a_folder(folder: Path) -> None:
    folder.mkdir()
    (folder / limits_name(KEY, URL)).mkdir()


def blocked_by_a_pipe(folder: Path) -> None:
    folder.mkdir()
    os.mkfifo(folder / limits_name(KEY, URL))


@pytest.mark.parametrize("block", [blocked_by_a_file, blocked_by_a_folder, blocked_by_a_pipe])
def test_without_a_file_the_limiter_is_one_of_this_process(
    block: Callable[[Path], None], tmp_path: Path, shared: Any, lines: list[str]
):
    block(tmp_path / "limits")
    limiter = shared()
    for _ in range(5):
        limiter.acquire("A")
    assert used(limiter, "A") == 5
    assert used(limiter, "B") == 0
    assert used(shared(), "A") == 0
    (line, _) = lines  # one for each limiter
    assert line.startswith("rate limits are not shared with other processes of this machine: ")
    assert "canary" not in line


@needs_posix
def test_a_folder_of_somebody_else_is_not_used(monkeypatch: pytest.MonkeyPatch, shared: Any, lines: list[str]):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 12345)
    shared().acquire("A")
    assert len(lines) == 1
    assert "belongs to another user" in lines[0]


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The cache folder cannot be used; the folder for temporary files."""

    def nowhere() -> Path:
        raise FileNotFoundError("there is no home folder")

    monkeypatch.setattr(_shared, "cache_folder", nowhere)
    monkeypatch.setattr(_files.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_without_a_cache_folder_processes_meet_elsewhere_and_say_so_once(no_cache: Path, lines: list[str]):
    one = Limiter.shared(KEY, log=lines.append)
    one.acquire("A")
    (folder,) = no_cache.iterdir()
    assert lines == [f"rate limits are shared through {folder} from now on: there is no home folder"]
    other = Limiter.shared(KEY, log=lines.append)
    assert used(other, "A") == 1
    assert len(lines) == 1
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.chmod(0o777)
        assert used(Limiter.shared(KEY, log=lines.append), "A") == 1
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(lines) == 1


def test_without_owners_the_other_folder_has_a_plain_name(no_cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "geteuid", raising=False)
    Limiter.shared(KEY).acquire("A")
    assert [path.name for path in no_cache.iterdir()] == ["pulumi-daily"]


def as_a_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "elsewhere")


def as_somebody_elses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root too: anybody can make a folder of root's name there."""
    folder.mkdir()
    found = os.lstat(folder)
    other = os.stat_result((*found[:4], found.st_uid + 1, *found[5:]))
    monkeypatch.setattr(_shared.os, "lstat", lambda path: other)


@needs_posix
@pytest.mark.parametrize("made", [as_a_link, as_somebody_elses])
def test_a_trap_among_the_temporary_files_is_not_used(
    made: Callable[[Path, pytest.MonkeyPatch], None], no_cache: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
):
    made(spare_folder(), monkeypatch)
    limiter = Limiter.shared(KEY, log=lines.append)
    limiter.acquire("A")
    assert used(limiter, "A") == 1
    assert lines == ["rate limits are not shared with other processes of this machine: there is no home folder"]
    assert not [*no_cache.rglob("*.limits")]


@needs_posix
def test_a_cache_folder_of_root_after_one_sudo_is_done_without():
    if os.geteuid() != 0:
        pytest.skip("only root can make something root's")
    code = (
        "import os, sys\n"
        "from pulumi_daily.api import Limiter\n"
        "Limiter.shared('k' * 20).acquire('A')\n"
        "os.setgroups([]), os.setgid(54321), os.setuid(54321)\n"
        "for _ in range(2):\n"
        "    limiter = Limiter.shared('k' * 20, log=print)\n"
        "    limiter.acquire('C')\n"
        "with limiter._store.open('C') as ledger:\n"
        "    print(len(ledger.counted))\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o1777)
        plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
        environment = {**plain, "XDG_CACHE_HOME": str(folder / "cache"), "TMPDIR": str(folder / "tmp")}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, timeout=SECONDS, capture_output=True, text=True
        )
    assert done.stderr == ""
    line, counted = done.stdout.splitlines()
    assert f"shared through {folder}/tmp/pulumi-daily-54321 from now on: " in line
    assert counted == "2"


def test_a_line_about_a_file_is_one_line(tmp_path: Path, lines: list[str]):
    (tmp_path / "a\nb").write_text("")
    Limiter.shared(KEY, folder=tmp_path / "a\nb", log=lines.append).acquire("A")
    assert len(lines) == 1
    assert "\n" not in lines[0]


def test_a_file_that_is_lost_on_the_way_is_gone_on_from(monkeypatch: pytest.MonkeyPatch, shared: Any, lines: list[str]):
    """A full disk, say: what was known stays known."""
    one, two = shared(), shared()
    two.acquire("A")
    one.acquire("A")

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "write", full)
    one.acquire("A")
    monkeypatch.undo()
    assert used(one, "A") == 3
    one.acquire("A")
    assert used(two, "A") == 2, "they know nothing of each other any more"
    assert len(lines) == 1
    assert "no space left" in lines[0]


def test_a_removed_file_that_cannot_be_made_anew(tmp_path: Path, shared: Any, lines: list[str]):
    one = shared()
    one.acquire("A")
    folder = tmp_path / "limits"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("")
    assert one.acquire("A") == 0.0
    assert used(one, "A") == 2
    assert len(lines) == 1


# -- locks


def test_a_lock_that_nobody_gives_back_holds_up_for_a_bounded_time(tmp_path: Path, shared: Any, lines: list[str]):
    """Its owner was stopped in the middle."""
    clock = [0.0]
    place = limits_name(KEY, URL), tmp_path / "limits"
    store = FileStore(
        *place, log=lines.append, clock=lambda: clock[0], sleep=lambda s: clock.__setitem__(0, clock[0] + s)
    )
    limiter = Limiter(store=store)
    limiter.acquire("A")
    other = FileStore(*place)
    with other.open("A"):
        limiter.acquire("A")
    assert _shared.LOCK_SECONDS <= clock[0] < _shared.LOCK_SECONDS + 0.1
    assert used(limiter, "A") == 2
    assert len(lines) == 1
    assert lines[0].endswith("is locked by a process that does not go on")


@needs_posix
def test_a_file_that_is_always_removed_holds_up_for_a_bounded_time(
    tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
):
    """Or seems to be, on a file system that counts no links."""
    clock = [0.0]
    looks = itertools.count()
    fstat = os.fstat

    def unlinked(fd: int) -> os.stat_result:
        assert next(looks) < 10_000, "without end"
        found = fstat(fd)
        return os.stat_result((*found[:3], 0, *found[4:]))

    store = FileStore(
        limits_name(KEY, URL),
        tmp_path / "limits",
        log=lines.append,
        clock=lambda: clock.__setitem__(0, clock[0] + 0.001) or clock[0],
        sleep=lambda s: clock.__setitem__(0, clock[0] + s),
    )
    limiter = Limiter(store=store)
    monkeypatch.setattr(_shared.os, "fstat", unlinked)
    for _ in range(2):
        limiter.acquire("A")
    assert used(limiter, "A") == 2
    assert len(lines) == 1
    assert lines[0].endswith("is removed again and again")


def test_who_waits_for_the_lock_gets_it(shared: Any, lines: list[str]):
    one, two = shared(), shared()
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with one._store.open("A"):
            entered.set()
            leave.wait(SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(SECONDS)
    threading.Timer(0.1, leave.set).start()
    two.acquire("A")
    assert leave.is_set()
    thread.join(SECONDS)
    assert lines == []


def test_the_lock_of_this_system_is_given_back(tmp_path: Path):
    with (tmp_path / "one").open("w+b") as first, (tmp_path / "one").open("w+b") as second:
        assert try_lock(first.fileno())
        assert not try_lock(second.fileno())
        unlock(first.fileno())
        assert try_lock(second.fileno())


# -- real processes


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    """Whatever happens, they end."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.communicate(timeout=SECONDS)


def spawn(processes: list[subprocess.Popen[str]], folder: Path, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), str(folder), KEY, *map(str, arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    processes.append(process)
    return process


def ends(process: subprocess.Popen[str]) -> list[tuple[float, float]]:
    """Starts and ends of the requests of a process, when it is over; a request that was cut off ended then."""
    out, errors = process.communicate(timeout=SECONDS)
    assert errors == ""
    over = time.monotonic()
    requests: dict[float, float] = {}
    for line in out.splitlines():
        start, *end = map(float, line.split())
        requests[start] = end[0] if end else over
    return sorted(requests.items())


def check(requests: list[tuple[float, float]], limit: int, seconds: float) -> None:
    """See the laws: requests that may have been counted within the window before each start."""
    requests = sorted(requests)
    for number, (start, _) in enumerate(requests):
        near = sum(1 for _, end in requests[:number] if end >= start - seconds)
        assert near < limit, f"{near} requests in the {seconds} s before {start}"


def test_processes_keep_a_window_together_and_nobody_starves(tmp_path: Path, processes: Any):
    running = [spawn(processes, tmp_path, 10, 0.5, 20, 0.01, 3, "wait") for _ in range(3)]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "'ready'\n"
    started = time.monotonic()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [ends(process) for process in running]
    check([request for result in results for request in result], 10, 0.5)
    assert [len(result) for result in results] == [20, 20, 20]
    assert max(end for result in results for _, end in result) - started < 30
    # All of them got on at the same time: each had its first turn before any had its last.
    assert max(result[0][0] for result in results) < min(result[-1][0] for result in results) + 1.0


def test_killed_processes_leave_nothing_behind(tmp_path: Path, processes: Any):
    """SIGKILL in the middle of requests, of waiting, and wherever else it hits."""
    victims = [spawn(processes, tmp_path, 40, 0.5, 10_000, 0.002, 4) for _ in range(3)]
    survivor = spawn(processes, tmp_path, 40, 0.5, 60, 0.002, 2)
    for victim in victims:
        assert victim.stdout is not None
        victim.stdout.readline()
        time.sleep(0.15)
        victim.kill()
    killed = time.monotonic()
    results = [ends(process) for process in (*victims, survivor)]
    check([request for result in results for request in result], 40, 0.5)
    assert len(results[-1]) == 60
    assert results[-1][-1][1] - killed < 30


def test_a_process_that_dies_with_the_lock_gives_it_back(tmp_path: Path, processes: Any):
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from pulumi_daily.api._shared import FileStore, limits_name\n"
        f"store = FileStore(limits_name({KEY!r}, {URL!r}), Path(sys.argv[1]))\n"
        "with store.open('C') as ledger:\n"
        "    ledger.count(__import__('pulumi_daily.api').api.TIERS['C'], 0.0)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    folder = tmp_path / "limits"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], timeout=SECONDS)
    assert done.returncode == -signal.SIGKILL
    lines: list[str] = []
    limiter = Limiter.shared(KEY, api_url=URL, folder=folder, log=lines.append)
    limiter.acquire("A")
    assert used(limiter, "A") == 1
    assert lines == []


@needs_posix
def test_a_stopped_process_with_the_lock_holds_up_for_a_bounded_time(
    tmp_path: Path, processes: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_shared, "LOCK_SECONDS", 0.3)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from pulumi_daily.api._shared import FileStore, limits_name\n"
        f"store = FileStore(limits_name({KEY!r}, {URL!r}), Path(sys.argv[1]))\n"
        "with store.open('C'):\n"
        "    print('locked', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    folder = tmp_path / "limits"
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    processes.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    lines: list[str] = []
    limiter = Limiter.shared(KEY, api_url=URL, folder=folder, log=lines.append)
    limiter.acquire("A")
    assert "does not go on" in lines[0]


def test_one_that_starts_when_another_ends_waits_for_it(tmp_path: Path, processes: Any):
    first = ends(spawn(processes, tmp_path, 5, 3.0, 5, 0.0))
    second = ends(spawn(processes, tmp_path, 5, 3.0, 3, 0.0))
    check(first + second, 5, 3.0)


@needs_posix
def test_a_fork_is_a_process_of_its_own(tmp_path: Path):
    """Parent and child on one open file would share the lock; each opens the file for itself."""
    code = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from pulumi_daily.api._shared import FileStore, limits_name\n"
        f"store = FileStore(limits_name({KEY!r}, {URL!r}), Path(sys.argv[1]))\n"
        "with store.open('C'):\n"
        "    pass\n"
        "read, write = os.pipe()\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    with store.open('C'):\n"
        "        os.write(write, b'x')\n"
        "        time.sleep(0.3)\n"
        "        os.write(write, b'y')\n"
        "    os._exit(0)\n"
        "os.read(read, 1)\n"
        "with store.open('C'):\n"
        "    os.set_blocking(read, False)\n"
        "    assert os.read(read, 1) == b'y', 'the lock was the child\\'s until it gave it back'\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "limits")], timeout=SECONDS, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


@needs_posix
def test_a_fork_while_another_thread_holds_the_lock_does_not_hang_the_child(tmp_path: Path):
    code = (
        "import os, signal, sys, threading\n"
        "from pathlib import Path\n"
        "from pulumi_daily.api import Limiter\n"
        f"for limiter in (Limiter(), Limiter.shared({KEY!r}, api_url={URL!r}, folder=Path(sys.argv[1]), log=print)):\n"
        "    held, go = threading.Event(), threading.Event()\n"
        "    def hold():\n"
        "        with limiter._store.open('C'):\n"
        "            held.set()\n"
        "            go.wait(60)\n"
        "    thread = threading.Thread(target=hold)\n"
        "    thread.start()\n"
        "    held.wait(60)\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        signal.alarm(20)\n"
        "        limiter.acquire('C')\n"
        "        os._exit(0)\n"
        "    go.set()\n"
        "    thread.join()\n"
        "    assert os.waitpid(child, 0)[1] == 0, 'the child hung'\n"
    )
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, str(tmp_path / "limits")]
    done = subprocess.run(command, timeout=SECONDS, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_child_of_a_fork_does_not_wait_for_threads_that_stayed_behind(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    tiers = {"T": Tier("T", (Window(1, 5.0),), "")}
    limiter = Limiter(tiers=tiers, clock=lambda: clock[0], sleep=lambda s: clock.__setitem__(0, clock[0] + s))
    own = limiter._tiers["T"]
    own.waiting.add(1)
    own.flying[2] = float("inf")
    with limiter._store.open("T") as ledger:
        ledger.queue.append(Ticket(0.0, 1, 1.0, 0.0))
        ledger.flying[2] = LEASE
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    limiter.acquire("T")
    assert clock[0] < LEASE + 10


def test_a_fork_in_this_process(shared: Any, monkeypatch: pytest.MonkeyPatch, lines: list[str]):
    limiter = shared()
    limiter.acquire("A")
    file = limiter._store._file
    monkeypatch.setattr(os, "getpid", lambda: file.pid + 1)
    limiter.acquire("A")
    assert limiter._store._file is not file
    assert used(limiter, "A") == 2
    assert lines == []


# -- what it costs


def test_it_costs_little(shared: Any):
    """About a tenth of a millisecond a request; the bound is wide, because test machines are busy."""
    tiers = {"A": Tier("A", (Window(100, 1e-6),), "")}
    limiter = Limiter(tiers=tiers, store=shared()._store)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(100):
            with limiter.slot("A") as waited:
                times.append(-waited)
        times.append((time.perf_counter() - started) / 100)
    assert min(one for one in times if one > 0) < 0.001 + 0.02  # the guard of the window


def test_a_client_uses_one_when_it_is_given_one(shared: Any):
    limiter = shared()
    with Client(KEY, api_url=URL, limiter=limiter) as client:
        assert client._limiter is limiter
    with Client(KEY, api_url=URL) as client:
        assert not isinstance(client._limiter._store, FileStore), "alone, a client writes no files"

"""Records the system calls of a program with strace, and plays them on a disk_states.Disk.

Sees all that batpak does to files: it neither writes through mappings nor uses io_uring. A program
that does is refused, rather than half seen.
"""
import os
import re
import subprocess
import tempfile

from disk_states import Directory, Inode

CALLS = ("openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,"
         "fsync,fdatasync,syncfs,sync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,"
         "link,linkat,symlink,symlinkat,mkdir,mkdirat,rmdir,copy_file_range,sendfile,splice,mmap,"
         "io_uring_setup")
LINE = re.compile(r"(\d+) +(.*)$")
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
DESCRIPTOR = re.compile(r"(\d+|AT_FDCWD)<(.*)>$")


class CannotTrace(Exception):
    """strace is missing, or may not trace here."""


class Call:
    """One call that succeeded: name, arguments as strace writes them, result."""

    def __init__(self, name, arguments, result):
        self.name, self.result = name, result
        self.arguments = _split(arguments)

    def text(self, index):
        """The bytes of a text argument."""
        match = TEXT.match(self.arguments[index])
        return _unescape(match[1]) if match else b""

    def path(self, index):
        """The path of a descriptor argument."""
        match = DESCRIPTOR.match(self.arguments[index])
        if not match:
            return None
        path = match[2]
        return os.fsdecode(_unescape(path)) if path.startswith("\\x") else path

    def touches(self, root):
        """Whether any argument, descriptor or text, is a path below `root`."""
        places = range(len(self.arguments))
        return any(root in (self.path(i) or "") or os.fsencode(root) in self.text(i)
                   for i in places)

    def named(self, index):
        """The path of a name argument behind its directory's."""
        return os.path.normpath(os.path.join(self.path(index) or os.getcwd(),
                                             os.fsdecode(self.text(index + 1))))


def _unescape(text):
    return bytes(int(part, 16) for part in text.split("\\x")[1:])


def _split(arguments):
    """Arguments at top level; texts hold no quotes, because all of them are in hexadecimal."""
    parts, depth, start, quoted = [], 0, 0, False
    for place, character in enumerate(arguments):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "([{<":
            depth += 1
        elif not quoted and character in ")]}>":
            depth -= 1
        elif not quoted and depth == 0 and character == ",":
            parts.append(arguments[start:place].strip())
            start = place + 1
    return parts + [arguments[start:].strip()]


def check_strace():
    """Raises CannotTrace unless strace works here."""
    try:
        tried = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True,
                               text=True, check=False)
    except OSError as error:
        raise CannotTrace(f"no strace: {error.strerror}") from None
    if tried.returncode != 0:
        raise CannotTrace(tried.stderr.strip().splitlines()[-1])


def record(command):
    """The calls of a command, in the order in which they ended."""
    check_strace()
    # The leak check of AddressSanitizer cannot work under strace.
    environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
                       ":detect_leaks=0")
    with tempfile.NamedTemporaryFile("r", suffix=".trace", errors="replace") as trace:
        subprocess.run(["strace", "-f", "-y", "-xx", "-s", "16777216", "-e", "trace=" + CALLS,
                        "-e", "signal=none", "-o", trace.name] + command,
                       stdout=subprocess.DEVNULL, env=environment, check=True)
        return list(parse(trace))


def parse(lines):
    """The calls in a trace; failed ones are left out."""
    begun = {}
    for line in lines:
        match = LINE.match(line.rstrip("\n"))
        if not match:
            continue
        thread, text = match.groups()
        if text.endswith("<unfinished ...>"):
            begun[thread] = text[:-len("<unfinished ...>")].rstrip()
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)$", text)
        if resumed:
            text = begun.pop(thread, "") + resumed[1]
        call = CALL.match(text)
        if call and int(call[3]) >= 0:
            yield Call(call[1], call[2], int(call[3]))


def said(call):
    """The lines that the call wrote to standard output."""
    if call.name != "write" or not re.match(r"1<", call.arguments[0]):
        return []
    return call.text(1)[:call.result].decode(errors="replace").splitlines()


def play(call, disk):
    """Does to the disk what the call did; returns whether it changed anything there."""
    if call.name not in PLAYERS:
        if call.name == "io_uring_setup" or call.touches(disk.root):
            raise NotImplementedError(f"{call.name} is not understood")
        return False
    return PLAYERS[call.name](call, disk)


def _map(call, disk):
    shared = "PROT_WRITE" in call.arguments[2] and "MAP_SHARED" in call.arguments[3]
    if shared and disk.holds(call.path(4)):
        raise NotImplementedError("writes through a mapping cannot be seen")
    return False


def _sync_range(_call, _disk):
    return False  # promises nothing


def _open(call, disk):
    path, flags = call.named(0), call.arguments[2]
    if not disk.holds(path) or "O_CREAT" not in flags or path in disk.names:
        return False
    disk.change((path, Inode()))
    return True


def _file(call, disk):
    node = disk.names.get(call.path(0))
    return node if isinstance(node, Inode) else None


def _write(call, disk):
    file = _file(call, disk)
    if file:
        raise NotImplementedError("a write without an offset")
    return False


def _write_at(call, disk):
    file = _file(call, disk)
    if file:
        file.write(int(call.arguments[3]), call.text(1)[:call.result])
    return file is not None


def _resize(call, disk):
    file = _file(call, disk)
    if file:
        file.resize(int(call.arguments[1]))
    return file is not None


def _allocate(call, disk):
    file = _file(call, disk)
    end = int(call.arguments[2]) + int(call.arguments[3])
    if file and "KEEP_SIZE" not in call.arguments[1] and end > len(file.current):
        file.resize(end)
    return file is not None


def _sync(call, disk):
    path = call.path(0)
    known = disk.holds(path) and path in disk.names
    if known:
        disk.sync(path)
    return known


def _rename(call, disk):
    source, target = call.named(0), call.named(2)
    if not disk.holds(source):
        return False
    disk.rename(source, target)
    return True


def _unlink(call, disk):
    path = call.named(0)
    if not disk.holds(path):
        return False
    disk.change((path, None))
    return True


def _make_directory(call, disk):
    path = call.named(0)
    if not disk.holds(path) or path == disk.root:
        return False
    disk.change((path, Directory()))
    return True


PLAYERS = {
    "openat": _open, "write": _write, "pwrite64": _write_at, "ftruncate": _resize,
    "fallocate": _allocate, "fsync": _sync, "fdatasync": _sync, "sync_file_range": _sync_range,
    "renameat": _rename, "renameat2": _rename, "unlinkat": _unlink, "mkdirat": _make_directory,
    "mmap": _map}

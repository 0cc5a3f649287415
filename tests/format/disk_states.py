"""A disk as a power cut may leave it, rebuilt from the calls that a program made.

What a call wrote is dirty until a sync of its file; a name is pending until a sync of its
directory. After a cut each dirty 512-byte sector is old, new or torn, sizes are data of their own,
and of the pending changes of names some first part is there.
"""
import os

SECTOR = 512
MODES = ("none", "all", "last", "all but first", "size only")


class Inode:
    """A file, as the program sees it and as the disk has it."""

    def __init__(self):
        self.durable, self.current = b"", bytearray()
        self.dirty, self.size_dirty = set(), False

    def write(self, offset, data):
        """Bytes at an offset; a gap before them reads as zeros."""
        end = offset + len(data)
        if len(self.current) < end:
            self.resize(end)
        self.current[offset:end] = data
        if data:
            self.dirty.update(range(offset // SECTOR, (end - 1) // SECTOR + 1))

    def resize(self, size):
        """Cuts the file, or extends it with zeros."""
        kept = min(size, len(self.current))
        self.current[kept:] = bytes(size - kept)
        self.size_dirty = True
        self.dirty.add(kept // SECTOR)

    def sync(self):
        """All of it is durable."""
        self.durable = bytes(self.current)
        self.dirty, self.size_dirty = set(), False

    def after_cut(self, mode, random):
        """The bytes that the disk holds."""
        data = bytearray(self.durable.ljust(len(self.current), b"\0"))
        for sector in self._kept(mode, random):
            start, end = sector * SECTOR, min(sector * SECTOR + SECTOR, len(self.current))
            if mode == "random" and random.random() < 0.15:
                end = random.randint(start, max(start, end))
            data[start:end] = self.current[start:end]
        size = self._size_after(mode, random)
        return bytes(data[:size].ljust(size, b"\0"))

    def _kept(self, mode, random):
        dirty = sorted(self.dirty)
        if mode == "random":
            return [sector for sector in dirty if random.random() < 0.5]
        return {"none": [], "size only": [], "all": dirty, "last": dirty[-1:],
                "all but first": dirty[1:]}[mode]

    def _size_after(self, mode, random):
        old, new = len(self.durable), len(self.current)
        if not self.size_dirty or mode not in ("none", "random"):
            return new
        if mode == "none":
            return old
        return random.choice((old, new, random.randint(min(old, new), max(old, new))))


class Directory:
    """Stands for a directory where an Inode stands for a file."""


class Disk:
    """Names and files below `root`. With names "strict" only a sync of the directory makes a name
    durable; with "ext4" any sync of a file does so for all names that changed before it."""

    def __init__(self, root, names):
        self.root, self._ext4 = root, names == "ext4"
        self.names = {root: Directory()}
        self._durable, self._pending = dict(self.names), []

    def holds(self, path):
        """Whether the path is one of ours."""
        return path is not None and (path == self.root or path.startswith(self.root + "/"))

    def change(self, *changes):
        """Changes names, all of `changes` or none: (path, Inode or Directory or None)."""
        _apply(self.names, changes)
        self._pending.append(changes)

    def rename(self, source, target):
        """Replaces the target."""
        if isinstance(self.names[source], Directory):
            raise NotImplementedError("a directory was renamed")
        self.change((target, self.names[source]), (source, None))

    def sync(self, path):
        """Of a file or a directory."""
        node = self.names[path]
        if isinstance(node, Inode):
            node.sync()
        waiting = []
        for changes in self._pending:
            ours = isinstance(node, Directory) and os.path.dirname(changes[0][0]) == path
            if ours or self._ext4:
                _apply(self._durable, changes)
            else:
                waiting.append(changes)
        self._pending = waiting

    def after_cut(self, mode, random):
        """{path: bytes, or None for a directory}. What lies in a directory whose own name is lost
        is lost with it."""
        names, count = dict(self._durable), len(self._pending)
        kept = {"none": 0, "random": random.randint(0, count)}.get(mode, count)
        for changes in self._pending[:kept]:
            _apply(names, changes)
        made, found = {}, {}
        for path in sorted(names):
            if path != self.root and os.path.dirname(path) not in found:
                continue
            node = names[path]
            if isinstance(node, Inode) and node not in made:
                made[node] = node.after_cut(mode, random)
            found[path] = made.get(node)
        return found


def _apply(names, changes):
    for path, node in changes:
        if node is None:
            names.pop(path, None)
        else:
            names[path] = node

"""The MANIFEST of a batpak store (docs/FORMAT.md, "MANIFEST"), read strictly."""
import os
import re
import zlib
from typing import NamedTuple


class ManifestError(ValueError):
    """A file that is no manifest of version 1 to 3, or one that contradicts itself."""


def segment_name(number):
    """The name of a segment's file in segments/."""
    return f"{number:012d}.bpk"


class Era(NamedTuple):
    """From sequence `first` on, events belong to `log` (16 bytes)."""
    first: int
    log: bytes


class Listed(NamedTuple):
    """A segment as the manifest lists it; `end` and `size` are None for the active one."""
    number: int
    first: int
    end: int | None
    size: int | None

    @property
    def active(self):
        """Whether events are appended to this one."""
        return self.end is None

    @property
    def name(self):
        """Its file name in segments/."""
        return segment_name(self.number)


class Manifest(NamedTuple):
    """What a manifest says."""
    log: bytes
    generation: int
    chain: bool
    eras: list
    segments: list
    gone: list
    prune: tuple | None  # (sequence of the intent that is in force, whether it is pending)


_NUMBER = rb"(0|[1-9][0-9]{0,19})"
_UUID = rb"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_LOG = re.compile(rb"log " + _UUID)
_GENERATION = re.compile(rb"generation " + _NUMBER)
_CHAIN = re.compile(rb"chain (blake3|none)")
_ERA = re.compile(rb"era " + _NUMBER + b" " + _UUID)
_SEALED = re.compile(b"segment %b sealed first %b end %b bytes %b" % ((_NUMBER,) * 4))
_ACTIVE = re.compile(b"segment %b active first %b" % ((_NUMBER,) * 2))
_PRUNE = re.compile(b"prune " + _NUMBER + b" (pending|done)")
_GONE = re.compile(b"gone " + _NUMBER)
_CRC = re.compile(rb"crc ([0-9a-f]{8})\n\Z")


def _number(text):
    value = int(text)
    if value >= 1 << 64:
        raise ManifestError(f"{value} does not fit 64 bits")
    return value


def _uuid(text):
    return bytes.fromhex(text.decode("ascii").replace("-", ""))


class _Lines:
    """The lines of a manifest, taken in order."""

    def __init__(self, lines):
        self._lines = lines
        self._at = 0

    def maybe(self, pattern):
        """The groups of the next line if it matches; else None, and the line stays."""
        if self._at == len(self._lines):
            return None
        match = pattern.fullmatch(self._lines[self._at])
        if match is None:
            return None
        self._at += 1
        return match.groups()

    def need(self, pattern, what):
        """The groups of the next line, which has to match."""
        groups = self.maybe(pattern)
        if groups is None:
            raise ManifestError(f"line {self._at + 1} should be {what}")
        return groups

    def finish(self):
        """Nothing may be left."""
        if self._at != len(self._lines):
            raise ManifestError(f"line {self._at + 1} is out of place")


def parse(data):
    """The Manifest that the bytes of a file say, or ManifestError."""
    last = data.rfind(b"crc ")
    match = _CRC.match(data, last) if last >= 0 else None
    if match is None or (last > 0 and data[last - 1] != 0x0A):
        raise ManifestError("the last line is not a crc")
    if int(match.group(1), 16) != zlib.crc32(data[:last]):
        raise ManifestError("the crc does not hold")
    lines = _Lines(data[:last].split(b"\n")[:-1])
    version = int(lines.need(re.compile(rb"batpak manifest v([123])"), "'batpak manifest v1', v2 or v3")[0])
    log = _uuid(lines.need(_LOG, "log UUID")[0])
    generation = _number(lines.need(_GENERATION, "generation N")[0])
    chain = lines.need(_CHAIN, "chain blake3 or chain none")[0] == b"blake3"
    eras = [Era(_number(first), _uuid(name))
            for first, name in iter(lambda: lines.maybe(_ERA), None)]
    segments = [Listed(*map(_number, groups))
                for groups in iter(lambda: lines.maybe(_SEALED), None)]
    number, first = lines.need(_ACTIVE, "a segment line, the last one active")
    segments.append(Listed(_number(number), _number(first), None, None))
    prune = lines.maybe(_PRUNE)
    if (prune is not None) != (version == 3):
        raise ManifestError(f"a manifest of version {version} with or without a line prune")
    prune = prune and (_number(prune[0]), prune[1] == b"pending")
    gone = [_number(groups[0]) for groups in iter(lambda: lines.maybe(_GONE), None)]
    lines.finish()
    _check_eras(log, eras)
    _check_segments(segments)
    _check_ids([segment.number for segment in segments], gone, version)
    return Manifest(log, generation, chain, eras, segments, gone, prune)


def _check_eras(log, eras):
    if not eras or eras[0].first != 0:
        raise ManifestError("the first era does not start at 0")
    if any(a.first > b.first for a, b in zip(eras, eras[1:])):
        raise ManifestError("the eras are not in order")
    if eras[-1].log != log:
        raise ManifestError("log is not the log of the last era")


def _check_segments(segments):
    expected = 0
    for segment in segments:
        if segment.first != expected:
            raise ManifestError(f"segment {segment.number} should start at {expected}")
        if not segment.active and segment.end < segment.first:
            raise ManifestError(f"segment {segment.number} ends before it starts")
        expected = segment.end


def _check_ids(listed, gone, version):
    if gone != sorted(gone):
        raise ManifestError("the ids that are gone do not grow")
    if len(set(listed + gone)) != len(listed + gone):
        raise ManifestError("an id stands twice")
    if version < 3 and version != (2 if gone or listed != sorted(listed) else 1):
        raise ManifestError(f"the segment ids are not those of a manifest of version {version}")


def load(store):
    """(Manifest, name of the file it came from, notes) of the directory `store`."""
    found, notes = [], []
    for name in ("MANIFEST", "MANIFEST.copy"):
        try:
            with open(os.path.join(store, name), "rb") as file:
                data = file.read()
            found.append((parse(data), name, data))
        except (OSError, ManifestError) as error:
            notes.append(f"{name}: {getattr(error, 'strerror', None) or error}")
    if not found:
        raise ManifestError("no readable manifest; " + "; ".join(notes))
    best = max(found, key=lambda one: one[0].generation)  # the first of equals
    for manifest, name, data in found:
        if manifest.generation != best[0].generation:
            notes.append(f"{name}: an older generation, {manifest.generation}")
        elif data != best[2]:
            raise ManifestError("MANIFEST and its copy differ in one generation")
    return best[0], best[1], notes

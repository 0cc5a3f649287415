"""A small MessagePack decoder for batpak's reader: bounded depth, no dependency.

MessagePack types become Python types: nil None, bool, int, float, str, bin `bytes`, array `list`,
map `Map` (the pairs in stored order, since keys need not be hashable), ext `Ext`.

With strict=True every value must have the one form that a batpak writer gives it: each integer and
each length in its shortest form, integers that are not negative as unsigned ones, str in UTF-8.
"""
import struct
from typing import NamedTuple


class MsgpackError(ValueError):
    """Bytes that are not (strictly, where asked for) one MessagePack value."""


class Map(NamedTuple):
    """A map as stored: a list of (key, value)."""
    pairs: list


class Ext(NamedTuple):
    """An extension value."""
    code: int
    data: bytes


MAX_DEPTH = 64

# first byte -> (form of the number, its size, the limit of strictness): an unsigned number or a
# length below the limit has a shorter form, and so has a signed one from the limit on
_UINT = {0xCC: (">B", 1, 0x80), 0xCD: (">H", 2, 0x100), 0xCE: (">I", 4, 1 << 16),
         0xCF: (">Q", 8, 1 << 32)}
_INT = {0xD0: (">b", 1, -0x20), 0xD1: (">h", 2, -0x80), 0xD2: (">i", 4, -(1 << 15)),
        0xD3: (">q", 8, -(1 << 31))}
_LENGTH = {
    0xC4: ("bin", ">B", 1, 0), 0xC5: ("bin", ">H", 2, 0x100), 0xC6: ("bin", ">I", 4, 1 << 16),
    0xC7: ("ext", ">B", 1, 0), 0xC8: ("ext", ">H", 2, 0x100), 0xC9: ("ext", ">I", 4, 1 << 16),
    0xD9: ("str", ">B", 1, 0x20), 0xDA: ("str", ">H", 2, 0x100), 0xDB: ("str", ">I", 4, 1 << 16),
    0xDC: ("array", ">H", 2, 0x10), 0xDD: ("array", ">I", 4, 1 << 16),
    0xDE: ("map", ">H", 2, 0x10), 0xDF: ("map", ">I", 4, 1 << 16),
}
_FIXEXT = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_FLOAT = {0xCA: (">f", 4), 0xCB: (">d", 8)}
_CONSTANT = {0xC0: None, 0xC2: False, 0xC3: True}

_uint = {k: (struct.Struct(f).unpack_from, n, least) for k, (f, n, least) in _UINT.items()}
_int = {k: (struct.Struct(f).unpack_from, n, least) for k, (f, n, least) in _INT.items()}
_length = {k: (what, struct.Struct(f).unpack_from, n, least)
           for k, (what, f, n, least) in _LENGTH.items()}


def decode(data, strict=False, max_depth=MAX_DEPTH):
    """The one value that `data` (bytes) consists of, to the last byte."""
    value, end = _value(data, 0, max_depth, strict)
    if end != len(data):
        raise MsgpackError(f"{len(data) - end} bytes behind the value")
    return value


def decode_array(data, strict=True, max_depth=MAX_DEPTH):
    """The array that `data` consists of, as (elements, bounds).

    Element i is stored in data[bounds[i]:bounds[i + 1]].
    """
    if not data:
        raise MsgpackError("no bytes")
    first = data[0]
    if first & 0xF0 == 0x90:
        count, position = first & 0x0F, 1
    elif first in (0xDC, 0xDD):
        _, count, position = _head(data, 0, first, strict)
    else:
        raise MsgpackError("not an array")
    if count > len(data):
        raise MsgpackError(f"an array of {count} elements in {len(data)} bytes")
    elements, bounds = [], [position]
    for _ in range(count):
        element, position = _value(data, position, max_depth - 1, strict)
        elements.append(element)
        bounds.append(position)
    if position != len(data):
        raise MsgpackError(f"{len(data) - position} bytes behind the array")
    return elements, bounds


def _value(data, position, depth, strict):
    """(value, end) of the value at `position`."""
    try:
        first = data[position]
    except IndexError:
        raise MsgpackError(f"a value is missing at byte {position}") from None
    if first < 0x80:
        return first, position + 1
    if first >= 0xE0:
        return first - 0x100, position + 1
    if first in _CONSTANT:
        return _CONSTANT[first], position + 1
    if first in _uint or first in _int:
        return _integer(data, position, first, strict)
    if first < 0xC0:
        what = "map" if first < 0x90 else "array" if first < 0xA0 else "str"
        count, position = first & (0x1F if what == "str" else 0x0F), position + 1
    elif first in _length:
        what, count, position = _head(data, position, first, strict)
    else:
        return _rare(data, position, first)
    if what == "bin":
        return _slice(data, position, count)
    if what == "str":
        raw, end = _slice(data, position, count)
        try:
            return raw.decode("utf-8"), end
        except UnicodeDecodeError:
            raise MsgpackError(f"a str at byte {position} is not UTF-8") from None
    return _container(data, position, what, count, depth, strict)


def _integer(data, position, first, strict):
    unpack, size, least = _uint[first] if first in _uint else _int[first]
    end = position + 1 + size
    if end > len(data):
        raise MsgpackError(f"an integer at byte {position} is cut off")
    value = unpack(data, position + 1)[0]
    if strict and (value < least if first in _uint else value >= least):
        raise MsgpackError(f"the integer at byte {position} is not in its shortest form")
    return value, end


def _head(data, position, first, strict):
    """(what, count, end) of a head with a length."""
    what, unpack, size, least = _length[first]
    end = position + 1 + size
    if end > len(data):
        raise MsgpackError(f"a length at byte {position} is cut off")
    count = unpack(data, position + 1)[0]
    if strict and count < least:
        raise MsgpackError(f"the length at byte {position} is not in its shortest form")
    return what, count, end


def _slice(data, position, count):
    end = position + count
    if end > len(data):
        raise MsgpackError(f"{count} bytes at byte {position} are cut off")
    return data[position:end], end


def _rare(data, position, first):
    """Floats, fixed extensions, and 0xC1, which is no value."""
    if first in _FLOAT:
        form, size = _FLOAT[first]
        raw, end = _slice(data, position + 1, size)
        return struct.unpack(form, raw)[0], end
    if first in _FIXEXT:
        return _extension(data, position + 1, _FIXEXT[first])
    raise MsgpackError(f"byte {first:#04x} at byte {position} starts no value")


def _extension(data, position, count):
    raw, end = _slice(data, position, count + 1)
    return Ext(struct.unpack(">b", raw[:1])[0], raw[1:]), end


def _container(data, position, what, count, depth, strict):
    if what == "ext":
        return _extension(data, position, count)
    if depth <= 0:
        raise MsgpackError(f"nested too deeply at byte {position}")
    if count > len(data) - position:  # every element takes a byte at least
        raise MsgpackError(f"a container of {count} at byte {position} is cut off")
    if what == "array":
        items = []
        for _ in range(count):
            item, position = _value(data, position, depth - 1, strict)
            items.append(item)
        return items, position
    pairs = []
    for _ in range(count):
        key, position = _value(data, position, depth - 1, strict)
        value, position = _value(data, position, depth - 1, strict)
        pairs.append((key, value))
    return Map(pairs), position


def to_json(value):
    """`value` in terms of JSON; what JSON has no word for becomes an object of one odd key."""
    if isinstance(value, bytes):
        return {"$bin": value.hex()}
    if isinstance(value, Ext):
        return {"$ext": [value.code, value.data.hex()]}
    if isinstance(value, float):
        finite = value == value and abs(value) != float("inf")
        return value if finite else {"$float": repr(value)}
    if isinstance(value, Map):
        keys = [key for key, _ in value.pairs]
        if all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys):
            return {key: to_json(item) for key, item in value.pairs}
        return {"$map": [[to_json(key), to_json(item)] for key, item in value.pairs]}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value

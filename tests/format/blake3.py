"""BLAKE3 in pure Python: hash, keyed hash and key derivation, 32 bytes out.

The compression function is written out for 7 rounds by a small generator at import: Python runs
local variables several times faster than lists, and a verifier of many events lives on that.
"""
import struct

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
      0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15))
DIAGONALS = ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))

CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
KEYED_HASH, DERIVE_KEY_CONTEXT, DERIVE_KEY_MATERIAL = 16, 32, 64
BLOCK, CHUNK = 64, 1024

_words = struct.Struct("<16I").unpack
_pack_key = struct.Struct("<8I").pack
_unpack_key = struct.Struct("<8I").unpack


def _quarter(a, b, c, d, x, y):
    """The source lines of one G: two half steps, each an addition and a rotation twice."""
    lines = []
    for word, right_d, right_b in ((x, 16, 12), (y, 8, 7)):
        lines += [
            f"v{a} = v{a} + v{b} + m{word} & M",
            f"t = v{d} ^ v{a}",
            f"v{d} = t >> {right_d} | t << {32 - right_d} & M",
            f"v{c} = v{c} + v{d} & M",
            f"t = v{b} ^ v{c}",
            f"v{b} = t >> {right_b} | t << {32 - right_b} & M",
        ]
    return lines


def _make_compress():
    """compress(key of 8 words, 16 words of block, counter, length of block, flags) -> 8 words."""
    lines = ["(" + ", ".join(f"v{i}" for i in range(8)) + ") = key",
             "(" + ", ".join(f"m{i}" for i in range(16)) + ") = block",
             "(v8, v9, v10, v11) = IV4",
             "v12 = counter & M; v13 = counter >> 32; v14 = length; v15 = flags"]
    schedule = list(range(16))
    for _ in range(7):
        for i, quarter in enumerate(COLUMNS + DIAGONALS):
            lines += _quarter(*quarter, schedule[2 * i], schedule[2 * i + 1])
        schedule = [schedule[i] for i in PERMUTATION]
    lines.append("return (" + ", ".join(f"v{i} ^ v{i + 8}" for i in range(8)) + ")")
    head = "def compress(key, block, counter, length, flags, M=0xFFFFFFFF, IV4=IV4):\n    "
    scope = {"IV4": IV[:4]}
    exec(head + "\n    ".join(lines), scope)  # the text is made of the constants above alone
    return scope["compress"]


compress = _make_compress()


def _chunk(key, data, start, end, index, flags, last):
    """The chaining value of the chunk data[start:end]; `last` is ROOT if it is the message."""
    value, position, mark = key, start, flags | CHUNK_START
    while end - position > BLOCK:
        value = compress(value, _words(data[position:position + BLOCK]), index, BLOCK, mark)
        position, mark = position + BLOCK, flags
    rest = data[position:end]
    return compress(value, _words(rest.ljust(BLOCK, b"\0")), index, end - position,
                    mark | CHUNK_END | last)


def _run(key, data, flags):
    """The hash of `data` as 8 words: chunks, then a binary tree whose left sides are full."""
    size = len(data)
    if size <= CHUNK:
        return _chunk(key, data, 0, size, 0, flags, ROOT)
    chunks = (size + CHUNK - 1) // CHUNK
    stack = []  # the chaining values of full subtrees, the largest first
    for index in range(chunks - 1):
        value = _chunk(key, data, index * CHUNK, (index + 1) * CHUNK, index, flags, 0)
        done = index + 1
        while done & 1 == 0:
            value = compress(key, stack.pop() + value, 0, BLOCK, flags | PARENT)
            done >>= 1
        stack.append(value)
    value = _chunk(key, data, (chunks - 1) * CHUNK, size, chunks - 1, flags, 0)
    while stack:
        last = ROOT if len(stack) == 1 else 0
        value = compress(key, stack.pop() + value, 0, BLOCK, flags | PARENT | last)
    return value


def blake3(data):
    """The plain hash."""
    return _pack_key(*_run(IV, data, 0))


def keyed(key, data):
    """The keyed hash; `key` has 32 bytes."""
    return _pack_key(*_run(_unpack_key(key), data, KEYED_HASH))


_context_keys = {}


def derive_key(context, data):
    """Key-derivation mode; `context` is a str, whose key is worked out once."""
    key = _context_keys.get(context)
    if key is None:
        key = _run(IV, context.encode("utf-8"), DERIVE_KEY_CONTEXT)
        _context_keys[context] = key
    return _pack_key(*_run(key, data, DERIVE_KEY_MATERIAL))

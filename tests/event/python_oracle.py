"""The part of msgpack_differential_test.cpp that Python plays.

  echo FROM TO         reads an array of values in MessagePack from FROM, packs it anew into TO
  make SEED TO JSON    packs an array of random values into TO, and the same as text into JSON

Exits with 3, and a sentence, if python3-msgpack is not installed.
"""
import json
import random
import sys

try:
    import msgpack
except ImportError:
    print("python3-msgpack is missing: apt-get install python3-msgpack", file=sys.stderr)
    sys.exit(3)


def echo(source, target):
    with open(source, "rb") as file:
        values = msgpack.unpackb(file.read(), raw=False, strict_map_key=False)
    with open(target, "wb") as file:
        file.write(msgpack.packb(values, use_bin_type=True))


def scalar(chance):
    kind = chance.randrange(6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.getrandbits(chance.randrange(1, 65))
    if kind == 2:
        return -chance.getrandbits(chance.randrange(1, 64)) - 1
    if kind == 3:
        return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-300, 300)
    length = chance.choice([0, 1, 5, 31, 32, 33, 255, 256, 300])
    return "".join(chance.choice("abc\u00e4\u20ac\U0001f987\"\\\n") for _ in range(length))


def value(chance, levels):
    kind = chance.randrange(4) if levels > 0 else 0
    count = chance.choice([0, 1, 2, 3, 15, 16, 17]) if levels == 1 else chance.randrange(4)
    if kind == 2:
        return [value(chance, levels - 1) for _ in range(count)]
    if kind == 3:
        return {str(scalar(chance)): value(chance, levels - 1) for _ in range(count)}
    return scalar(chance)


def make(seed, target, text):
    chance = random.Random(int(seed))
    values = [value(chance, 4) for _ in range(2000)]
    with open(target, "wb") as file:
        file.write(msgpack.packb(values, use_bin_type=True))
    with open(text, "w", encoding="utf-8") as file:
        json.dump(values, file)


if __name__ == "__main__":
    {"echo": echo, "make": make}[sys.argv[1]](*sys.argv[2:])

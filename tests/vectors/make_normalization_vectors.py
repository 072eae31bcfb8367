#!/usr/bin/env python3
"""Write normalization_vectors.safetensors: shifts and scales of small data sets.

Computed with Python's fractions and decimal, exactly up to the last rounding to
float32, which no code of Treadle shares.

Cases
  features   [60, 6]: columns of ordinary size, tiny, huge, far from zero beside
             their spread, constant, and of two values
  image      [9, 4, 5, 3]: three channels of different size
  signal     [7, 11, 2]

Tensors, F32
  <case>.samples          as above
  <case>.standard.shift   mean of each place of the last axis
  <case>.standard.scale   1 / standard deviation (divided by n), 1 for a constant
  <case>.min_max.shift    minimum
  <case>.min_max.scale    1 / (maximum - minimum), 1 for a constant

Usage: make_normalization_vectors.py [OUTPUT]
"""
import decimal
import json
import random
import struct
import sys
from fractions import Fraction

decimal.getcontext().prec = 80


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def inverse_root(value):
    """1 / sqrt of a fraction, rounded once to a double."""
    root = (decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)).sqrt()
    return float(1 / root)


def fit(samples, places):
    columns = [[Fraction(value) for value in samples[place::places]] for place in range(places)]
    means = [sum(column) / len(column) for column in columns]
    squares = [sum((x - mean) ** 2 for x in column) / len(column) for column, mean in zip(columns, means)]
    ranges = [max(column) - min(column) for column in columns]
    return {
        "standard.shift": [float(mean) for mean in means],
        "standard.scale": [inverse_root(square) if square else 1.0 for square in squares],
        "min_max.shift": [float(min(column)) for column in columns],
        "min_max.scale": [float(1 / extent) if extent else 1.0 for extent in ranges],
    }


def make_cases():
    generator = random.Random(20240917)
    columns = [
        lambda: generator.gauss(0.5, 2),
        lambda: generator.uniform(1e-30, 3e-30),
        lambda: generator.gauss(-1e30, 3e29),
        lambda: 1e6 + generator.randrange(8) / 16,
        lambda: 0.1,
        lambda: generator.choice([-3, 7]),
    ]
    yield "features", [60, 6], [column() for _ in range(60) for column in columns]
    yield "image", [9, 4, 5, 3], [generator.gauss(c, 10**c) for _ in range(9 * 20) for c in range(3)]
    yield "signal", [7, 11, 2], [generator.uniform(-1, 1) * (1 + 99 * c) for _ in range(77) for c in range(2)]


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def main():
    tensors = {}
    for name, shape, values in make_cases():
        samples = [float32(value) for value in values]
        tensors[name + ".samples"] = (shape, samples)
        for kind, constants in fit(samples, shape[-1]).items():
            tensors[name + "." + kind] = ([shape[-1]], constants)
    write_safetensors(sys.argv[1] if len(sys.argv) > 1 else "normalization_vectors.safetensors", tensors)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write image_vectors.safetensors: PNG and JPEG files, the pixels that are in them, and resized images.

Tensors, I32
  <case>.file           the bytes of a file
  <case>.pixels         [height, width, 1 or 3]
  resize.<n>.from       an image before
  resize.<n>.to         and after, by the formula of lib/formats/image.hpp in exact fractions, times 256, rounded down

Usage: make_image_vectors.py [OUTPUT]
"""
import json
import random
import struct
import sys
from fractions import Fraction

from image_files import chunk, jpeg, png


def png_cases(generator):
    """Name, file, rows of pixels as they are to be read."""
    height, width = 13, 11
    for depth in (1, 2, 4, 8, 16):
        for color, samples in ((0, 1), (2, 3), (3, 1), (4, 2), (6, 4)):
            if (color == 3 and depth == 16) or (color in (2, 4, 6) and depth < 8):
                continue
            pixels = [
                [tuple(generator.randrange(2**depth) for _ in range(samples)) for _ in range(width)]
                for _ in range(height)
            ]

            def eight(sample):
                return sample if color == 3 else (sample * 255 + (2**depth - 1) // 2) // (2**depth - 1)

            wanted = [[tuple(eight(sample) for sample in pixel) for pixel in row] for row in pixels]
            before = b""
            if color == 3:
                palette = [tuple(generator.randrange(256) for _ in range(3)) for _ in range(2**depth)]
                before = chunk(b"PLTE", bytes(sum(palette, ())))
                before += chunk(b"tRNS", bytes([0, 128]))
                wanted = [[palette[pixel[0]] for pixel in row] for row in pixels]
            if color in (4, 6):
                wanted = [[pixel[:-1] for pixel in row] for row in wanted]
            if color == 2:
                before = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"tRNS", bytes(6))
            for interlaced in (False, True):
                name = "png.%d.%d%s" % (color, depth, ".interlaced" if interlaced else "")
                yield name, png(pixels, depth, color, interlaced, before), wanted


def flat(height, width, value):
    """An image whose pixels `value` gives from their block's row and column."""
    return [[value(y // 8, x // 8) for x in range(width)] for y in range(height)]


def rgb(y, cb, cr):
    """JFIF 1.02, page 3."""
    values = (y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128))
    return tuple(min(255, max(0, round(value))) for value in values)


def jpeg_cases(generator):
    grey = {(y, x): generator.randrange(256) for y in range(3) for x in range(2)}
    order = [(0, grey[y, x]) for y in range(3) for x in range(2)]
    for progressive in (False, True):
        name = "jpeg.grey" + (".progressive" if progressive else "")
        file = jpeg(13, 19, [(1, 1)], order, progressive)
        yield name, file, flat(19, 13, lambda y, x: (grey[y, x],))
    colors = {(y, x): tuple(generator.randrange(256) for _ in range(3)) for y in range(2) for x in range(2)}
    order = [(i, colors[y, x][i]) for y in range(2) for x in range(2) for i in range(3)]
    yield "jpeg.color", jpeg(16, 9, [(1, 1)] * 3, order), flat(9, 16, lambda y, x: rgb(*colors[y, x]))
    yield "jpeg.rgb", jpeg(16, 9, [(1, 1)] * 3, order, adobe=0), flat(9, 16, lambda y, x: colors[y, x])
    order = [(0, grey[y, x]) for y in range(2) for x in range(2)] + [(1, 90), (2, 200)]
    yield "jpeg.half", jpeg(16, 16, [(2, 2), (1, 1), (1, 1)], order), flat(16, 16, lambda y, x: rgb(grey[y, x], 90, 200))


def taps(old, new):
    ratio = Fraction(old, new)
    reach = max(Fraction(1), ratio)
    for i in range(new):
        centre = (i + Fraction(1, 2)) * ratio
        weights = [max(Fraction(0), 1 - abs(j + Fraction(1, 2) - centre) / reach) for j in range(old)]
        yield [weight / sum(weights) for weight in weights]


def resized(image, height, width):
    rows, columns = list(taps(len(image), height)), list(taps(len(image[0]), width))
    made = []
    for row in rows:
        made.append([])
        for column in columns:
            pixel = []
            for channel in range(len(image[0][0])):
                value = sum(
                    a * b * image[y][x][channel]
                    for y, a in enumerate(row)
                    if a
                    for x, b in enumerate(column)
                    if b
                )
                pixel.append(int(value * 256))
            made[-1].append(tuple(pixel))
    return made


def write_safetensors(path, tensors):
    head, data = {}, b""
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack("<%di" % len(values), *values)
        head[name] = {"dtype": "I32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)


def tensor(image):
    values = [sample for row in image for pixel in row for sample in pixel]
    return [len(image), len(image[0]), len(image[0][0])], values


def main():
    generator = random.Random(11)
    tensors = {}
    for name, file, pixels in [*png_cases(generator), *jpeg_cases(generator)]:
        tensors[name + ".file"] = ([len(file)], list(file))
        tensors[name + ".pixels"] = tensor(pixels)
    for number, (old, new) in enumerate((((7, 5), (7, 9)), ((7, 5), (3, 2)), ((6, 11), (13, 7)), ((1, 1), (4, 3)), ((17, 3), (1, 1)))):
        image = [[tuple(generator.randrange(256) for _ in range(3)) for _ in range(old[1])] for _ in range(old[0])]
        tensors["resize.%d.from" % number] = tensor(image)
        tensors["resize.%d.to" % number] = tensor(resized(image, *new))
    write_safetensors(sys.argv[1] if len(sys.argv) > 1 else "image_vectors.safetensors", tensors)


if __name__ == "__main__":
    main()

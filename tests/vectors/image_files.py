"""PNG and JPEG files made by hand, for the vectors and the fuzz corpus: the pixels are known without any decoder."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, depth, color, interlaced=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced))


def packed(row, depth):
    """Samples of `depth` bits as bytes, the last one filled up with zeros."""
    bits = "".join(format(sample, "0%db" % depth) for sample in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def paeth(left, up, corner):
    distances = [(abs(left + up - corner - value), i, value) for i, value in enumerate((left, up, corner))]
    return min(distances)[2]


def filtered(rows, step):
    """Every row with the next of the five filters; `step` is the bytes of a pixel."""
    out, before = b"", bytes(len(rows[0]) if rows else 0)
    for number, row in enumerate(rows):
        kind = number % 5
        out += bytes([kind])
        for i, value in enumerate(row):
            left = row[i - step] if i >= step else 0
            corner = before[i - step] if i >= step else 0
            guess = (0, left, before[i], (left + before[i]) // 2, paeth(left, before[i], corner))[kind]
            out += bytes([(value - guess) % 256])
        before = row
    return out


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(pixels, depth, color, interlaced=False, before=b"", after=b""):
    """`pixels`: rows of pixels, each a tuple of samples. `before` and `after` are chunks around the data."""
    height, width, samples = len(pixels), len(pixels[0]), len(pixels[0][0])
    step = max(1, depth * samples // 8)

    def rows(x, y, right, down):
        taken = [[sample for pixel in row[x::right] for sample in pixel] for row in pixels[y::down]]
        return filtered([packed(row, depth) for row in taken if row], step)

    data = b"".join(rows(*each) for each in ADAM7) if interlaced else rows(0, 0, 1, 1)
    return (
        SIGNATURE
        + header(width, height, depth, color, int(interlaced))
        + before
        + chunk(b"IDAT", zlib.compress(data, 9))
        + after
        + chunk(b"IEND", b"")
    )


def marker(code, data=b""):
    return bytes([0xFF, code]) + struct.pack(">H", len(data) + 2) + data


def jpeg(width, height, components, blocks, progressive=False, adobe=None):
    """A file whose blocks of 8 x 8 samples are flat: a block has the one value that is asked for, and a decoder gives
    exactly that. `components`: their (horizontal, vertical) sampling. `blocks`: values in the order of the scan, the
    blocks of a minimum coded unit component by component."""
    quantization = marker(0xDB, bytes([0] + [8] * 64))
    frame = struct.pack(">BHHB", 8, height, width, len(components))
    for i, (across, down) in enumerate(components):
        frame += bytes([i + 1, across << 4 | down, 0])
    # Twelve codes of 4 bits for the sizes of differences; one of 1 bit for the end of a block.
    tables = marker(0xC4, bytes([0x00] + [0, 0, 0, 12] + [0] * 12 + list(range(12))))
    tables += marker(0xC4, bytes([0x10, 1] + [0] * 15 + [0]))
    scan = bytes([len(components)])
    for i in range(len(components)):
        scan += bytes([i + 1, 0])
    scan += bytes([0, 0, 0]) if progressive else bytes([0, 63, 0])
    bits, last = "", [128] * len(components)
    for component, value in blocks:
        difference = value - last[component]
        last[component] = value
        size = abs(difference).bit_length()
        bits += format(size, "04b")
        if size:
            bits += format(difference if difference > 0 else difference + (1 << size) - 1, "0%db" % size)
        if not progressive:
            bits += "0"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\x00")
    head = b"\xff\xd8"
    if adobe is not None:
        head += marker(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, adobe))
    return (
        head
        + quantization
        + marker(0xC2 if progressive else 0xC0, frame)
        + tables
        + marker(0xDA, scan)
        + data
        + b"\xff\xd9"
    )

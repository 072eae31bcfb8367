#!/usr/bin/env python3
"""events_test.py TOOL: what `treadle report --tensorboard` writes, read by the formats' own descriptions.

TFRecord: https://www.tensorflow.org/tutorials/load_data/tfrecord (length, masked CRC-32C, bytes, masked CRC-32C);
messages: tensorflow/core/util/event.proto and framework/summary.proto; wire format: protobuf.dev/programming-guides/encoding.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        length, length_crc = struct.unpack_from("<QI", data, at)
        assert length_crc == masked(data[at:at + 8]), "checksum of a length"
        record = data[at + 12:at + 12 + length]
        assert len(record) == length, "a record is cut off"
        (crc,) = struct.unpack_from("<I", data, at + 12 + length)
        assert crc == masked(record), "checksum of a record"
        yield record
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(message):
    """(field number, value) of each field of a message."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(message, at)
        elif kind == 1:
            value, at = struct.unpack_from("<d", message, at)[0], at + 8
        elif kind == 2:
            size, at = varint(message, at)
            value, at = message[at:at + size], at + size
        elif kind == 5:
            value, at = struct.unpack_from("<f", message, at)[0], at + 4
        else:
            raise AssertionError(f"wire type {kind}")
        yield key >> 3, value
    assert at == len(message), "a field is cut off"


def scalars(data):
    """{(tag, step): (value, wall time)}; the file's head is checked."""
    events = [dict(fields(record)) for record in records(data)]
    assert events[0][3] == b"brain.Event:2", events[0]
    found = {}
    for event in events[1:]:
        for number, value in fields(event[5]):
            assert number == 1
            parts = dict(fields(value))
            found[parts[1].decode(), event.get(2, 0)] = parts[2], event[1]
    return found


LOG = """{"iteration":100,"epoch":1,"loss":1.5}
{"iteration":300,"epoch":1,"loss":0.75,"learning_rate":0.001}
{"epoch":1,"iterations":400,"train_loss":0.5,"train_accuracy":0.75,"validation_loss":0.25,"validation_accuracy":0.875,"seconds":2.5,"samples_per_second":1000}
{"epoch":2,"iterations":400,"train_loss":null,"train_accuracy":0.5,"validation_loss":null,"validation_accuracy":null,"seconds":1.5,"samples_per_second":2000}
{"iteration":600,"epoch":2,"loss":0.5,"learning_rate":0.25}
{"iteration":600,"epoch":2,"validation_loss":0.125,"validation_accuracy":0.5}
{"iteration":880,"epoch":3,"loss":0.25,"learning_rate":0.125}
"""


def check_names(run, written):
    """Of two runs with one name the second is refused, and finds a place of its own."""
    def report(path, where):
        return subprocess.run([sys.argv[1], "report", path, "--tensorboard", where], capture_output=True, text=True)

    before = [path.read_bytes() for path in sorted(written.iterdir())]
    other = run / "elsewhere" / run.name
    other.mkdir(parents=True)
    (other / "log.jsonl").write_text(LOG.splitlines()[0] + "\n")
    refused = report(other, written.parent)
    assert refused.returncode == 1 and f"has the events of another run, {run.resolve()}/log.jsonl" in refused.stderr, refused
    assert [path.read_bytes() for path in sorted(written.iterdir())] == before
    assert report(other, written.parent / "b").returncode == 0
    assert (written.parent / "b" / run.name / "source.txt").read_text() == f"{other.resolve()}/log.jsonl\n"
    # The same run, however it is named, may be told again.
    assert report(run / ".", written.parent).returncode == 0


def main():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.jsonl"
        log.write_text(LOG)
        events = pathlib.Path(folder) / "events"
        subprocess.run([sys.argv[1], "report", log, "--tensorboard", events], check=True, stdout=subprocess.DEVNULL)
        # A folder for each run; a log named log.jsonl is the run of its folder.
        name = pathlib.Path(folder).name
        files = [path for path in events.rglob("*") if path.is_file()]
        written = events / name / f"events.out.tfevents.0.{name}"
        assert sorted(files) == [written, events / name / "source.txt"], files
        check_names(pathlib.Path(folder), events / name)
        found = scalars(written.read_bytes())
    expected = {
        ("loss/train", 1): (0.5, 2.5), ("loss/validation", 1): (0.25, 2.5),
        ("accuracy/train", 1): (0.75, 2.5), ("accuracy/validation", 1): (0.875, 2.5),
        ("samples_per_second", 1): (1000.0, 2.5), ("accuracy/train", 2): (0.5, 4.0),
        ("samples_per_second", 2): (2000.0, 4.0), ("iteration/loss", 100): (1.5, 0.625),
        ("iteration/loss", 300): (0.75, 1.875), ("iteration/learning_rate", 300): (struct.unpack("f", struct.pack("f", 0.001))[0], 1.875),
        ("iteration/loss", 600): (0.5, 3.25), ("iteration/learning_rate", 600): (0.25, 3.25),
        ("iteration/validation_loss", 600): (0.125, 3.25), ("iteration/validation_accuracy", 600): (0.5, 3.25),
        ("iteration/loss", 880): (0.25, 4.3), ("iteration/learning_rate", 880): (0.125, 4.3),
    }
    assert found.keys() == expected.keys(), found
    for key, (value, time) in expected.items():
        assert found[key][0] == value and abs(found[key][1] - time) < 1e-9, (key, found[key])
    print(f"{len(found)} scalars are as logged")


main()

#!/usr/bin/env python3
"""check_jobs.py SECONDS [SEED] [TOOL]: random jobs of `treadle train`, each in two ways that must not differ.

One run is left alone. The other has another number of threads, instruction set and micro-batch, and its data in memory
or in files, is killed up to four times at random moments, and goes on each time in yet another way. Both must end in the
same bytes, the same result and the same log, apart from times.
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SAMPLES, HEIGHT, WIDTH, FEATURES, CLASSES = 197, 9, 8, 11, 4
# Members that say how a run was done and not what came out.
HOW = {"model", "profile", "threads", "isa", "memory", "micro_batch", "seconds", "train_seconds", "samples_per_second"}


def make_images(folder, labels, images):
    """The same images as IDX files, with a part to validate on, as NPY files, and as PNG files."""
    idx, npy = folder / "idx", folder / "npy"
    idx.mkdir()
    npy.mkdir()
    for part, numbers in ("train", range(SAMPLES)), ("t10k", range(0, SAMPLES, 4)):
        pixels, classes = b"".join(images[i] for i in numbers), bytes(labels[i] for i in numbers)
        head = struct.pack(">4I", 2051, len(classes), HEIGHT, WIDTH)
        (idx / f"{part}-images-idx3-ubyte").write_bytes(head + pixels)
        (idx / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, len(classes)) + classes)

    def array(name, kind, shape, values):
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
        (npy / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + values)

    values = [pixel / 100 for image in images for pixel in image]
    array("x.npy", "<f4", (SAMPLES, HEIGHT, WIDTH, 1), struct.pack(f"<{len(values)}f", *values))
    array("y.npy", "<i4", (SAMPLES,), struct.pack(f"<{SAMPLES}i", *labels))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for i, (label, image) in enumerate(zip(labels, images)):
        rows = b"".join(b"\0" + image[y * WIDTH:(y + 1) * WIDTH] for y in range(HEIGHT))
        png = folder / "png" / f"class{label}" / f"{i:04}.png"
        png.parent.mkdir(parents=True, exist_ok=True)
        png.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", WIDTH, HEIGHT, 8, 0, 0, 0, 0)) +
                        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_data(folder):
    """Data sets that can be learnt, and lists of weights, groups and indices of their samples."""
    draw = random.Random(5)
    labels = [i % CLASSES if i % 7 else draw.randrange(CLASSES) for i in range(SAMPLES)]
    lit = [[90 if pixel // WIDTH // 3 == label else 0 for pixel in range(HEIGHT * WIDTH)] for label in range(CLASSES)]
    make_images(folder, labels, [bytes(min(255, max(0, round(draw.gauss(90, 40)) + light)) for light in lit[label])
                                 for label in labels])
    rows = [",".join(f"{draw.gauss(1.5 * (j % CLASSES == label), 1):.5f}" for j in range(FEATURES)) + f",{label}\n"
            for label in labels]
    (folder / "all.csv").write_text("".join(rows))
    (folder / "third.csv").write_text("".join(rows[::3]))
    (folder / "weights").write_text("".join(f"{2 * draw.random():.3f}\n" for _ in labels))
    (folder / "groups").write_text("".join(f"{draw.randrange(9)}\n" for _ in labels))
    (folder / "indices").write_text("".join(f"{i}\n" for i in sorted(draw.sample(range(SAMPLES), 40))))


class Job:
    """Options that decide what comes out, and whether the data may be read from their files."""

    def __init__(self, draw, folder):
        self.draw, self.folder, self.options = draw, folder, []
        kind = draw.choice(["all.csv", "idx", "npy", "png"])
        self.add("--data", folder / kind)
        self.always_streams, self.mappable = kind == "npy", kind in ("npy", "idx")
        self.window = self.maybe(0.2, "--window", 1, 5, 40, 500)
        validated = self.add_validation(kind)
        if not self.window:
            (self.maybe(0.2, "--balance") or self.maybe(0.2, "--weights", folder / "weights") or
             self.maybe(0.2, "--no-shuffle"))
        if kind != "all.csv":
            for option, value in ("--shift", 2), ("--rotate", 20), ("--crop", 0.2), ("--cutout", 3), ("--fill", 0.3):
                self.maybe(0.2, option, value)
            self.maybe(0.2, "--flip-left-right"), self.maybe(0.2, "--flip-up-down")
            self.maybe(0.5, "--model", "cnn")
        for option, value in ("--gain", 0.2), ("--noise", 0.1), ("--mixup", 0.2):
            self.maybe(0.2, option, value)
        self.maybe(0.4, "--normalize", "standard", "min-max")
        self.add_learning(validated)
        self.add_end(validated)

    def add(self, *words):
        self.options += map(str, words)
        return True

    def maybe(self, probability, option, *values):
        if self.draw.random() >= probability:
            return False
        return self.add(option, self.draw.choice(values)) if values else self.add(option)

    def add_validation(self, kind):
        if kind == "idx":
            return True  # it has a part for that
        if kind == "all.csv" and self.maybe(0.3, "--validation", self.folder / "third.csv"):
            return True
        if self.maybe(0.5, "--validation-split", "0.2", "7%"):
            return (self.maybe(0.3, "--stratify") or self.maybe(0.3, "--validation-groups", self.folder / "groups") or
                    True)
        return self.maybe(0.6, "--validation-indices", self.folder / "indices")

    def add_learning(self, validated):
        self.batch_size = self.draw.choice([1, 3, 8, 17, 32, 64, 300])
        self.add("--batch-size", self.batch_size, "--seed", self.draw.randrange(1000))
        self.add("--optimizer", self.draw.choice(["sgd", "momentum", "nesterov", "adam", "adamw"]))
        schedules = ["linear", "constant", "cosine", "one-cycle", "step"] + ["plateau"] * validated
        self.add("--schedule", self.draw.choice(schedules))
        if "plateau" in self.options:
            self.add("--plateau-patience", self.draw.choice([0, 1, 3]))
            self.add("--plateau-cooldown", self.draw.choice([0, 2]))
        for option, *values in (("--warm-up", 3, 50), ("--accumulate", 2, 5), ("--clip-norm", 0.5),
                                ("--clip-value", 0.05), ("--weight-decay", 0.001)):
            self.maybe(0.2, option, *values)

    def add_end(self, validated):
        ends_with_run = any(schedule in self.options for schedule in ("linear", "cosine", "one-cycle"))
        only = self.draw.choice(["epochs"] * 6 + ["iterations"] + ["patience"] * (validated and not ends_with_run))
        if only == "epochs":
            self.add("--epochs", self.draw.choice([1, 2, 5, 9]))
            self.maybe(0.2, "--max-iterations", 1, 7, 40, 100)
        elif only == "iterations":
            self.add("--max-iterations", self.draw.choice([1, 7, 40, 100]))
        if only == "patience":
            self.add("--patience", self.draw.choice([1, 2]), "--least-improvement", 0.02)
        elif validated and self.maybe(0.5, "--patience", 1, 2, 6):
            self.maybe(0.3, "--least-improvement", 0.01)
        if "--patience" in self.options:
            self.maybe(0.5, "--metric", "accuracy")
        if validated:
            self.maybe(0.4, "--validation-every", 1, 3, 10)
        # Where a rollback leads depends on where a run was resumed.
        if self.maybe(0.3, "--guard", "skip"):
            self.add("--guard-limit", 100000), self.maybe(0.7, "--spike", 1.05, 1.3, 2)
        self.add("--checkpoint-every", self.draw.choice([1, 2, 5, 23]))

    def streams(self):
        """Whether a run reads its data from their files: with a window it does, else it may."""
        return bool(self.window) or self.draw.random() < 0.5

    def way(self, streams):
        """Options that change no bit."""
        draw = self.draw
        words = ["--threads", draw.choice("123")]
        if draw.random() < 0.3:
            words += ["--micro-batch", str(min(self.batch_size, draw.choice([1, 2, 5, 16])))]
        words += ["--profile"] * (draw.random() < 0.2)
        words += ["--stream"] * (streams and not self.always_streams)
        words += ["--mapped"] * (self.mappable and (streams or self.always_streams) and draw.random() < 0.3)
        if (streams or self.always_streams) and draw.random() < 0.4:
            words += ["--buffers", draw.choice(["2", "3", "9"])]
            words += ["--readers", draw.choice(["1", "2", "4"])]
        return words


def what_came_out(members):
    return {key: value for key, value in members.items() if key not in HOW}


def outcome(run):
    """What is left of a run: its model's hash, its result, and its last line about each iteration, epoch and so on."""
    lines = {}
    for line in map(json.loads, (run / "log.jsonl").read_text().splitlines()):
        kinds = [kind for kind in ("anomaly", "iterations", "validation_loss", "loss", "ended") if kind in line]
        lines[kinds[0], line.get("iteration", line.get("epoch"))] = what_came_out(line)
    result = what_came_out(json.loads((run / "result.json").read_text()))
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest(), result, lines


class Check:
    def __init__(self, seed, tool, folder):
        self.seed, self.tool, self.folder = seed, tool, folder
        self.jobs = self.kills = 0
        make_data(folder)
        self.isas = [isa for isa in ("avx512", "avx2", "neon64", "scalar")
                     if subprocess.run([tool, "info"], env=self.environment(isa), capture_output=True).returncode == 0]

    @staticmethod
    def environment(isa):
        return {**os.environ, "TREADLE_ISA": isa}

    def start(self, job, run, streams):
        command = [self.tool, "train", *job.options, "--run", str(run), "--resume", "--quiet", *job.way(streams)]
        scalar = len(self.isas) == 1 or self.draw.random() < 0.05  # it is slow
        isa = "scalar" if scalar else self.draw.choice(self.isas[:-1])
        process = subprocess.Popen(command, env=self.environment(isa), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        return process, f"TREADLE_ISA={isa} {' '.join(command)}"

    def finish(self, process, command):
        """Waits for a run. Whether it diverged, which random rates do now and then."""
        message = process.communicate()[1].decode()
        diverged = process.returncode == 1 and "no finite numbers" in message
        if process.returncode != 0 and not diverged:
            raise AssertionError(f"{command}\nended with {process.returncode}: {message}")
        return diverged

    def interrupted(self, job, run, seconds):
        streams = job.streams()
        for _ in range(4):
            process, command = self.start(job, run, streams)
            if self.draw.random() < 0.15:
                break
            try:
                process.wait(self.draw.uniform(0, 1.1 * seconds))
                break
            except subprocess.TimeoutExpired:
                process.kill() if self.draw.random() < 0.7 else process.terminate()
                process.communicate()
                self.kills += 1
                command = None
        if command is None:
            process, command = self.start(job, run, streams)
        return self.finish(process, command)

    def check(self):
        self.draw = random.Random(f"{self.seed}, {self.jobs}")  # the same jobs each time, whenever they are killed
        job = Job(self.draw, self.folder)
        whole, parts = self.folder / "whole", self.folder / "parts"
        begin = time.monotonic()
        diverged = self.finish(*self.start(job, whole, job.streams()))
        if self.interrupted(job, parts, time.monotonic() - begin) != diverged:
            raise AssertionError(f"treadle train {' '.join(job.options)}\none of two runs diverged")
        ends = [(), ()] if diverged else [outcome(whole), outcome(parts)]
        for what, a, b in zip(("weights", "result", "log"), *ends):
            if a != b:
                raise AssertionError(f"treadle train {' '.join(job.options)}\n"
                                     f"was interrupted and has another {what}:\n{a}\n{b}")
        shutil.rmtree(whole), shutil.rmtree(parts)
        self.jobs += 1


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    root = pathlib.Path(__file__).resolve().parent.parent
    tool = sys.argv[3] if len(sys.argv) > 3 else str(root / "build/release/tools/treadle/treadle")
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        check = Check(seed, tool, pathlib.Path(folder))
        try:
            while check.jobs == 0 or time.monotonic() < end:
                check.check()
        except AssertionError as problem:
            sys.exit(f"{problem}\njob {check.jobs + 1} of seed {seed}")
    print(f"{check.jobs} jobs, killed {check.kills} times: each ends as if it had been left alone (seed {seed})")


if __name__ == "__main__":
    main()

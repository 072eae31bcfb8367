#!/usr/bin/env python3
"""Writes rate_curves.csv: range tests of learning rates, smoothed, and what each suggests.

The definitions are those of fastai 2.7 (Learner.lr_find, steep and minimum) and PyTorch Lightning 2
(_LRFinder.suggestion), written out anew: the smoothed loss as a weighted mean over all iterations so far instead of a
recursion, slopes as numpy.gradient() computes them. One thing is ours: slopes behind the least loss do not count. No code of Treadle is shared.
"""
import math
import os


def smoothed(losses, beta):
    means = []
    for i in range(len(losses)):
        weights = [beta ** (i - k) for k in range(i + 1)]
        means.append(math.fsum(w * x for w, x in zip(weights, losses)) / math.fsum(weights))
    return means


def gradient(values):
    inner = [(values[i + 1] - values[i - 1]) / 2 for i in range(1, len(values) - 1)]
    return [values[1] - values[0], *inner, values[-1] - values[-2]]


def range_test(losses, rates, beta, threshold=4):
    """The number of points that are kept, the smoothed losses, and the two suggestions, "" where there is none."""
    means = smoothed([x for x in losses if math.isfinite(x)], beta)
    kept = 0
    for i, loss in enumerate(losses):
        if not math.isfinite(loss):
            break
        kept = i + 1
        if i > 0 and means[i] > threshold * min(means[:i]):
            break
    begin, end = len(rates) // 10, kept - 1
    steepest, minimum = "", ""
    if end - begin >= 2:
        part = means[begin:end]
        slopes = gradient(part)[: part.index(min(part)) + 1]
        least = 2**-23 * part[0]  # losses are 32-bit numbers: less is no fall
        if min(slopes) < -least:
            steepest = repr(rates[begin + slopes.index(min(slopes))])
        if min(part) < part[0] - least:
            minimum = repr(rates[begin + part.index(min(part))] / 10)
    return kept, means, steepest, minimum


def noise(i):
    """Between -1 and 1, the same everywhere."""
    return ((i * 7919 + 104729) * 1103515245 % 2**31) / 2**30 - 1


def valley(x, i):
    """Flat, down at 10^-3, up from 10^-1 on: the shape that is met in practice."""
    return 2.3 - 1.8 / (1 + math.exp(-4 * (x + 3))) + math.exp(3 * (x + 0.8)) + 0.05 * noise(i)


CURVES = [  # name, iterations, least, most, beta, loss as a function of log10(rate) and the iteration
    ("valley", 100, 1e-7, 10, 0.98, valley),
    ("valley", 100, 1e-7, 10, 0.9, valley),
    ("unsmoothed", 40, 1e-5, 1, 0.0, valley),
    ("long", 300, 1e-8, 1, 0.98, valley),
    ("hill", 100, 1e-6, 0.1, 0.5, lambda x, i: valley(x, i) + 0.9 * math.exp(-(((i - 85) / 2) ** 2))),
    ("constant", 50, 1e-6, 1, 0.98, lambda x, i: 1.1),
    ("rising", 50, 1e-6, 1, 0.5, lambda x, i: 1 + i / 100),
    ("falling", 50, 1e-6, 1, 0.5, lambda x, i: 5 - i * i / 1000),
    ("at once", 50, 1e-6, 1, 0.5, lambda x, i: 1.0 if i == 0 else 1e6),
    ("nan at once", 50, 1e-6, 1, 0.5, lambda x, i: math.nan),
    ("nan later", 50, 1e-6, 1, 0.5, lambda x, i: math.nan if i == 30 else valley(x, i)),
    ("inf soon", 50, 1e-6, 1, 0.5, lambda x, i: math.inf if i == 6 else 3 - i / 10),
    ("two", 2, 1e-3, 1, 0.98, lambda x, i: 2.0 - i),
    ("three", 3, 1e-3, 1, 0.0, lambda x, i: 2.0 - i / 2),
]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rate_curves.csv")
with open(path, "w", encoding="ascii", newline="\n") as out:
    out.write("# A line for each test: name,iterations,smoothing,points kept,suggestion,tenth of minimum\n")
    out.write("# Then one for each iteration: rate,loss,smoothed loss\n")
    for name, count, least, most, beta, loss in CURVES:
        rates = [least * (most / least) ** (i / (count - 1)) for i in range(count)]
        losses = [loss(math.log10(rate), i) for i, rate in enumerate(rates)]
        kept, means, steepest, minimum = range_test(losses, rates, beta)
        out.write(f"{name},{count},{beta},{kept},{steepest},{minimum}\n")
        for i in range(min(kept + 1, count)):
            out.write(f"{rates[i]!r},{losses[i]!r},{means[i] if i < kept else math.nan!r}\n")

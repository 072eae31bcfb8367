#!/usr/bin/env python3
"""Writes schedules.csv: the factor of the learning rate in every iteration of a run, for each schedule.

The formulas are those of PyTorch 1.13's torch.optim.lr_scheduler, stepped as its documentation says (StepLR once an
epoch, the others once an iteration; the exponential one, which it has not, is numpy.geomspace(start, 1, total)), computed with Python's math, which no code of Treadle shares.
"""
import math
import os


def step(t, total, epoch, epochs, gamma):
    return gamma ** (t // epoch // epochs)


def cosine(t, total, epoch, floor):
    return floor + (1 - floor) * (1 + math.cos(math.pi * t / total)) / 2


def one_cycle(t, total, epoch, pct_start):
    start, end = 1 / 25, 1 / 25 / 1e4
    phases = [(float(pct_start * total) - 1, start, 1.0), (total - 1, 1.0, end)]
    begin = 0
    for i, (last, low, high) in enumerate(phases):
        if t <= last or i == len(phases) - 1:
            done = (t - begin) / (last - begin)
            return high + (low - high) / 2 * (1 + math.cos(math.pi * done))
        begin = last
    raise AssertionError


def exponential(t, total, epoch, start):
    return start ** (1 - t / (total - 1))


SCHEDULES = [
    ("linear", lambda t, total, epoch: 1 - t / total),
    ("step 1 0.5", lambda *at: step(*at, 1, 0.5)),
    ("step 3 0.1", lambda *at: step(*at, 3, 0.1)),
    ("cosine 0", lambda *at: cosine(*at, 0.0)),
    ("cosine 0.2", lambda *at: cosine(*at, 0.2)),
    ("one-cycle 0.3", lambda *at: one_cycle(*at, 0.3)),
    ("one-cycle 0.5", lambda *at: one_cycle(*at, 0.5)),
    ("exponential 1e-8", lambda *at: exponential(*at, 1e-8)),
    ("exponential 0.3", lambda *at: exponential(*at, 0.3)),
]

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schedules.csv")
with open(path, "w", encoding="ascii", newline="\n") as out:
    out.write("schedule,iteration,iterations,epoch_iterations,factor\n")
    for total, epoch in ((10, 2), (97, 10)):
        for name, factor in SCHEDULES:
            for t in range(total):
                out.write(f"{name},{t},{total},{epoch},{factor(t, total, epoch):.17g}\n")

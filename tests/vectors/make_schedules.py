#!/usr/bin/env python3
"""Writes schedules.csv and plateaus.csv: what the schedulers of PyTorch 1.13 (Debian: python3-torch) make of a rate of 1.

schedules.csv  the factor of the learning rate in every iteration of a run, for each schedule: torch.optim.lr_scheduler's
               LinearLR, StepLR (stepped once an epoch), CosineAnnealingLR and OneCycleLR. The exponential rise, which it
               has not, is numpy.geomspace(start, 1, total).
plateaus.csv   the factor after each validation loss of a run, for ReduceLROnPlateau with the options of a column:
               factor, patience, threshold, cooldown, least factor.
"""
import os
import random

import numpy
import torch
from torch.optim import lr_scheduler

HERE = os.path.dirname(os.path.abspath(__file__))


def optimizer():
    # In double, in which Treadle computes factors.
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=1.0)


def followed(make, total, epoch=1):
    """The rate in each iteration when the scheduler is stepped after every `epoch` of them."""
    sgd, rates = optimizer(), []
    scheduler = make(sgd)
    for iteration in range(total):
        rates.append(sgd.param_groups[0]["lr"])
        sgd.step()
        if (iteration + 1) % epoch == 0 and iteration + 1 < total:
            scheduler.step()
    return rates


def linear(total, epoch):
    return followed(lambda sgd: lr_scheduler.LinearLR(sgd, 1.0, 0.0, total), total)


def step(epochs, gamma):
    return lambda total, epoch: followed(lambda sgd: lr_scheduler.StepLR(sgd, epochs, gamma), total, epoch)


def cosine(floor):
    return lambda total, epoch: followed(lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, total, floor), total)


def one_cycle(rise):
    return lambda total, epoch: followed(
        lambda sgd: lr_scheduler.OneCycleLR(sgd, 1.0, total, pct_start=rise, cycle_momentum=False), total)


def exponential(start):
    return lambda total, epoch: numpy.geomspace(start, 1, total)


SCHEDULES = [
    ("linear", linear),
    ("step 1 0.5", step(1, 0.5)),
    ("step 3 0.1", step(3, 0.1)),
    ("cosine 0", cosine(0.0)),
    ("cosine 0.2", cosine(0.2)),
    ("one-cycle 0.3", one_cycle(0.3)),
    ("one-cycle 0.5", one_cycle(0.5)),
    ("exponential 1e-8", exponential(1e-8)),
    ("exponential 0.3", exponential(0.3)),
]

# factor, patience, threshold, cooldown, least factor
PLATEAUS = [(0.1, 5, 1e-4, 0, 0), (0.5, 0, 0, 0, 0), (0.5, 1, 0.1, 0, 0), (0.3, 2, 0.01, 3, 0), (0.1, 0, 1e-4, 1, 0.05),
            (0.9, 3, 0, 0, 0.5)]


def plateau(factor, patience, threshold, cooldown, least, losses):
    sgd = optimizer()
    scheduler = lr_scheduler.ReduceLROnPlateau(sgd, factor=factor, patience=patience, threshold=threshold,
                                               cooldown=cooldown, min_lr=least, eps=0)
    for loss in losses:
        scheduler.step(loss)
        yield loss, sgd.param_groups[0]["lr"]


def create(name):
    return open(os.path.join(HERE, name), "w", encoding="ascii", newline="\n")


def main():
    with create("schedules.csv") as out:
        out.write("schedule,iteration,iterations,epoch_iterations,factor\n")
        for total, epoch in ((10, 2), (97, 10)):
            for name, factors in SCHEDULES:
                for t, factor in enumerate(factors(total, epoch)):
                    out.write(f"{name},{t},{total},{epoch},{factor:.17g}\n")
    draw = random.Random(1)
    with create("plateaus.csv") as out:
        out.write("options,loss,factor\n")
        for options in PLATEAUS:
            losses = [10 / (1 + i) ** 0.5 if draw.random() < 0.1 else 3 + draw.random() for i in range(60)]
            losses[20:24] = [losses[19]] * 4  # the same again is not better
            losses[40] = float("nan")         # nor is what is no number
            for loss, factor in plateau(*options, losses):
                out.write(f"{' '.join(map(str, options))},{loss:.17g},{factor:.17g}\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write training_vectors.safetensors: reference training runs made by PyTorch.

A small multilayer perceptron is trained for 60 iterations with each optimizer
below, always from the same initial parameters and on the same batches. A
trainer that repeats a run from the stored data must find the same losses and
the same final parameters, up to float32 rounding.

Network   Linear(23, 17), ReLU, Linear(17, 9), ReLU, Linear(9, 5); the layers
          are numbered 0 to 4 and the parameters are called "0.weight",
          "0.bias", "2.weight", "2.bias", "4.weight", "4.bias". A weight has
          the shape [outputs, inputs]: output = input * transpose(weight) + bias.
Loss      softmax cross entropy, mean over the samples of the batch.
Batches   84 samples, taken in order, 13 at a time: a pass has 7 batches, the
          last of which has only 6 samples. Iteration i (from 0) uses batch
          i % 7. Nothing is shuffled.

Cases     (weight decay applies to weights and biases alike)
  sgd                    lr 0.1
  momentum               lr 0.05, momentum 0.9
  nesterov               lr 0.05, momentum 0.9, Nesterov
  momentum_weight_decay  lr 0.05, momentum 0.9, weight decay 0.001, added to
                         the gradient before the momentum
  adam                   lr 0.001, betas 0.9 and 0.999, epsilon 1e-8
  adamw                  the same, with decoupled weight decay 0.01: each
                         parameter is scaled by 1 - lr * 0.01 before the step

Tensors   (F32 unless noted)
  inputs                 [84, 23]
  targets                [84], I32, class numbers 0 to 4
  initial.<parameter>    the parameters before the first iteration
  <case>.loss            [60], the loss of each iteration's batch, before that
                         iteration's update
  <case>.<parameter>     the parameters after the last iteration

Inputs, targets and initial parameters come from Python's own generator, so
they are the same with every version of Python and PyTorch. The results may
differ in the last bits with another PyTorch, BLAS library or processor.

Usage: make_training_vectors.py [OUTPUT]
Needs PyTorch (tested with 1.13.1).
"""

import json
import random
import struct
import sys

import torch

SAMPLES = 84
BATCH_SIZE = 13
ITERATIONS = 60
WIDTHS = (23, 17, 9, 5)
SEED = 20240

CASES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "momentum_weight_decay": lambda p: torch.optim.SGD(
        p, lr=0.05, momentum=0.9, weight_decay=1e-3
    ),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8),
    "adamw": lambda p: torch.optim.AdamW(
        p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01
    ),
}


def write_safetensors(path, tensors):
    """Write a dict of name -> tensor (float32 or int32) as a safetensors file.

    The file is an 8-byte little-endian header length, a JSON header
    {name: {dtype, shape, data_offsets}} padded with spaces to a multiple of 8
    bytes, and the tensors' values, row-major and little-endian. Offsets count
    from the end of the header.
    """
    header = {}
    data = bytearray()
    for name, tensor in tensors.items():
        dtype, code = {torch.float32: ("F32", "f"), torch.int32: ("I32", "i")}[
            tensor.dtype
        ]
        values = tensor.detach().reshape(-1).tolist()
        begin = len(data)
        data += struct.pack("<%d%s" % (len(values), code), *values)
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [begin, len(data)],
        }
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        file.write(data)


def uniform(generator, limit, *shape):
    """A float32 tensor of independent values, uniform in [-limit, limit)."""
    count = 1
    for extent in shape:
        count *= extent
    values = [limit * (2.0 * generator.random() - 1.0) for _ in range(count)]
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def make_targets(generator, count, classes):
    """An int32 tensor of `count` random class numbers below `classes`."""
    values = [int(generator.random() * classes) for _ in range(count)]
    return torch.tensor(values, dtype=torch.int32)


def make_initial(generator):
    """The initial parameters: weights He-uniform, biases small but not zero."""
    initial = {}
    for i, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        limit = (6.0 / fan_in) ** 0.5
        initial["%d.weight" % (2 * i)] = uniform(generator, limit, fan_out, fan_in)
        initial["%d.bias" % (2 * i)] = uniform(generator, 0.1, fan_out)
    return initial


def train(make_optimizer, initial, inputs, targets, dtype=torch.float32):
    """Train from `initial`; return the losses and the final parameters."""
    network = torch.nn.Sequential(
        torch.nn.Linear(WIDTHS[0], WIDTHS[1]),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTHS[1], WIDTHS[2]),
        torch.nn.ReLU(),
        torch.nn.Linear(WIDTHS[2], WIDTHS[3]),
    ).to(dtype)
    network.load_state_dict(initial)
    inputs = inputs.to(dtype)
    optimizer = make_optimizer(network.parameters())
    input_batches = inputs.split(BATCH_SIZE)
    target_batches = targets.long().split(BATCH_SIZE)
    losses = []
    for i in range(ITERATIONS):
        batch = i % len(input_batches)
        loss = torch.nn.functional.cross_entropy(
            network(input_batches[batch]), target_batches[batch]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses), network.state_dict()


def make_data():
    """The inputs, targets and initial parameters that all cases share."""
    generator = random.Random(SEED)
    inputs = uniform(generator, 1.5, SAMPLES, WIDTHS[0])
    targets = make_targets(generator, SAMPLES, WIDTHS[-1])
    return inputs, targets, make_initial(generator)


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1] if len(sys.argv) > 1 else "training_vectors.safetensors"

    inputs, targets, initial = make_data()
    tensors = {"inputs": inputs, "targets": targets}
    for name, value in initial.items():
        tensors["initial." + name] = value
    for case, make_optimizer in CASES.items():
        losses, final = train(make_optimizer, initial, inputs, targets)
        tensors[case + ".loss"] = losses
        for name, value in final.items():
            tensors[case + "." + name] = value
        print("%-22s loss %.6f -> %.6f" % (case, losses[0], losses[-1]))
    write_safetensors(path, tensors)


if __name__ == "__main__":
    main()

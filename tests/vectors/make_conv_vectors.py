#!/usr/bin/env python3
"""Write conv_vectors.safetensors: convolutions and max pooling by PyTorch.

Images are stored as [samples, height, width, channels], weights as PyTorch
has them: [filters, channels, kernel, kernel].

Tensors (F32 unless noted)
  <case>.input        for each of CONVOLUTIONS below
  <case>.weight
  <case>.bias
  <case>.output
  <case>.grad_output  the gradient handed to the backward pass
  <case>.grad_input
  <case>.grad_weight
  <case>.grad_bias

  <case>.input        for each of POOLS below; many values are equal
  <case>.output
  <case>.grad_output
  <case>.grad_input   the gradient goes to the first of equal values
  pool_nan.input      [1, 4, 4, 3], some NaN
  pool_nan.output     window 2: NaN where a window has one

  A small convolutional network is trained for 60 iterations with each of
  OPTIMIZERS, always from the same initial parameters and on the same batches:
  convolution 3x3 of 6 filters, same; relu; max pooling 2; convolution 2x2 of 9
  filters, valid; relu; flatten (height, width, channels); linear 4.
  Parameters are called "0.weight", "0.bias", "3.weight", "3.bias", "6.weight",
  "6.bias". 40 samples, taken in order, 11 at a time: a pass has 4 batches, the
  last of which has only 7 samples. Nothing is shuffled.
  train.inputs                 [40, 9, 8, 2]
  train.targets                [40], I32, class numbers 0 to 3
  train.initial.<parameter>
  train.<optimizer>.loss       [60], before each iteration's update
  train.<optimizer>.<parameter>

"same" with a stride is what TensorFlow means by it, which PyTorch leaves to
its user: zeros so that the output's extent is the input's divided by the
stride, rounded up, one more below and right where their number is odd.

Everything given to the layers comes from Python's own generator, so it is the
same with every version of Python and PyTorch. The results may differ in the
last bits with another PyTorch, BLAS library or processor.

Usage: make_conv_vectors.py [OUTPUT]
Needs PyTorch (tested with 1.13.1) and make_training_vectors.py beside it.
"""

import random
import sys

import torch
import torch.nn.functional as functional

from make_training_vectors import make_targets, uniform, write_safetensors

SEED = 20242

# name: samples, height, width, channels, filters, kernel, stride, same
CONVOLUTIONS = {
    "conv_valid": (3, 7, 6, 3, 10, 3, 1, False),
    "conv_same": (2, 6, 7, 1, 16, 3, 1, True),
    "conv_pointwise": (2, 4, 5, 17, 9, 1, 1, False),
    "conv_strided": (2, 9, 8, 4, 5, 3, 2, False),
    "conv_strided_same": (2, 8, 7, 3, 6, 3, 2, True),
    "conv_even_same": (2, 5, 6, 2, 4, 4, 1, True),
}
# name: samples, height, width, channels, window, stride
POOLS = {
    "pool": (2, 7, 6, 5, 2, 2),
    "pool_overlapping": (2, 7, 8, 3, 3, 2),
    "pool_gaps": (1, 8, 7, 4, 2, 3),
}
OPTIMIZERS = {
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3, betas=(0.9, 0.999), eps=1e-8),
}
SAMPLES, BATCH_SIZE, ITERATIONS = 40, 11, 60


def to_planes(images):
    return images.permute(0, 3, 1, 2)


def to_pixels(planes):
    return planes.permute(0, 2, 3, 1)


def convolve(images, weight, bias, stride, same):
    planes = to_planes(images)
    if same:
        pads = []
        for extent in (images.shape[2], images.shape[1]):
            zeros = max((-(-extent // stride) - 1) * stride + weight.shape[2] - extent, 0)
            pads += [zeros // 2, zeros - zeros // 2]
        planes = functional.pad(planes, pads)
    return to_pixels(functional.conv2d(planes, weight, bias, stride))


def conv_vectors(generator, name, samples, height, width, channels, filters, kernel, stride, same):
    images = uniform(generator, 2.0, samples, height, width, channels).requires_grad_()
    weight = uniform(generator, 1.0, filters, channels, kernel, kernel).requires_grad_()
    bias = uniform(generator, 0.5, filters).requires_grad_()
    output = convolve(images, weight, bias, stride, same)
    grad_output = uniform(generator, 1.0, *output.shape)
    output.backward(grad_output)
    return {
        name + ".input": images,
        name + ".weight": weight,
        name + ".bias": bias,
        name + ".output": output,
        name + ".grad_output": grad_output,
        name + ".grad_input": images.grad,
        name + ".grad_weight": weight.grad,
        name + ".grad_bias": bias.grad,
    }


def pool_vectors(generator, name, samples, height, width, channels, window, stride):
    images = (uniform(generator, 2.0, samples, height, width, channels) * 1.5).round()
    images.requires_grad_()
    output = to_pixels(functional.max_pool2d(to_planes(images), window, stride))
    grad_output = uniform(generator, 1.0, *output.shape)
    output.backward(grad_output)
    return {
        name + ".input": images,
        name + ".output": output,
        name + ".grad_output": grad_output,
        name + ".grad_input": images.grad,
    }


def nan_vectors(generator):
    images = uniform(generator, 2.0, 1, 4, 4, 3)
    images.view(-1)[::7] = float("nan")
    return {
        "pool_nan.input": images,
        "pool_nan.output": to_pixels(functional.max_pool2d(to_planes(images), 2)),
    }


def make_initial(generator):
    """Weights He-uniform, biases small but not zero."""
    initial = {}
    shapes = {"0": (6, 2, 3, 3), "3": (9, 6, 2, 2), "6": (4, 3 * 3 * 9)}
    for layer, shape in shapes.items():
        fan_in = torch.Size(shape[1:]).numel()
        initial[layer + ".weight"] = uniform(generator, (6.0 / fan_in) ** 0.5, *shape)
        initial[layer + ".bias"] = uniform(generator, 0.1, shape[0])
    return initial


def network(parameters, images):
    first = convolve(images, parameters["0.weight"], parameters["0.bias"], 1, True).relu()
    pooled = to_pixels(functional.max_pool2d(to_planes(first), 2))
    second = convolve(pooled, parameters["3.weight"], parameters["3.bias"], 1, False).relu()
    return functional.linear(second.flatten(1), parameters["6.weight"], parameters["6.bias"])


def train(make_optimizer, initial, inputs, targets):
    """Train from `initial`; return the losses and the final parameters."""
    parameters = {name: value.clone().requires_grad_() for name, value in initial.items()}
    optimizer = make_optimizer(parameters.values())
    batches = list(zip(inputs.split(BATCH_SIZE), targets.long().split(BATCH_SIZE)))
    losses = []
    for i in range(ITERATIONS):
        batch_inputs, batch_targets = batches[i % len(batches)]
        loss = functional.cross_entropy(network(parameters, batch_inputs), batch_targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses), parameters


def training_vectors(generator):
    inputs = uniform(generator, 1.5, SAMPLES, 9, 8, 2)
    targets = make_targets(generator, SAMPLES, 4)
    initial = make_initial(generator)
    tensors = {"train.inputs": inputs, "train.targets": targets}
    for name, value in initial.items():
        tensors["train.initial." + name] = value
    for optimizer, make_optimizer in OPTIMIZERS.items():
        losses, final = train(make_optimizer, initial, inputs, targets)
        tensors["train.%s.loss" % optimizer] = losses
        for name, value in final.items():
            tensors["train.%s.%s" % (optimizer, name)] = value
        print("%-9s loss %.6f -> %.6f" % (optimizer, losses[0], losses[-1]))
    return tensors


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1] if len(sys.argv) > 1 else "conv_vectors.safetensors"

    generator = random.Random(SEED)
    tensors = {}
    for name, shape in CONVOLUTIONS.items():
        tensors.update(conv_vectors(generator, name, *shape))
    for name, shape in POOLS.items():
        tensors.update(pool_vectors(generator, name, *shape))
    tensors.update(nan_vectors(generator))
    tensors.update(training_vectors(generator))
    write_safetensors(path, tensors)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write activation_vectors.safetensors: activations, forward and backward, by PyTorch.

Tensors (F32)
  <name>.input        [5, 257], or [5, 3, 17] for softmax
  <name>.output       the same shape
  <name>.grad_output  the gradient handed to the backward pass
  <name>.grad_input

  leaky_relu has the slope 0.01, leaky_relu_0.2 has 0.2; gelu is the exact form
  (approximate='none'); softmax runs over the last axis.

Inputs lie between -6 and 6, where the curves bend, with every 16th between -60
and 60, where they are flat, and some zeros. They come from Python's own
generator, so they are the same with every version of Python and PyTorch. The
results are computed in float64 and rounded once, since PyTorch's float32 gelu
loses the lower tail.

Usage: make_activation_vectors.py [OUTPUT]
Needs PyTorch (tested with 1.13.1) and make_training_vectors.py beside it.
"""

import random
import sys

import torch

from make_training_vectors import uniform, write_safetensors

SEED = 20242

ACTIVATIONS = {
    "leaky_relu": (torch.nn.LeakyReLU(), (5, 257)),
    "leaky_relu_0.2": (torch.nn.LeakyReLU(0.2), (5, 257)),
    "sigmoid": (torch.nn.Sigmoid(), (5, 257)),
    "tanh": (torch.nn.Tanh(), (5, 257)),
    "gelu": (torch.nn.GELU(approximate="none"), (5, 257)),
    "silu": (torch.nn.SiLU(), (5, 257)),
    "softmax": (torch.nn.Softmax(dim=-1), (5, 3, 17)),
}


def activation_vectors(generator, name, activation, shape):
    input = uniform(generator, 6.0, *shape)
    input.view(-1)[::16] *= 10.0
    input.view(-1)[::31] = 0.0
    grad_output = uniform(generator, 1.0, *shape)
    wide = input.double().requires_grad_()
    output = activation(wide)
    output.backward(grad_output.double())
    return {
        name + ".input": input,
        name + ".output": output.float(),
        name + ".grad_output": grad_output,
        name + ".grad_input": wide.grad.float(),
    }


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1] if len(sys.argv) > 1 else "activation_vectors.safetensors"

    generator = random.Random(SEED)
    tensors = {}
    for name, (activation, shape) in ACTIVATIONS.items():
        tensors.update(activation_vectors(generator, name, activation, shape))
    write_safetensors(path, tensors)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Write layer_vectors.safetensors: single layers, forward and backward, by PyTorch.

Tensors (F32 unless noted)
  linear.input        [7, 13]
  linear.weight       [11, 13]; output = input * transpose(weight) + bias
  linear.bias         [11]
  linear.output       [7, 11]
  linear.grad_output  [7, 11], the gradient handed to the backward pass
  linear.grad_input   [7, 13]
  linear.grad_weight  [11, 13]
  linear.grad_bias    [11]

  relu.input          [5, 19], with negative, positive and zero values
  relu.output         [5, 19]
  relu.grad_output    [5, 19]
  relu.grad_input     [5, 19]; zero where the input is zero

  cross_entropy.logits       [9, 10]
  cross_entropy.targets      [9], I32, class numbers 0 to 9
  cross_entropy.loss         [1], the mean over the 9 samples
  cross_entropy.grad_logits  [9, 10], the gradient of that mean

  cross_entropy_large.*      the same, with logits from -80 to 80: a softmax
                             that does not subtract the maximum, or a logarithm
                             of an underflowed probability, fails here

Everything given to the layers comes from Python's own generator, so it is the
same with every version of Python and PyTorch. The results may differ in the
last bits with another PyTorch, BLAS library or processor.

Usage: make_layer_vectors.py [OUTPUT]
Needs PyTorch (tested with 1.13.1) and make_training_vectors.py beside it.
"""

import random
import sys

import torch

from make_training_vectors import make_targets, uniform, write_safetensors

SEED = 20241


def linear_vectors(generator):
    input = uniform(generator, 2.0, 7, 13).requires_grad_()
    weight = uniform(generator, 1.0, 11, 13).requires_grad_()
    bias = uniform(generator, 0.5, 11).requires_grad_()
    grad_output = uniform(generator, 1.0, 7, 11)
    output = torch.nn.functional.linear(input, weight, bias)
    output.backward(grad_output)
    return {
        "linear.input": input,
        "linear.weight": weight,
        "linear.bias": bias,
        "linear.output": output,
        "linear.grad_output": grad_output,
        "linear.grad_input": input.grad,
        "linear.grad_weight": weight.grad,
        "linear.grad_bias": bias.grad,
    }


def relu_vectors(generator):
    input = uniform(generator, 2.0, 5, 19)
    input.view(-1)[::8] = 0.0
    input.requires_grad_()
    grad_output = uniform(generator, 1.0, 5, 19)
    output = torch.nn.functional.relu(input)
    output.backward(grad_output)
    return {
        "relu.input": input,
        "relu.output": output,
        "relu.grad_output": grad_output,
        "relu.grad_input": input.grad,
    }


def cross_entropy_vectors(name, logits, targets):
    logits.requires_grad_()
    loss = torch.nn.functional.cross_entropy(logits, targets.long())
    loss.backward()
    return {
        name + ".logits": logits,
        name + ".targets": targets,
        name + ".loss": loss.reshape(1),
        name + ".grad_logits": logits.grad,
    }


def large_logits(generator):
    """Logits over the whole range -80 to 80, with some rows at its very ends."""
    logits = uniform(generator, 80.0, 9, 10)
    logits[0] = 80.0  # all equal: every probability is 1/10
    logits[1] = -80.0
    logits[2] = -80.0  # one class far above the others
    logits[2, 3] = 80.0
    logits[3] = 80.0  # one class far below the others
    logits[3, 6] = -80.0
    return logits


def large_targets(generator):
    """Random targets, except in the rows that have one class apart."""
    targets = make_targets(generator, 9, 10)
    targets[2] = 3  # the certain class: this sample's loss is zero
    targets[3] = 6  # the impossible class: a loss of about 162
    return targets


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1] if len(sys.argv) > 1 else "layer_vectors.safetensors"

    generator = random.Random(SEED)
    tensors = {}
    tensors.update(linear_vectors(generator))
    tensors.update(relu_vectors(generator))
    tensors.update(
        cross_entropy_vectors(
            "cross_entropy", uniform(generator, 4.0, 9, 10), make_targets(generator, 9, 10)
        )
    )
    tensors.update(
        cross_entropy_vectors(
            "cross_entropy_large", large_logits(generator), large_targets(generator)
        )
    )
    write_safetensors(path, tensors)


if __name__ == "__main__":
    main()

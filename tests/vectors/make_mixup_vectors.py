#!/usr/bin/env python3
"""Write mixup_vectors.safetensors: the loss of samples with two targets, and its gradients, by PyTorch.

Network   Linear(23, 17), ReLU, Linear(17, 9), ReLU, Linear(9, 5); parameters
          are named as in make_training_vectors.py.
Loss      softmax cross entropy, mean over the samples of the batch, with class
          probabilities as targets:
          (1 - share) * onehot(target) + share * onehot(other).
          torch.nn.functional.cross_entropy takes such targets since 1.10.

Tensors   (F32 unless noted)
  inputs                [13, 23]
  targets, others       [13], I32, class numbers 0 to 4; equal in some rows
  shares                [13]: 0, 1, 1/2 and others
  initial.<parameter>   the parameters
  loss                  [1]
  grad.<parameter>      the gradients of that loss

Inputs, targets, shares and parameters come from Python's own generator, so
they are the same with every version of Python and PyTorch. The results may
differ in the last bits with another PyTorch, BLAS library or processor.

Usage: make_mixup_vectors.py [OUTPUT]
Needs PyTorch (tested with 1.13.1) and make_training_vectors.py beside it.
"""

import random
import sys

import torch

from make_training_vectors import WIDTHS, make_initial, make_targets, uniform, write_safetensors

SAMPLES = 13
SEED = 20246


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = sys.argv[1] if len(sys.argv) > 1 else "mixup_vectors.safetensors"

    generator = random.Random(SEED)
    inputs = uniform(generator, 1.5, SAMPLES, WIDTHS[0])
    targets = make_targets(generator, SAMPLES, WIDTHS[-1])
    others = make_targets(generator, SAMPLES, WIDTHS[-1])
    others[3] = targets[3]
    shares = torch.tensor([generator.random() / 2 for _ in range(SAMPLES)])
    shares[:3] = torch.tensor([0.0, 1.0, 0.5])
    parameters = {
        name: value.requires_grad_() for name, value in make_initial(generator).items()
    }

    values = inputs
    for layer in range(0, 2 * len(WIDTHS) - 2, 2):
        values = torch.relu(values) if layer > 0 else values
        values = torch.nn.functional.linear(
            values, parameters["%d.weight" % layer], parameters["%d.bias" % layer]
        )
    one_hot = torch.eye(WIDTHS[-1])
    probabilities = (1 - shares)[:, None] * one_hot[targets.long()]
    probabilities += shares[:, None] * one_hot[others.long()]
    loss = torch.nn.functional.cross_entropy(values, probabilities)
    loss.backward()

    tensors = {"inputs": inputs, "targets": targets, "others": others, "shares": shares}
    for name, value in parameters.items():
        tensors["initial." + name] = value
    tensors["loss"] = loss.reshape(1)
    for name, value in parameters.items():
        tensors["grad." + name] = value.grad
    write_safetensors(path, tensors)
    print("loss %.6f" % loss)


if __name__ == "__main__":
    main()

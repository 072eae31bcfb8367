#!/usr/bin/env python3
"""predict_boards.py TREADLE [--check DOCUMENT]: the speed of training on boards, predicted: nothing here was measured on
one. On boards with Linux each call of the plan takes the longer of its operations over the core's peak and its bytes over
the core's share of the memory's bandwidth. On microcontrollers a step takes its instructions, as the emulator counts them
(tests/instructions), one a cycle. Prints Markdown; with --check it fails where DOCUMENT has other lines."""
import json
import subprocess
import sys

# Board, target, core, GHz, FLOP a cycle of one core (a fused multiply-add is two; from Arm's optimisation guides), and
# GB/s that one core reaches (STREAM figures that users of these boards have published, rounded down).
# The Cortex-A8 has no fused multiply-add: the C library's takes 72 instructions, as the emulator counts them.
LINUX = [
    ("BeagleBone Black", "cortex-a7", "Cortex-A8, scalar", 1.0, 2 / 72, 0.4),
    ("Raspberry Pi 3", "cortex-a53", "Cortex-A53", 1.2, 8, 2.0),
    ("i.MX8M", "cortex-a53", "Cortex-A53", 1.5, 8, 2.5),
    ("Raspberry Pi 4", "cortex-a72", "Cortex-A72", 1.5, 8, 4.0),
    ("Jetson Orin Nano", "cortex-a76", "Cortex-A78AE", 1.5, 16, 10.0),
    ("Raspberry Pi 5", "cortex-a76", "Cortex-A76", 2.4, 16, 8.0),
]
BATCHES = [1, 32, 128]
# Board, preset, core, MHz, instructions for each multiply-add of a training step.
MICROCONTROLLERS = [
    ("STM32F767", "cortex-m7", "Cortex-M7", 216, 1.55),
    ("STM32H743", "cortex-m7", "Cortex-M7", 480, 1.55),
    ("i.MX RT1062", "cortex-m7", "Cortex-M7", 600, 1.55),
    ("Alif Ensemble E7", "cortex-m55", "Cortex-M55, scalar", 400, 1.55),
    ("Alif Ensemble E7", "cortex-m55-helium", "Cortex-M55, Helium", 400, 0.63),
]
# Helium works on half a register a cycle: an instruction on vectors takes two.
HELIUM_CYCLES = 2
MULTIPLY_ADDS = 2 * 784 * 64 + 3 * 64 * 10  # of a sample through dense 784-64-10, forward and backward


def samples_a_second(treadle, model, batch, target, ghz, flops_a_cycle, bandwidth):
    plan = json.loads(subprocess.run([treadle, "plan", "--model", model, "--batch-size", str(batch), "--micro-batch",
                                      str(batch), "--optimizer", "momentum", "--target", target, "--json"], check=True,
                                     capture_output=True, text=True).stdout)
    seconds = sum(max(call["flops"] / (ghz * flops_a_cycle), call["bytes"] / bandwidth) for call in plan["calls"]) * 1e-9
    return batch / seconds


def rounded(value):
    """Two digits are more than a prediction has."""
    digits = max(0, len(str(int(value))) - 2)
    return f"{int(round(value / 10**digits)) * 10**digits:,}"


def tables(treadle):
    heads = [f"{model}, batch {batch}" for model in ("mlp", "cnn") for batch in BATCHES]
    yield "| board | core | GFLOP/s | GB/s | " + " | ".join(heads) + " |"
    yield "|" + "---|" * (4 + len(heads))
    for board, target, core, ghz, flops_a_cycle, bandwidth in LINUX:
        speeds = [rounded(samples_a_second(treadle, model, batch, target, ghz, flops_a_cycle, bandwidth))
                  for model in ("mlp", "cnn") for batch in BATCHES]
        peak = ghz * flops_a_cycle
        yield f"| {board} | {core} | {peak:.{0 if peak >= 1 else 2}f} | {bandwidth:g} | " + " | ".join(speeds) + " |"
    yield ""
    yield "| board | preset | core | MHz | samples/s, dense 784-64-10, batch 32 |"
    yield "|---|---|---|---|---|"
    for board, preset, core, mhz, instructions in MICROCONTROLLERS:
        cycles = HELIUM_CYCLES if "helium" in preset else 1
        yield f"| {board} | `{preset}` | {core} | {mhz} | {rounded(mhz * 1e6 / (instructions * cycles * MULTIPLY_ADDS))} |"


def main():
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--check"):
        sys.exit(__doc__)
    lines = list(tables(sys.argv[1]))
    print("\n".join(lines))
    if len(sys.argv) == 4:
        with open(sys.argv[3], encoding="utf-8") as document:
            there = set(document.read().splitlines())
        missing = [line for line in lines if line and line not in there]
        if missing:
            sys.exit(f"{sys.argv[3]} lacks, or has other figures than:\n" + "\n".join(missing))


if __name__ == "__main__":
    main()

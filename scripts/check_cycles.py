#!/usr/bin/env python3
"""check_cycles.py [--objdump PROGRAM] [--mca PROGRAM] LIBRARY: the innermost loops of the NEON64 matrix product's largest
register tiles, as the compiler made them, run at the speed of their multiply-adds: llvm-mca's models of an out-of-order
and an in-order processor put them within 10 % of one quad-word fmla a cycle. For processors that begin instructions in
their order there is a second tile. What makes it faster is in no model of LLVM, so it is counted here: see held_up()."""
import argparse
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
from check_inner_loops import FMA, JUMP, TILE, functions, innermost_loops  # noqa: E402

# Of each tile what llvm-mca has to say at least, in multiply-adds a cycle.
LEAST_FMAS_A_CYCLE = {"Neon64": {"cortex-a72": 0.9, "cortex-a55": 0.9}, "Neon64InOrder": {"cortex-a55": 0.9}}
# How many times as fast the second tile has to be on a processor that it is there for.
LEAST_GAIN = {"cortex-a53": 1.15, "cortex-a55": 1.3}
ITERATIONS = 1000


def longest_loop(disassembly, isa):
    """(name of the tile, instructions) of the loop with the most multiply-adds in the largest tile of `isa`; of several
    the shortest, which is that of products with many rows."""
    best = None
    for name, body in functions(disassembly):
        tile = TILE.search(name)
        if not tile or tile[1] != isa:
            continue
        rows, columns = map(int, tile.groups()[1:])
        for loop in innermost_loops(body):
            key = (rows * columns, count(FMA, loop), -len(loop))
            if best is None or key > best[0]:
                best = (key, f"{rows} rows of {columns} registers", loop)
    return best and best[1:]


def count(pattern, loop):
    """How many instructions of the loop match, mnemonic and operands with a space between, or the mnemonic alone."""
    return sum(1 for _, mnemonic, operands in loop
               if pattern.fullmatch(mnemonic) or pattern.fullmatch(f"{mnemonic} {operands}"))


def assembly(loop):
    """The loop as llvm-mca reads it: a label for the jump, no comments."""
    lines = ["loop:"]
    for _, mnemonic, operands in loop:
        operands = re.sub(r"\s*//.*", "", operands)
        if JUMP.fullmatch(mnemonic):
            operands = re.sub(r"[0-9a-f]+ <.*", "loop", operands)
        lines.append(f"{mnemonic} {operands}")
    return "\n".join(lines) + "\n"


def fmas_a_cycle(mca, cpu, loop):
    output = subprocess.run([mca, "--march=aarch64", f"--mcpu={cpu}", f"--iterations={ITERATIONS}"], check=True,
                            input=assembly(loop), capture_output=True, text=True).stdout
    return count(FMA, loop) * ITERATIONS / int(re.search(r"Total Cycles:\s+(\d+)", output)[1])


def held_up(cpu, loop):
    """Multiply-adds a cycle on a Cortex-A53 or A55 by what was measured on such processors (ncnn's developer guide,
    "arm a53 a55 dual issue"; the comments of XNNPACK's kernels for them say the same): two instructions begin in a
    cycle, but none beside the load of a whole register, which takes two. On the A53 the load of half a register and an
    insertion begin with each other only, not with a multiply-add."""
    fmas = count(FMA, loop)
    held = 2 * count(re.compile(r"ldu?r q.*"), loop) + 4 * count(re.compile(r"ldp q.*"), loop)
    if cpu == "cortex-a53":
        held += max(count(re.compile(r"ldu?r [ds].*"), loop), count(re.compile(r"(mov|ins) v.*"), loop))
    return fmas / max(fmas + held, len(loop) / 2)


def check(disassembly, mca):
    """What is wrong, as lines, and what was found of each processor."""
    wrong, summary, loops = [], [], {}
    for isa, models in LEAST_FMAS_A_CYCLE.items():
        found = longest_loop(disassembly, isa)
        if not found or count(FMA, found[1]) == 0:
            return [f"no {isa} register tile with a loop of multiply-adds"], summary
        tile, loop = found
        loops[isa] = loop
        summary.append(f"{isa}, tile of {tile}: {len(loop)} instructions, {count(FMA, loop)} of them fmla")
        for cpu, least in models.items():
            rate = fmas_a_cycle(mca, cpu, loop)
            summary.append(f"  {cpu} by llvm-mca: {rate:.2f} fmla a cycle")
            if rate < least:
                wrong.append(f"{isa} on {cpu}: {rate:.2f} fmla a cycle, expected {least} at least")
    for cpu, least in LEAST_GAIN.items():
        first, second = (held_up(cpu, loops[isa]) for isa in LEAST_FMAS_A_CYCLE)
        summary.append(f"{cpu}, with what holds it up: {first:.2f} fmla a cycle, and {second:.2f} in the second tile")
        if second < least * first:
            wrong.append(f"{cpu}: the second tile is {second / first:.2f} times as fast, expected {least} at least")
    return wrong, summary


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("--mca", default="llvm-mca")
    parser.add_argument("library")
    arguments = parser.parse_args()
    disassembly = subprocess.run([arguments.objdump, "--disassemble", "--demangle", "--no-show-raw-insn",
                                  arguments.library], check=True, capture_output=True, text=True).stdout
    wrong, summary = check(disassembly, arguments.mca)
    print("\n".join(wrong + summary))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

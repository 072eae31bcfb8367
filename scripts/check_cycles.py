#!/usr/bin/env python3
"""check_cycles.py [--objdump PROGRAM] [--mca PROGRAM] LIBRARY: the innermost loop of the NEON64 matrix product's largest
register tile, as the compiler made it, runs at the speed of its multiply-adds: llvm-mca's models of an out-of-order and
an in-order processor put it within 10 % of one quad-word fmla a cycle. That of the Cortex-A53 is shown only."""
import argparse
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True
from check_inner_loops import FMA, JUMP, TILE, functions, innermost_loops  # noqa: E402

LEAST_FMAS_A_CYCLE = {"cortex-a72": 0.9, "cortex-a55": 0.9}
# LLVM's Cortex-A53 says less than one for any loop with loads: its loads and multiply-adds share more than the real one's.
SHOWN = ["cortex-a53"]
ITERATIONS = 1000


def longest_loop(disassembly):
    """(name of the tile, instructions) of the loop with the most multiply-adds in the largest NEON64 tile; of several
    the shortest, which is that of products with many rows."""
    best = None
    for name, body in functions(disassembly):
        tile = TILE.search(name)
        if not tile or tile[1] != "Neon64":
            continue
        rows, columns = map(int, tile.groups()[1:])
        for loop in innermost_loops(body):
            fmas = sum(1 for _, mnemonic, _ in loop if FMA.fullmatch(mnemonic))
            key = (rows * columns, fmas, -len(loop))
            if best is None or key > best[0]:
                best = (key, f"{rows} rows of {columns} registers", loop)
    return best and best[1:]


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
    fmas = sum(1 for _, mnemonic, _ in loop if FMA.fullmatch(mnemonic))
    output = subprocess.run([mca, "--march=aarch64", f"--mcpu={cpu}", f"--iterations={ITERATIONS}"], check=True,
                            input=assembly(loop), capture_output=True, text=True).stdout
    return fmas * ITERATIONS / int(re.search(r"Total Cycles:\s+(\d+)", output)[1])


def check(disassembly, mca):
    """What is wrong, as lines, and what was found of each processor."""
    found = longest_loop(disassembly)
    if not found or not any(FMA.fullmatch(mnemonic) for _, mnemonic, _ in found[1]):
        return ["no NEON64 register tile with a loop of multiply-adds"], []
    tile, loop = found
    wrong, summary = [], [f"tile of {tile}, {len(loop)} instructions"]
    for cpu in [*LEAST_FMAS_A_CYCLE, *SHOWN]:
        rate = fmas_a_cycle(mca, cpu, loop)
        summary.append(f"{cpu}: {rate:.2f} fmla a cycle")
        least = LEAST_FMAS_A_CYCLE.get(cpu, 0)
        if rate < least:
            wrong.append(f"{cpu}: {rate:.2f} fmla a cycle, expected {least} at least")
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

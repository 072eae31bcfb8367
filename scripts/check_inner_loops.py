#!/usr/bin/env python3
"""check_inner_loops.py [--objdump PROGRAM] LIBRARY ISA...: the innermost loops of the matrix product, as the compiler made
them, keep their sums in registers. Each register tile, also those of blocks of four columns, of each of these instruction sets (avx2, avx512, neon64, ...) has
an innermost loop with fused multiply-adds; none of these loops calls a function or touches the stack; and the largest
tile takes at most MOST_INSTRUCTIONS for each multiply-add."""
import argparse
import re
import subprocess
import sys

# Tiles of neon64inorder load half a register at a time (simd/neon64_in_order.hpp); their speed is check_cycles.py's.
MOST_INSTRUCTIONS = {"avx2": 1.95, "avx512": 2.05, "neon64": 1.35, "neon64inorder": 2.05, "scalar": 2.0}
# Processors with fewer registers than the tiles of many rows or panels have addresses may take these from the stack;
# sums may not.
ADDRESSES_ON_STACK = {"avx512", "scalar"}

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t([a-z][\w.]*)\s*(.*)$")
TILE = re.compile(r"gemm_detail::tiles<treadle::simd::(\w+), \d+ul?, (\d+)ul?, (\d+)ul?, \d+ul?>")
FOURS = re.compile(r"gemm_detail::fours<treadle::simd::(\w+), (\d+)ul?, (\d+)ul?>")
FMA = re.compile(r"vfmadd\d+ps|fmla|vfma\.f32")
CALL = re.compile(r"call|blr?$|blx")
JUMP = re.compile(r"j[a-z]+|b(\.\w+)?|b(eq|ne|cs|cc|hi|ls|ge|lt|gt|le|pl|mi)(\.n|\.w)?|cbn?z|tbn?z")
JUMP_TARGET = re.compile(r"(?:^|\s|,)([0-9a-f]+) <")
STACK = re.compile(r"\(%rsp|\[sp\b")
VECTOR = re.compile(r"%[xyz]mm|\b[qvsd]\d")


def functions(disassembly):
    """(name, [(address, mnemonic, operands)]) of each function."""
    name, body = None, []
    for line in disassembly.splitlines():
        if match := FUNCTION.match(line):
            if name:
                yield name, body
            name, body = match[1], []
        elif match := INSTRUCTION.match(line):
            body.append((int(match[1], 16), match[2], match[3]))
    if name:
        yield name, body


def innermost_loops(body):
    """The instructions of each loop that has no other in it: from the target of a jump backwards to the jump."""
    begin = body[0][0] if body else 0
    spans = set()
    for address, mnemonic, operands in body:
        target = JUMP_TARGET.search(operands)
        if JUMP.fullmatch(mnemonic) and target and begin <= int(target[1], 16) <= address:
            spans.add((int(target[1], 16), address))
    for span in spans:
        if not any(other != span and span[0] <= other[0] and other[1] <= span[1] for other in spans):
            yield [each for each in body if span[0] <= each[0] <= span[1]]


def may_use_stack(isa, operands):
    """Whether an access to the stack is one of those that are known and do little harm."""
    return isa in ADDRESSES_ON_STACK and not VECTOR.search(operands)


def check(disassembly, isas):
    """What is wrong, as lines, and a summary of each instruction set."""
    wrong, largest, tiles = [], {}, dict.fromkeys(isas, 0)
    for name, body in functions(disassembly):
        tile = TILE.search(name) or FOURS.search(name)
        if not tile or tile[1].lower() not in isas:
            continue
        isa, (rows, columns) = tile[1].lower(), map(int, tile.groups()[1:])
        fours = tile.re is FOURS
        place = f"{isa}, tile of {rows} {'groups' if fours else 'rows'} of {columns} registers"
        tiles[isa] += 1
        loops = [loop for loop in innermost_loops(body) if any(FMA.fullmatch(m) for _, m, _ in loop)]
        if not loops:
            wrong.append(f"{place}: no innermost loop with a fused multiply-add")
        for loop in loops:
            for address, mnemonic, operands in loop:
                if CALL.fullmatch(mnemonic):
                    wrong.append(f"{place}: calls a function at {address:x}: {mnemonic} {operands}")
                if STACK.search(operands) and not may_use_stack(isa, operands):
                    wrong.append(f"{place}: uses the stack at {address:x}: {mnemonic} {operands}")
            if fours:
                continue
            # Of several loops the shortest for its multiply-adds is the one for long products.
            ratio = len(loop) / sum(1 for _, m, _ in loop if FMA.fullmatch(m))
            largest[isa] = min(largest.get(isa, (0, 0.0)), (-rows * columns, ratio))
    summary = []
    for isa in isas:
        if isa not in largest:
            wrong.append(f"{isa}: no register tile")
            continue
        ratio = largest[isa][1]
        summary.append(f"{isa}: {tiles[isa]} tiles, {ratio:.2f} instructions for each multiply-add in the largest")
        if ratio > MOST_INSTRUCTIONS[isa]:
            wrong.append(f"{isa}: {ratio:.2f} instructions for each multiply-add, expected {MOST_INSTRUCTIONS[isa]} at most")
    return wrong, summary


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("library")
    parser.add_argument("isas", nargs="+", choices=MOST_INSTRUCTIONS, metavar="ISA")
    arguments = parser.parse_args()
    disassembly = subprocess.run([arguments.objdump, "--disassemble", "--demangle", "--no-show-raw-insn",
                                  arguments.library], check=True, capture_output=True, text=True).stdout
    wrong, summary = check(disassembly, arguments.isas)
    print("\n".join(wrong + summary))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

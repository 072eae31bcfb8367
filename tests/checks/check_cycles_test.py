#!/usr/bin/env python3
"""check_cycles_test.py LLVM_MCA: a loop of independent multiply-adds passes; one that waits for its own sums, a second
tile that is no faster, and a library without a tile, are found."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "scripts"))
sys.dont_write_bytecode = True
from check_cycles import check  # noqa: E402


def tile(loop, isa="Neon64"):
    name = f"void treadle::kernels::gemm_detail::tiles<treadle::simd::{isa}, 2ul, 6ul, 2ul, 6ul>(GemmArgs const&)"
    lines = ["mov x0, x1"] + loop + ["b.ne 10 <loop>", "ret"]
    return "\n".join([f"0000000000000000 <{name}>:"] + [f"  {16 * i:x}:\t{line}" for i, line in enumerate(lines)])


def both(first, second):
    return tile(first) + "\n\n" + tile(second, "Neon64InOrder")


FMLAS = [f"fmla v{sum}.4s, v30.4s, v31.s[0]" for sum in range(16, 28)] * 4
LOADS = [f"ldr q{to}, [x3, #{16 * to}]" for to in range(8)]
COUNTER = ["subs x0, x0, #0x1 // counts"]
WHOLE = LOADS + FMLAS + COUNTER
WAITING = ["fmla v16.4s, v30.4s, v31.s[0]"] * 12 + ["subs x0, x0, #0x1"]

mca = sys.argv[1]
wrong, summary = check(both(WHOLE, FMLAS + COUNTER), mca)
assert not wrong and any("cortex-a72" in line for line in summary), (wrong, summary)
wrong, _ = check(both(WHOLE, WHOLE), mca)
assert any("cortex-a53" in line and "1.00 times" in line for line in wrong), wrong
assert any("cortex-a55" in line and "1.00 times" in line for line in wrong), wrong
wrong, _ = check(both(WAITING, WAITING), mca)
assert any("Neon64 on cortex-a55" in line for line in wrong) and any("cortex-a72" in line for line in wrong), wrong
assert any("Neon64InOrder on cortex-a55" in line for line in wrong), wrong
for empty in ("", tile(WHOLE), tile(["add x2, x2, #0x1"])):
    wrong, _ = check(empty, mca)
    assert wrong, empty
print("found what it has to find")

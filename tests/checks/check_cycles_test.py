#!/usr/bin/env python3
"""check_cycles_test.py LLVM_MCA: a loop of independent multiply-adds passes; one that waits for its own sums, and a library
without a tile, are found."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "scripts"))
sys.dont_write_bytecode = True
from check_cycles import check  # noqa: E402


def tile(loop):
    name = "void treadle::kernels::gemm_detail::tiles<treadle::simd::Neon64, 2ul, 6ul, 2ul, 6ul>(GemmArgs const&)"
    lines = ["mov x0, x1"] + loop + ["b.ne 10 <loop>", "ret"]
    return "\n".join([f"0000000000000000 <{name}>:"] + [f"  {16 * i:x}:\t{line}" for i, line in enumerate(lines)])


FREE = [f"fmla v{sum}.4s, v30.4s, v31.s[0]" for sum in range(16, 28)] * 4 + ["subs x0, x0, #0x1 // counts"]
WAITING = ["fmla v16.4s, v30.4s, v31.s[0]"] * 12 + ["subs x0, x0, #0x1"]

mca = sys.argv[1]
wrong, summary = check(tile(FREE), mca)
assert not wrong and any("cortex-a72" in line for line in summary), (wrong, summary)
wrong, _ = check(tile(WAITING), mca)
assert any("cortex-a55" in line for line in wrong) and any("cortex-a72" in line for line in wrong), wrong
for empty in ("", tile(["add x2, x2, #0x1"])):
    wrong, _ = check(empty, mca)
    assert wrong, empty
print("found what it has to find")

#!/usr/bin/env python3
"""Loops as they should be pass; a call, a spilled sum, too many instructions and a tile without a loop are found."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "scripts"))
sys.dont_write_bytecode = True
from check_inner_loops import check  # noqa: E402


def tile(isa, loop):
    """The disassembly of a tile with these instructions between the head and the end of its loop."""
    name = f"void treadle::kernels::gemm_detail::tiles<treadle::simd::{isa}, 2ul, 6ul, 2ul, 6ul>(GemmArgs const&)"
    lines = ["push %rbx", "mov 0x8(%rsp),%rdi"] + loop + ["ret"]
    return "\n".join([f"0000000000000000 <{name}>:"] + [f"  {16 * i:x}:\t{line}" for i, line in enumerate(lines)])


def avx2(*extra, fmas=12):
    return tile("Avx2", ["vmovups (%rdx),%ymm0"] + ["vfmadd231ps %ymm1,%ymm2,%ymm3"] * fmas + list(extra) +
                ["jne 20 <loop>"])


def neon64(*extra):
    return tile("Neon64", ["ldp q0, q1, [x1]"] + ["fmla v27.4s, v1.4s, v7.s[0]"] * 12 + list(extra) + ["b.ne 20 <loop>"])



def avx2_fours(*extra):
    return avx2(*extra).replace("tiles<treadle::simd::Avx2, 2ul, 6ul, 2ul, 6ul>", "fours<treadle::simd::Avx2, 6ul, 1ul>")


GOOD = [(avx2_fours() + "\n\n" + avx2(), "avx2"), (avx2(), "avx2"), (neon64(), "neon64"), (avx2() + "\n\n" + neon64(), "neon64")]
BAD = [
    (avx2("call 500 <memcpy>"), "avx2", "calls a function"),
    (avx2("vmovaps %ymm4,0x8(%rsp)"), "avx2", "uses the stack"),
    (avx2("mov -0x8(%rsp),%rcx"), "avx2", "uses the stack"),
    (avx2_fours("vmovaps %ymm4,0x8(%rsp)"), "avx2", "6 groups of 1 registers: uses the stack"),
    (avx2(fmas=2), "avx2", "expected 1.95 at most"),
    (avx2(fmas=0), "avx2", "no innermost loop"),
    (avx2(), "avx512", "no register tile"),
    (neon64("bl 500 <memcpy>"), "neon64", "calls a function"),
    (neon64("str q2, [sp, #160]"), "neon64", "uses the stack"),
    (neon64(*["add x2, x2, #0x1"] * 3), "neon64", "expected 1.35 at most"),
]

for disassembly, isa in GOOD:
    wrong, summary = check(disassembly, [isa])
    assert not wrong and len(summary) == 1, (isa, wrong, summary)
for disassembly, isa, complaint in BAD:
    wrong, _ = check(disassembly, [isa])
    assert any(complaint in line for line in wrong), (isa, complaint, wrong)
print("found what it has to find")

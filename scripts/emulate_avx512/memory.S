# What lies at 1 MiB when the emulated machine starts: boot parameters and command line.
        .org    0x10000
params: .org    params + 0x1e8
        .byte   2                       # entries of the memory map
        .org    params + 0x1f1          # the setup header, from the kernel image
        .incbin "kernel", 0x1f1, 0x210 - 0x1f1
        .byte   0xff                    # type of loader: none in particular
        .incbin "kernel", 0x211, 0x218 - 0x211
        .long   INITRAMFS, INITRAMFS_SIZE
        .incbin "kernel", 0x220, 0x228 - 0x220
        .long   BASE + 0x11000          # command line
        .incbin "kernel", 0x22c, HEADER_END - 0x22c
        .org    params + 0x2d0          # the memory map: start, size, type 1 (RAM)
        .quad   0, 0x9f000
        .long   1
        .quad   0x100000, MEMORY - 0x100000
        .long   1
        .org    params + 0x1000
        .incbin "cmdline"

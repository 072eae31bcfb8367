# In place of a BIOS: goes to long mode and jumps to the kernel, by the 64-bit Linux boot protocol.
        .code16
rom:    cli
        cld
        lgdtl   %cs:gdtr - rom
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $0x20, $0xf0000 + protected - rom

        .code32
protected:
        mov     $0x18, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     $BASE, %esi             # touch all memory in rising order, see above
1:      mov     (%esi), %eax
        add     $0x20000, %esi
        cmp     $MEMORY, %esi
        jb      1b
        # Page tables: the low 4 GiB, each address to itself, in pages of 2 MiB.
        movl    $BASE + 0x2003, BASE + 0x1000
        movl    $BASE + 0x3003, BASE + 0x2000
        movl    $BASE + 0x4003, BASE + 0x2008
        movl    $BASE + 0x5003, BASE + 0x2010
        movl    $BASE + 0x6003, BASE + 0x2018
        mov     $BASE + 0x3000, %edi
        mov     $0x83, %eax
2:      mov     %eax, (%edi)
        add     $8, %edi
        add     $0x200000, %eax
        jnc     2b
        mov     $BASE + 0x1000, %eax
        mov     %eax, %cr3
        mov     $0x20, %eax             # CR4.PAE
        mov     %eax, %cr4
        mov     $0xc0000080, %ecx       # EFER.LME
        rdmsr
        or      $0x100, %eax
        wrmsr
        mov     %cr0, %eax
        and     $0x9fffffff, %eax       # caches on
        or      $0x80000000, %eax       # paging on
        mov     %eax, %cr0
        ljmp    $0x10, $0xf0000 + long - rom

        .code64
long:   mov     $BASE + 0x8000, %esp
        mov     $BASE + 0x10000, %esi   # boot parameters
        mov     $KERNEL + 0x200, %eax   # the kernel's 64-bit entry point
        jmp     *%rax

        .balign 8
gdt:    .quad   0, 0
        .quad   0x00af9b000000ffff      # 10h: 64-bit code, as the protocol wants
        .quad   0x00cf93000000ffff      # 18h: data, likewise
        .quad   0x00cf9b000000ffff      # 20h: 32-bit code
gdtr:   .word   . - gdt - 1
        .long   0xf0000 + gdt - rom

        .org    rom + 0xfff0            # where the processor starts
        .code16
        ljmp    $0xf000, $0
        .org    rom + 0x10000

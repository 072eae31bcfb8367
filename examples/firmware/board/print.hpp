// What the programs on the board print beside what those on the desktop do.
#pragma once

/// How much of the stack has been used.
void print_stack() noexcept;

// Text and exit status by way of a debugger or emulator (Arm's "Semihosting for AArch32 and AArch64"). On a board that
// runs alone these calls stop it: print to a UART there.
#pragma once

namespace semihosting {

/// Writes a text that ends in '\0'.
void write(const char* text) noexcept;

/// Ends the emulation with this exit status.
[[noreturn]] void exit(int status) noexcept;

}  // namespace semihosting

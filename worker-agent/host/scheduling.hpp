#pragma once

#include <cstdint>

/// How this process and all that it starts from now on wait for a processor.
namespace host {

/// Turns of half a millisecond instead of the kernel's three: whoever wakes up for a request waits for nobody's whole
/// turn. The share of the processor stays what it was. For the agent, and through it for Podman, HAProxy and the
/// containers of apps; builds give it up (jail::confine). Kernels before 6.12 wake by another rule and ignore it; a
/// refusal changes nothing.
void answer_quickly() noexcept;

/// The length of a turn that `pid` asked for, in nanoseconds; 0: this kernel knows none, or there is no such process.
std::uint64_t turn_of(int pid) noexcept;

}  // namespace host

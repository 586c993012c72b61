#pragma once

#include <cstdint>

/// How this process and all that it starts from now on wait for a processor.
namespace base {

/// Turns of half a millisecond instead of the kernel's own: whoever wakes up for a request waits for nobody's whole
/// turn. The share of the processor stays what it was. For the agent, and through it for Podman, HAProxy and the
/// containers of apps; builds do the opposite. Kernels before 6.12 wake by another rule and ignore it; a refusal
/// changes nothing.
void answer_quickly() noexcept;

/// Turns of twenty milliseconds, longer than anybody else's, and no hurry (`SCHED_BATCH`): who wakes up takes the
/// processor from these at once, the kernel's own threads included, and these from nobody. For builds. Throws
/// `Failure`.
void take_long_turns();

/// The length of a turn that `pid` asked for, in nanoseconds; 0: this kernel knows none, or there is no such process.
std::uint64_t turn_of(int pid) noexcept;

}  // namespace base

#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

namespace testing_support {

/// How long something may take that takes `wait` on a machine with a processor for everybody: as many times longer as
/// there are runnable processes for each processor, now or in the last minute, whichever is more. Never shorter.
inline std::chrono::milliseconds patient(std::chrono::milliseconds wait) {
  std::ifstream file("/proc/loadavg");
  double last_minute = 0;
  double five = 0;
  double fifteen = 0;
  double running = 0;  // of "3/1204": the rest is not read
  file >> last_minute >> five >> fifteen >> running;
  const double processors = std::max(1U, std::thread::hardware_concurrency());
  const double share = std::max({1.0, last_minute / processors, running / processors});
  return std::chrono::milliseconds(std::llround(static_cast<double>(wait.count()) * share));
}

}  // namespace testing_support

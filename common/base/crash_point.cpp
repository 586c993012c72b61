#include "common/base/crash_point.hpp"

#ifdef WH_CRASH_POINTS

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace base {
namespace {

struct Target {
  std::string name;
  long passing{1};
};

Target read_target() {
  const char* value = std::getenv("WH_CRASH_AT");
  if (value == nullptr) return {};
  const std::string text(value);
  const auto hash = text.find('#');
  if (hash == std::string::npos) return Target{text, 1};
  return Target{text.substr(0, hash), std::strtol(text.c_str() + hash + 1, nullptr, 10)};
}

}  // namespace

void crash_point(std::string_view name) {
  static const Target target = read_target();
  static std::atomic<long> passed{0};
  if (target.name.empty() || name != target.name) return;
  if (++passed == target.passing) std::raise(SIGKILL);
}

}  // namespace base

#endif

#include "common/base/crash_point.hpp"

#ifdef WH_CRASH_POINTS

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/unique_fd.hpp"

namespace base {
namespace {

struct Target {
  std::string name;
  long passing{1};
};

Target parse(const std::string& text) {
  const auto hash = text.find('#');
  if (hash == std::string::npos) return Target{text, 1};
  return Target{text.substr(0, hash), std::strtol(text.c_str() + hash + 1, nullptr, 10)};
}

Target read_target() {
  const char* value = std::getenv("WH_CRASH_AT");
  return value == nullptr ? Target{} : parse(value);
}

/// The first line of the file; nothing when it is absent, which is the ordinary case and costs one failing open.
std::optional<std::string> read_order(const char* file) {
  const UniqueFd fd(::open(file, O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  std::array<char, 128> buffer{};
  const auto got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got <= 0) return std::nullopt;
  const std::string text(buffer.data(), static_cast<std::size_t>(got));
  return text.substr(0, text.find('\n'));
}

/// Orders that come while the process runs: whoever passes the point takes the file away and stops itself, so that a
/// test can kill this process or another one exactly here, and let this one go on (SIGCONT).
void stop_when_ordered(const char* file, std::string_view name) {
  static std::mutex mutex;
  static std::string counted;
  static long passed = 0;
  const std::scoped_lock lock(mutex);
  const auto order = read_order(file);
  if (!order || !order->starts_with(name)) return;
  const Target target = parse(*order);
  if (target.name != name) return;
  if (counted != *order) {
    counted = *order;
    passed = 0;
  }
  if (++passed != target.passing || ::unlink(file) != 0) return;
  counted.clear();
  std::raise(SIGSTOP);
}

}  // namespace

void crash_point(std::string_view name) {
  static const Target target = read_target();
  static const char* const file = std::getenv("WH_CRASH_FILE");
  static std::atomic<long> passed{0};
  if (file != nullptr) stop_when_ordered(file, name);
  if (target.name.empty() || name != target.name) return;
  if (++passed == target.passing) std::raise(SIGKILL);
}

}  // namespace base

#endif

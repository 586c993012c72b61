#include "control-plane/platform/http/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace http {
namespace {

/// For the database, logs, what a connection's handler opens, and connections that are being turned away.
constexpr std::size_t kReserve = 256;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  return descriptor_limit();
}

std::size_t descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1024;
  return files.rlim_cur == RLIM_INFINITY ? std::size_t{1} << 20U : static_cast<std::size_t>(files.rlim_cur);
}

std::size_t connections_within(std::size_t descriptors, std::size_t wanted) {
  const std::size_t room = descriptors > 2 * kReserve ? descriptors - kReserve : descriptors / 2;
  return std::max<std::size_t>(1, std::min(wanted, room));
}

}  // namespace http

#include "common/base/failure.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace base {

void throw_errno(const std::string& what, int error_number) {
  throw Failure(what + ": " + std::generic_category().message(error_number));
}

void throw_errno(const std::string& what) {
  throw_errno(what, errno);
}

void check_failed(const char* expression, const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "invariant broken: %s (%s) at %s:%d\n", what.c_str(), expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace base

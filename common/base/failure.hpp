#pragma once

#include <stdexcept>
#include <string>

namespace base {

/// The environment failed (database gone, disk full, a program missing). Thrown; caught only at edges:
/// the HTTP handler, the message dispatcher, a reconciler's loop, `main`.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A `Failure` from a system call: "open /x: No such file or directory".
/// `error_number` is an errno value.
[[noreturn]] void throw_errno(const std::string& what, int error_number);
[[noreturn]] void throw_errno(const std::string& what);

/// Logs `what` with its place and aborts. For broken invariants of ours only, never for input.
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& what);

}  // namespace base

/// Aborts when an invariant of ours does not hold. Never on user, network or file input.
#define BASE_CHECK(condition, what)                                               \
  do {                                                                            \
    if (!(condition)) ::base::check_failed(#condition, __FILE__, __LINE__, what); \
  } while (false)

// wh-secret-argument.so: hands a program one argument that nobody sees in /proc.
//
// skopeo 1.9 takes a bearer token as an argument only, and anybody on a host may read the arguments of every process.
// This module is loaded before the program's main (LD_PRELOAD) and puts what standard input holds in the place of each
// argument `@secret`: the kernel keeps showing `@secret`. Remove when Debian's skopeo reads bearer tokens from a file.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace {

char secret[64 * 1024 + 1];

void read_secret() {
  std::size_t length = 0;
  for (ssize_t got = 0; length + 1 < sizeof secret; length += static_cast<std::size_t>(got)) {
    got = ::read(0, secret + length, sizeof secret - 1 - length);
    if (got <= 0) break;
  }
  secret[length] = '\0';
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || ::dup2(null, 0) < 0) ::_exit(127);
}

// The dynamic linker gives constructors the program's own vector of arguments.
__attribute__((constructor)) void take_secret_argument(int count, char** arguments, char** /*environment*/) {
  bool taken = false;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "@secret") != 0) continue;
    if (!taken) read_secret();
    taken = true;
    arguments[i] = secret;
  }
  ::unsetenv("LD_PRELOAD");
}

}  // namespace

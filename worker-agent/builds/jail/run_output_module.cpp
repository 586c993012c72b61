// wh-run-output.so: lets what a RUN step prints reach the log, whole.
//
// With chroot isolation, buildah 1.28 (of Podman 4.3) has a process that copies what a step prints from pipes of its
// own, and ends when the step has ended, whether all was copied or not (chroot/run_common.go: nobody waits for the
// copying goroutine). On a busy host one step in fifty loses what it printed last, which is why it failed. This module
// is loaded before the main of the jail's programs, not of an image's. In the process that becomes the step it puts the
// outputs of its parent, the copying one, in the place of the pipes. They are opened anew: a step that makes its output
// non-blocking makes nobody else's so. Remove when Debian's buildah waits.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace {

void speak_through_parent(int output) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/fd/%d", ::getppid(), output);
  struct stat info{};
  if (::stat(path, &info) != 0 || !S_ISFIFO(info.st_mode)) return;
  const int parents = ::open(path, O_WRONLY | O_CLOEXEC);
  if (parents < 0) return;
  ::dup2(parents, output);
  ::close(parents);
}

// The dynamic linker gives constructors the program's own vector of arguments.
__attribute__((constructor)) void be_heard(int count, char** arguments, char** /*environment*/) {
  if (count < 1 || std::strcmp(arguments[0], "buildah-chroot-exec") != 0) return;
  speak_through_parent(1);
  speak_through_parent(2);
}

}  // namespace

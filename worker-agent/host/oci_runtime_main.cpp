// wh-oci-runtime: crun on hosts with cgroups in hybrid mode.
//
// crun 1.8 answers "cgroups in hybrid mode not supported" when it sees a cgroup2 file system at /sys/fs/cgroup/unified.
// It works where it does not see one. This program takes that mount away in a mount namespace of its own, then becomes
// crun; Podman and conmon stay in the host's namespace. Remove when Debian's crun supports hybrid mode.

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>

int main(int /*argc*/, char** argv) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    std::perror("wh-oci-runtime: mount namespace");
    return 125;
  }
  ::umount2("/sys/fs/cgroup/unified", MNT_DETACH);
  char name[] = "crun";
  argv[0] = name;
  ::execv("/usr/bin/crun", argv);
  std::perror("wh-oci-runtime: /usr/bin/crun");
  return 127;
}

// Asks the kernel for what an attacker would, and prints `name: done` or `name: refused`. `/probe escape` first leaves
// the root that it was given, by the oldest way there is. Linked statically, without sanitizers: it runs inside builds
// and containers, as /probe, and nowhere else: on a host it would do what it asks for.

#include <dirent.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace {

void say(const char* name, long result) {
  std::printf("%s: %s\n", name, result >= 0 ? "done" : "refused");
}

/// A file of the folder that can be read, or of the folder `below` each of its members; -1: there is none.
int opens_one(int folder, const char* below) {
  DIR* const members = folder < 0 ? nullptr : ::fdopendir(folder);
  if (members == nullptr) return -1;
  while (const dirent* const entry = ::readdir(members)) {
    if (entry->d_name[0] == '.') continue;
    const int member = ::openat(folder, entry->d_name, O_RDONLY);
    if (*below == '\0' && member >= 0) return 0;
    if (*below != '\0' && opens_one(::openat(member, below, O_RDONLY | O_DIRECTORY), "") == 0) return 0;
  }
  return -1;
}

/// To the root of the mount namespace: who holds a folder outside of its own root climbs from there.
void escape() {
  const int above = ::open("/", O_RDONLY | O_DIRECTORY);
  ::mkdir("/probe-root", 0700);
  say("chroot", ::chroot("/probe-root"));
  ::fchdir(above);
  for (int i = 0; i < 64; ++i) ::chdir("..");
  ::chroot(".");
  say("escape", ::access("/var/lib/containers/storage", F_OK));
  say("read_variable", opens_one(::open("/run/wh-variables", O_RDONLY | O_DIRECTORY), ""));
  const int stages = ::open("/var/lib/containers/storage/overlay-containers", O_RDONLY | O_DIRECTORY);
  say("read_left_secret", opens_one(stages, "userdata/secrets"));
  say("write_preload", ::open("/etc/ld.so.preload", O_WRONLY));
  say("write_etc", ::open("/etc/probe-file", O_WRONLY | O_CREAT, 0600));
  say("write_root", ::open("/probe-file", O_WRONLY | O_CREAT, 0600));
  say("replace_run", ::rename("/run/wh-variables", "/run/probe-variables"));
  say("escaped_unshare", ::unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

}  // namespace

int main(int count, char** arguments) {
  char self[64] = {};
  if (::readlink("/proc/self/exe", self, sizeof self - 1) < 0 || std::strcmp(self, "/probe") != 0) return 2;
  if (count > 1 && std::strcmp(arguments[1], "escape") == 0) {
    escape();
    return 0;
  }
  char parameters[256] = {};
  say("io_uring_setup", ::syscall(SYS_io_uring_setup, 4, parameters));
  say("bpf", ::syscall(SYS_bpf, 0, parameters, sizeof parameters));
  say("keyctl", ::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  say("add_key", ::syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING));
  say("perf_event_open", ::syscall(SYS_perf_event_open, parameters, 0, -1, -1, 0));
  say("userfaultfd", ::syscall(SYS_userfaultfd, 0));
  say("init_module", ::syscall(SYS_init_module, parameters, 0, ""));
  say("kexec_load", ::syscall(SYS_kexec_load, 0, 0, nullptr, 0));
  say("raw_socket", ::socket(AF_INET, SOCK_RAW, 1));
  say("packet_socket", ::socket(AF_PACKET, SOCK_RAW, 0));
  say("mknod_memory", ::mknod("/probe-memory", S_IFCHR | 0600, makedev(1, 1)));
  say("open_core_pattern", ::open("/proc/sys/kernel/core_pattern", O_WRONLY));
  say("open_sysrq", ::open("/proc/sysrq-trigger", O_WRONLY));
  say("mount_tmpfs", ::mount("tmpfs", "/tmp", "tmpfs", 0, nullptr));
  say("mount_proc", ::mount("proc", "/proc", "proc", 0, nullptr));
  say("setns", ::setns(::open("/proc/self/ns/net", O_RDONLY), 0));
  say("open_tree", ::syscall(SYS_open_tree, AT_FDCWD, "/", 1));
  say("unshare_mount", ::unshare(CLONE_NEWNS));
  say("unshare_user", ::unshare(CLONE_NEWUSER));
  say("unshare_net", ::unshare(CLONE_NEWNET));
  return 0;
}

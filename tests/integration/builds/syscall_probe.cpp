// Asks the kernel for what an attacker would, and prints `name: done` or `name: refused`. Linked statically, without
// sanitizers: it runs inside builds and containers, as /probe, and nowhere else: on a host it would do what it asks
// for.

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

}  // namespace

int main() {
  char self[64] = {};
  if (::readlink("/proc/self/exe", self, sizeof self - 1) < 0 || std::strcmp(self, "/probe") != 0) return 2;
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
  say("unshare_user", ::unshare(CLONE_NEWUSER));
  say("unshare_net", ::unshare(CLONE_NEWNET));
  return 0;
}

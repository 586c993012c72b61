#include "worker-agent/builds/jail/confine.hpp"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/scheduling.hpp"

namespace jail {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "The build jail knows the system calls of x86-64 and arm64 only."
#endif

constexpr std::uint32_t kX32Bit = 0x40000000U;

constexpr int kRefused[] = {
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_quotactl,
    SYS_acct,
    SYS_syslog,
    SYS_fanotify_init,
    SYS_lookup_dcookie,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_vhangup,
    // Builds stay as patient as `let_others_go_first` made them.
    SYS_sched_setattr,
    SYS_sched_setscheduler,
    SYS_ioprio_set,
};

sock_filter statement(int code, std::uint32_t value) {
  return sock_filter{static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(int code, std::uint32_t value, std::uint8_t if_true, std::uint8_t if_false) {
  return sock_filter{static_cast<std::uint16_t>(code), if_true, if_false, value};
}

std::vector<sock_filter> filter() {
  constexpr std::uint32_t kNo = SECCOMP_RET_ERRNO | ENOSYS;
  std::vector<sock_filter> out;
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  // Another architecture (32-bit programs) has other numbers: refused as a whole, for it cannot be judged here.
  out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  out.push_back(statement(BPF_RET | BPF_K, kNo));
  out.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  out.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1));
  out.push_back(statement(BPF_RET | BPF_K, kNo));
#endif
  for (const int number : kRefused) {
    out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    out.push_back(statement(BPF_RET | BPF_K, kNo));
  }
  out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return out;
}

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  if (::setrlimit(resource, &both) != 0) base::throw_errno("setrlimit");
}

}  // namespace

void set_resource_limits(std::uint64_t file_bytes) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_MSGQUEUE, 0);
  if (file_bytes != 0) limit(RLIMIT_FSIZE, file_bytes);
}

void let_others_go_first() {
  base::take_long_turns();
  constexpr int kOfThisProcess = 1;
  constexpr int kBestEffortLast = (2 << 13) | 7;
  // Not every kernel knows priorities of the disk.
  static_cast<void>(::syscall(SYS_ioprio_set, kOfThisProcess, 0, kBestEffortLast));
}

void drop_capabilities() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) base::throw_errno("drop capabilities");
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct nothing[2] = {};
  if (::syscall(SYS_capset, &header, nothing) != 0) base::throw_errno("drop capabilities");
}

void confine_system_calls() {
  // Refused where keyrings are compiled out; then there is none to inherit either.
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) base::throw_errno("no_new_privs");
  std::vector<sock_filter> program = filter();
  const sock_fprog wanted{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &wanted, 0, 0) != 0) base::throw_errno("seccomp");
}

}  // namespace jail

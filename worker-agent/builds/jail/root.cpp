#include "worker-agent/builds/jail/root.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace jail {
namespace {

constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom", "tty"};
/// Any folder that exists everywhere: the mount over it is seen by nobody outside.
constexpr const char* kStage = "/tmp";
constexpr unsigned long kQuiet = MS_NOSUID | MS_NODEV;

/// Where the jail shows the module that takes a RUN step's output to the log (run_output_module.cpp), where there is a
/// store to build in.
constexpr const char* kOutputModule = "/etc/wh-run-output.so";

/// What a RUN step may do as root: what package managers and their scripts need. Chroot too: apk runs the scripts of
/// packages in one, dnf --installroot as well; what it leads out to is made harmless by step_walls.cpp (ADR 6).
constexpr const char* kStepCapabilities =
    "default_capabilities = [\"CHOWN\", \"DAC_OVERRIDE\", \"FOWNER\", \"FSETID\", \"KILL\", "
    "\"NET_BIND_SERVICE\", \"SETFCAP\", \"SETGID\", \"SETUID\", \"SYS_CHROOT\"]\n";

std::string beside_this_program(const char* name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

/// A detached clone of the mount at the open `place` with at least `attributes` (MOUNT_ATTR_*).
base::UniqueFd clone_mount(const base::UniqueFd& place, const std::string& path, unsigned long long attributes) {
  base::UniqueFd tree(static_cast<int>(
      ::syscall(SYS_open_tree, place.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH)));
  if (!tree.valid()) base::throw_errno("open_tree " + path);
  mount_attr wanted{};
  wanted.attr_set = attributes;
  if (attributes != 0 &&
      ::syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted) != 0) {
    base::throw_errno("mount_setattr " + path);
  }
  return tree;
}

/// Of a path that no stranger had a hand in.
base::UniqueFd clone_mount(const std::string& path, unsigned long long attributes) {
  const base::UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.valid()) base::throw_errno("open " + path);
  return clone_mount(place, path, attributes);
}

/// Of a folder in one that earlier builds wrote in: it may be a link by now, and none is followed.
base::UniqueFd clone_folder_in(const std::filesystem::path& above, const std::string& name,
                               unsigned long long attributes) {
  const std::string path = (above / name).string();
  const base::UniqueFd folder(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) base::throw_errno("open " + above.string());
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const base::UniqueFd place(static_cast<int>(::syscall(SYS_openat2, folder.get(), name.c_str(), &how, sizeof how)));
  if (!place.valid()) base::throw_errno("open " + path);
  return clone_mount(place, path, attributes);
}

void make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) base::throw_errno("mkdir " + path, error.value());
}

void put(const std::string& path, const std::string& content) {
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) base::throw_errno("create " + path);
  if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
    base::throw_errno("write " + path);
  }
}

void copy_if_present(const std::string& path, const std::string& root) {
  if (::access(path.c_str(), R_OK) == 0) put(root + path, base::blocking_read_file(path));
}

void link(const std::string& target, const std::string& path) {
  if (::symlink(target.c_str(), path.c_str()) != 0) base::throw_errno("symlink " + path);
}

void mount_new(const char* type, const std::string& target, unsigned long flags, const std::string& data = {}) {
  if (::mount(type, target.c_str(), type, flags, data.empty() ? nullptr : data.c_str()) != 0) {
    base::throw_errno(std::string("mount ") + type + " at " + target);
  }
}

unsigned long hard_limit(__rlimit_resource resource, unsigned long wanted) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return wanted;
  return std::min<unsigned long>(limit.rlim_max, wanted);
}

void write_etc(const std::string& root, const Options& options) {
  make_folders(root + "/etc/containers");
  make_folders(root + "/etc/ssl/certs");
  put(root + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n");
  put(root + "/etc/group", "root:x:0:\nnogroup:x:65534:\n");
  put(root + "/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  put(root + "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n");
  for (const char* file : {"/etc/ld.so.cache", "/etc/services", "/etc/ssl/certs/ca-certificates.crt"}) {
    copy_if_present(file, root);
  }
  std::string resolvers;
  for (const auto& address : options.network.resolvers) resolvers += "nameserver " + address + "\n";
  put(root + "/etc/resolv.conf", resolvers);
  put(root + "/etc/containers/containers.conf",
      containers_conf(hard_limit(RLIMIT_NOFILE, 8192), hard_limit(RLIMIT_NPROC, 30000)));
  put(root + "/etc/containers/storage.conf",
      "[storage]\ndriver = \"overlay\"\ngraphroot = \"/var/lib/containers/storage\"\nrunroot = "
      "\"/run/containers/storage\"\n");
  put(root + "/etc/containers/policy.json", "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}\n");
  put(root + "/etc/containers/registries.conf",
      "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"disabled\"\n");
}

void make_devices(const std::string& root, const Mounts& mounts) {
  mount_new("tmpfs", root + "/dev", MS_NOSUID, "mode=755,size=1m");
  for (const char* device : kDevices) {
    put(root + "/dev/" + device, "");
    mounts.attach(std::string("/dev/") + device, root + "/dev/" + device);
  }
  make_folders(root + "/dev/pts");
  make_folders(root + "/dev/shm");
  mount_new("devpts", root + "/dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620");
  mount_new("tmpfs", root + "/dev/shm", kQuiet, "size=64m");
  link("pts/ptmx", root + "/dev/ptmx");
  link("/proc/self/fd", root + "/dev/fd");
  link("/proc/self/fd/0", root + "/dev/stdin");
  link("/proc/self/fd/1", root + "/dev/stdout");
  link("/proc/self/fd/2", root + "/dev/stderr");
}

void make_kernel_views(const std::string& root, const Options& options) {
  mount_new("proc", root + "/proc", kQuiet | MS_NOEXEC);
  // The kernel shows /sys only to who owns the network namespace.
  if (options.network.mode != NetworkMode::host) mount_new("sysfs", root + "/sys", kQuiet | MS_NOEXEC | MS_RDONLY);
}

void pivot(const std::string& root) {
  if (::chdir(root.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", "old") != 0) base::throw_errno("pivot_root");
  if (::umount2("old", MNT_DETACH) != 0 || ::rmdir("/old") != 0) base::throw_errno("leave the host's root");
  if (::chdir("/job") != 0) base::throw_errno("chdir /job");
}

}  // namespace

std::string containers_conf(unsigned long open_files, unsigned long processes) {
  const std::string files = std::to_string(open_files);
  const std::string tasks = std::to_string(processes);
  return "[engine]\nruntime = \"crun\"\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"none\"\n"
         "[containers]\n" +
         std::string(kStepCapabilities) + "default_ulimits = [\"nofile=" + files + ":" + files +
         "\", \"nproc=" + tasks + ":" + tasks + "\"]\n";
}

Mounts::Mounts(const Options& options) {
  trees_.emplace_back("/usr", clone_mount("/usr", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  for (const char* device : kDevices) {
    const std::string path = std::string("/dev/") + device;
    trees_.emplace_back(path, clone_mount(path, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC));
  }
  constexpr unsigned long long kData = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  constexpr unsigned long long kModule = MOUNT_ATTR_RDONLY | kData;
  if (options.secret_from_stdin) {
    trees_.emplace_back(kSecretModule, clone_mount(beside_this_program("wh-secret-argument.so"), kModule));
  }
  if (!options.seccomp.empty()) {
    trees_.emplace_back(kSeccompProfile, clone_mount(options.seccomp.string(), kModule));
  }
  trees_.emplace_back("/job", clone_mount(options.job.string(), kData));
  if (!options.store.empty()) {
    trees_.emplace_back(kOutputModule, clone_mount(beside_this_program("wh-run-output.so"), kModule));
    trees_.emplace_back("/store", clone_mount(options.store.string(), kData));
    trees_.emplace_back("/store/tmp", clone_folder_in(options.store, "tmp", kData));
  }
}

void Mounts::attach(const std::string& what, const std::string& target) const {
  const auto tree = std::ranges::find(trees_, what, [](const auto& item) { return item.first; });
  if (tree == trees_.end()) throw base::Failure("no mount was prepared for " + what);
  if (::syscall(SYS_move_mount, tree->second.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    base::throw_errno("move_mount to " + target);
  }
}

void enter_root(const Options& options, const Mounts& mounts) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) base::throw_errno("make / private");
  const std::string root = kStage;
  mount_new("tmpfs", root, kQuiet, "mode=755,size=64m,nr_inodes=20000");
  for (const char* folder :
       {"/usr", "/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/lib/containers", "/root", "/old", "/job"}) {
    make_folders(root + folder);
  }
  for (const char* folder : {"bin", "sbin", "lib", "lib64"}) link(std::string("usr/") + folder, root + "/" + folder);
  mounts.attach("/usr", root + "/usr");
  write_etc(root, options);
  if (options.secret_from_stdin) {
    put(root + kSecretModule, "");
    mounts.attach(kSecretModule, root + kSecretModule);
  }
  if (!options.seccomp.empty()) {
    put(root + kSeccompProfile, "");
    mounts.attach(kSeccompProfile, root + kSeccompProfile);
  }
  if (!options.store.empty()) {
    put(root + kOutputModule, "");
    mounts.attach(kOutputModule, root + kOutputModule);
    put(root + "/etc/ld.so.preload", std::string(kOutputModule) + "\n");
  }
  make_kernel_views(root, options);
  make_devices(root, mounts);
  mount_new("tmpfs", root + "/run", kQuiet, "mode=755,size=64m");
  mount_new("tmpfs", root + "/tmp", kQuiet, "mode=1777,size=1g");
  mounts.attach("/job", root + "/job");
  if (!options.store.empty()) {
    mounts.attach("/store", root + "/var/lib/containers");
    mounts.attach("/store/tmp", root + "/var/tmp");
  }
  pivot(root);
}

}  // namespace jail

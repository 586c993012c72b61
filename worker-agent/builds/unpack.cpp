#include "worker-agent/builds/unpack.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/failure.hpp"

namespace builds {
namespace {

base::UniqueFd open_in(int folder, const std::string& name, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return base::UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how)));
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

base::UniqueFd must(base::UniqueFd fd, const std::string& what) {
  if (!fd.valid()) base::throw_errno("unpack " + what);
  return fd;
}

}  // namespace

Unpack::Unpack(const std::filesystem::path& root, std::uint32_t owner)
    : root_(must(base::UniqueFd(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), "the folder")),
      owner_(owner) {}

base::UniqueFd Unpack::open_parent(const std::string& path) const {
  auto at = must(base::UniqueFd(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0)), path);
  for (std::size_t begin = 0, slash = path.find('/'); slash != std::string::npos;
       begin = slash + 1, slash = path.find('/', begin)) {
    const std::string name = path.substr(begin, slash - begin);
    if (::mkdirat(at.get(), name.c_str(), 0755) == 0) {
      if (::fchownat(at.get(), name.c_str(), owner_, owner_, AT_SYMLINK_NOFOLLOW) != 0) base::throw_errno("chown");
    } else if (errno != EEXIST) {
      base::throw_errno("unpack " + path);
    }
    at = must(open_in(at.get(), name, O_RDONLY | O_DIRECTORY, 0), path);
  }
  return at;
}

base::Result<void> Unpack::begin(const archive::Entry& entry) {
  const auto parent = open_parent(entry.path);
  const std::string name = name_of(entry.path);
  switch (entry.kind) {
    case archive::Entry::Kind::folder:
      if (::mkdirat(parent.get(), name.c_str(), 0755) != 0 && errno != EEXIST) base::throw_errno("unpack " + name);
      break;
    case archive::Entry::Kind::link:
      if (::symlinkat(entry.target.c_str(), parent.get(), name.c_str()) != 0) base::throw_errno("unpack " + name);
      break;
    case archive::Entry::Kind::file: {
      const mode_t mode = entry.executable ? 0755 : 0644;
      file_ = must(open_in(parent.get(), name, O_WRONLY | O_CREAT | O_EXCL, mode), name);
      if (::fchmod(file_.get(), mode) != 0) base::throw_errno("chmod " + name);
      break;
    }
  }
  if (::fchownat(parent.get(), name.c_str(), owner_, owner_, AT_SYMLINK_NOFOLLOW) != 0) base::throw_errno("chown");
  return {};
}

base::Result<void> Unpack::data(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) base::throw_errno("unpack");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

base::Result<void> Unpack::end() {
  file_ = base::UniqueFd();
  return {};
}

}  // namespace builds

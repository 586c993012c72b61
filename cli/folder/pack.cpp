#include "cli/folder/pack.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "cli/folder/ignore.hpp"
#include "common/archive/gzip.hpp"
#include "common/archive/tar_writer.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using archive::Entry;

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kLargestIgnore = 1024 * 1024;

std::unexpected<base::Error> wrong(const char* code, std::string message) {
  return base::fail(base::ErrorKind::invalid, code, std::move(message));
}

base::UniqueFd nameless_file() {
  std::string name = (fs::temp_directory_path() / "wh-deploy-XXXXXX").string();
  base::UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.valid()) base::throw_errno("make " + name);
  ::unlink(name.c_str());
  return file;
}

/// Compresses, hashes and writes what is given.
class Archive {
 public:
  Archive() : file_(nameless_file()) {}
  void add(std::string_view bytes) { write(gzip_.feed(bytes)); }
  void finish(Packed& packed) {
    add(archive::tar_end());
    write(gzip_.finish());
    packed.bytes = bytes_;
    packed.sha256 = base::hex_encode(hash_.finish());
    packed.file = std::move(file_);
  }

 private:
  void write(const std::string& bytes) {
    hash_.update(bytes);
    for (std::string_view left = bytes; !left.empty();) {
      const ssize_t written = ::write(file_.get(), left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) base::throw_errno("write the archive");
      left.remove_prefix(static_cast<std::size_t>(written));
    }
    bytes_ += static_cast<std::int64_t>(bytes.size());
  }
  base::UniqueFd file_;
  archive::GzipWriter gzip_;
  crypto::Sha256 hash_;
  std::int64_t bytes_{0};
};

class Packer {
 public:
  Packer(fs::path root, std::string only) : root_(std::move(root)), only_(only == "." ? "" : std::move(only)) {
    if (!only_.empty()) return;
    for (const char* name : {".containerignore", ".dockerignore"}) {
      if (!fs::is_regular_file(root_ / name)) continue;
      rules_.emplace_back(IgnoreFile::Kind::docker, base::blocking_read_file(root_ / name, kLargestIgnore));
      break;
    }
  }

  base::Result<Packed> run() {
    if (!fs::is_directory(fs::symlink_status(root_ / only_))) {
      return wrong("folder.no_static", "There is no folder " + only_ + " in " + root_.string() +
                                           ", and the app is the files in it. Make it first, or name another one: wh "
                                           "settings APP --static DIR");
    }
    TRY_CHECK(walk(only_));
    if (packed_.files == 0) return wrong("folder.empty", root_.string() + " holds no file that would be sent.");
    archive_.finish(packed_);
    return std::move(packed_);
  }

 private:
  base::Result<void> walk(const std::string& folder) {
    const auto before = rules_.size();
    const auto ignore = root_ / folder / ".gitignore";
    if (only_.empty() && fs::is_regular_file(fs::symlink_status(ignore))) {
      rules_.emplace_back(IgnoreFile::Kind::git, base::blocking_read_file(ignore, kLargestIgnore), folder);
    }
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_ / folder)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    for (const auto& name : names) {
      if (name != ".git") TRY_CHECK(add(folder.empty() ? name : folder + "/" + name));
    }
    rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(before), rules_.end());
    return {};
  }

  struct LeftOut {
    bool by_git{false};
    bool by_docker{false};
    bool any() const { return by_git || by_docker; }
  };
  LeftOut left_out(const std::string& path, bool is_folder) const {
    if (path == "Containerfile" || path == "Dockerfile") return {};
    std::optional<bool> git;
    std::optional<bool> docker;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const auto verdict = rules_[i].verdict(path, is_folder);
      // A deeper .gitignore decides over one above it; the two kinds do not know of each other.
      if (verdict) (rules_[i].is_docker() ? docker : git) = verdict;
    }
    return {git.value_or(false), docker.value_or(false)};
  }

  base::Result<void> add(const std::string& path) {
    struct stat info{};
    if (::lstat((root_ / path).c_str(), &info) != 0) return wrong("folder.unreadable", path + " cannot be read.");
    const bool is_folder = S_ISDIR(info.st_mode);
    const auto out = left_out(path, is_folder);
    if (is_folder) {
      const bool again = std::ranges::any_of(rules_, &IgnoreFile::takes_in_again);
      const bool skipped = out.by_git || (out.by_docker && !again);
      return skipped ? base::Result<void>() : walk(path);
    }
    if (out.any()) return {};
    Entry entry{.kind = Entry::Kind::file, .path = path, .target = {}};
    entry.executable = (info.st_mode & 0111U) != 0;
    if (S_ISLNK(info.st_mode)) return add_link(std::move(entry));
    if (S_ISREG(info.st_mode)) return add_file(std::move(entry));
    packed_.left_out.push_back(path);
    return {};
  }

  base::Result<void> add_link(Entry entry) {
    entry.kind = Entry::Kind::link;
    entry.target = fs::read_symlink(root_ / entry.path).string();
    if (!archive::check_link(entry.path, entry.target)) {
      packed_.left_out.push_back(entry.path);
      return {};
    }
    TRY_CHECK(count(0));
    archive_.add(archive::tar_header(entry));
    return {};
  }

  base::Result<void> add_file(Entry entry) {
    const base::UniqueFd file(::open((root_ / entry.path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat info{};
    if (!file.valid() || ::fstat(file.get(), &info) != 0) {
      return wrong("folder.unreadable", entry.path + " cannot be read.");
    }
    entry.size = static_cast<std::uint64_t>(info.st_size);
    TRY_CHECK(count(entry.size));
    ++packed_.files;
    archive_.add(archive::tar_header(entry));
    std::string piece(kPiece, '\0');
    for (std::uint64_t left = entry.size; left > 0;) {
      const ssize_t got = ::read(file.get(), piece.data(), std::min<std::uint64_t>(left, piece.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return wrong("folder.changed", entry.path + " changed while it was read. Try again.");
      archive_.add(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
      left -= static_cast<std::uint64_t>(got);
    }
    archive_.add(archive::tar_padding(entry.size));
    return {};
  }

  base::Result<void> count(std::uint64_t bytes) {
    const archive::Limits limits;
    packed_.unpacked_bytes += bytes;
    if (++entries_ <= limits.entries && packed_.unpacked_bytes <= limits.bytes) return {};
    return wrong("folder.too_large", "The folder is too large to send: at most " + std::to_string(limits.entries) +
                                         " files and " + std::to_string(limits.bytes >> 20U) +
                                         " MiB. Leave out what the build does not need: .dockerignore or .gitignore.");
  }

  fs::path root_;
  std::string only_;
  std::vector<IgnoreFile> rules_;
  Archive archive_;
  Packed packed_;
  std::uint64_t entries_{0};
};

}  // namespace

std::string Packed::blocking_read(std::int64_t at, std::size_t most) const {
  std::string piece(most, '\0');
  const ssize_t got = ::pread(file.get(), piece.data(), piece.size(), at);
  if (got < 0) base::throw_errno("read the archive");
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

base::Result<Packed> blocking_pack_folder(const fs::path& folder, const std::string& only) {
  std::error_code error;
  const auto root = fs::canonical(folder, error);
  if (error || !fs::is_directory(root)) return wrong("folder.unreadable", folder.string() + " is no folder.");
  try {
    return Packer(root, only).run();
  } catch (const fs::filesystem_error& failure) {
    return wrong("folder.unreadable", failure.path1().string() + ": " + failure.code().message());
  } catch (const base::Failure& failure) {
    return wrong("folder.unreadable", failure.what());
  }
}

}  // namespace cli

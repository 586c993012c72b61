#include "cli/context_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"

namespace cli {
namespace {

struct ContextRecord {
  Context context;
  template <class F>
  void map(F& f) {
    f.required("server", context.server);
    f.required("organization", context.organization);
    f.required("session", context.session);
    f.defaulted("refresh", context.refresh);
    f.optional("expires_at", context.expires_at);
  }
};

std::unexpected<base::Error> unusable(const std::filesystem::path& path, const std::string& why) {
  return base::fail(base::ErrorKind::internal, "cli.context",
                    "The sign-in at " + path.string() + " cannot be used: " + why);
}

}  // namespace

base::Result<std::filesystem::path> context_folder(const Terminal& terminal) {
  if (const auto own = terminal.variable("WISEHOSTING_CLI_HOME")) return std::filesystem::path(*own);
  if (const auto xdg = terminal.variable("XDG_CONFIG_HOME")) return std::filesystem::path(*xdg) / "wisehosting";
  if (const auto home = terminal.variable("HOME")) return std::filesystem::path(*home) / ".config" / "wisehosting";
  return base::fail(base::ErrorKind::internal, "cli.no_home", "Neither HOME nor WISEHOSTING_CLI_HOME is set.");
}

base::Result<std::optional<Context>> blocking_load_context(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<Context>{};
  try {
    auto record =
        json::decode<ContextRecord>(base::blocking_read_private_file(path), json::Unknown::ignore, json::Limits{});
    if (!record) return unusable(path, record.error().message);
    return std::optional<Context>(std::move(record->context));
  } catch (const base::Failure& failure) {
    return unusable(path, failure.what());
  }
}

base::Result<void> blocking_save_context(const std::filesystem::path& path, const Context& context) {
  try {
    std::error_code error;
    if (std::filesystem::create_directories(path.parent_path(), error)) {
      std::filesystem::permissions(path.parent_path(), std::filesystem::perms::owner_all, error);
    }
    base::blocking_write_file(path, json::encode(ContextRecord{context}) + "\n", 0600);
    return {};
  } catch (const base::Failure& failure) {
    return unusable(path, failure.what());
  }
}

ContextLock::ContextLock(const std::filesystem::path& context_file)
    : held_(::open((context_file.string() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  // Without the lock at worst a sign-in has to be repeated.
  if (held_.get() >= 0) ::flock(held_.get(), LOCK_EX);
}

void blocking_forget_context(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace cli

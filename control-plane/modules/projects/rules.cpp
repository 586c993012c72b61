#include "control-plane/modules/projects/rules.hpp"

#include <algorithm>
#include <array>

#include "common/text/git_source.hpp"

namespace projects::rules {
namespace {

constexpr std::size_t kLongestName = 40;
/// Of an app whose code is sent as a folder (sources::kUploadScheme).
constexpr std::string_view kNoRepository = "upload:";
constexpr std::array<std::string_view, 4> kReservedVariables{"PORT", "HOSTNAME", "WISEHOSTING_APP",
                                                             "WISEHOSTING_RELEASE"};

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/// Collects mistakes of several fields, so that all are told at once.
class Mistakes {
 public:
  void add(const std::string& pointer, const base::Result<void>& result) {
    if (!result) fields_.push_back(base::FieldError{pointer, result.error().message});
  }
  base::Result<void> result() const {
    if (fields_.empty()) return {};
    auto message = fields_.size() == 1 ? fields_.front().message : "Some values cannot be accepted.";
    return base::fail(base::Error(base::ErrorKind::invalid, "invalid", std::move(message), fields_));
  }

 private:
  std::vector<base::FieldError> fields_;
};

base::Result<void> check_port(int port) {
  if (port >= 1 && port <= 65535) return {};
  return base::invalid("/port", "A port is a number from 1 to 65535.");
}

base::Result<void> check_replicas(int count) {
  if (count >= 0 && count <= kMostReplicas) return {};
  return base::invalid("/desired_replicas", "Between 0 and " + std::to_string(kMostReplicas) + " replicas.");
}

base::Result<void> check_cpu(int millis) {
  if (millis >= kLeastCpuMillis && millis <= kMostCpuMillis) return {};
  return base::invalid("/limits/cpu_millis", "Between 50 and 64000 thousandths of a processor.");
}

base::Result<void> check_memory(std::int64_t bytes) {
  if (bytes >= kLeastMemory && bytes <= kMostMemory) return {};
  return base::invalid("/limits/memory_bytes", "Between 32 MiB (33554432) and 1 TiB.");
}

base::Result<void> check_pids(int count) {
  if (count >= kLeastPids && count <= kMostPids) return {};
  return base::invalid("/limits/pids", "Between 16 and 32768 processes.");
}

base::Result<void> check_disk(std::int64_t bytes) {
  if (bytes >= kLeastDisk && bytes <= kMostDisk) return {};
  return base::invalid("/limits/disk_bytes", "Between 16 MiB (16777216) and 1 TiB.");
}

/// Checks a URL and writes its normal form back. No key can be given to a builder yet, so an ssh address, which no
/// builder could fetch, is refused here and not in the first build.
base::Result<void> normalise_url(std::string& url) {
  if (url == kNoRepository) return {};  // folders are sent
  TRY_ASSIGN(auto parsed, text::parse_git_url(url));
  if (parsed.scheme == text::GitUrl::Scheme::ssh) {
    text::GitUrl https;
    https.host = parsed.host;
    https.path = parsed.path;
    return base::fail(base::ErrorKind::invalid, "source.ssh",
                      "Repositories are read over https; ssh addresses need a key that this installation cannot hold. "
                      "Use the repository's https address, most likely " +
                          https.to_string());
  }
  url = parsed.to_string();
  return {};
}

}  // namespace

base::Result<void> check_app_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= kLongestName && is_lower(name.front()) && name.back() != '-' &&
                    std::ranges::all_of(name, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  if (good) return {};
  return base::invalid(
      "/name",
      "A name has 1 to 40 lower-case letters, digits and dashes, begins with a letter and does not end with a "
      "dash, for example my-app.");
}

base::Result<void> check_variable_name(std::string_view name) {
  const bool good = !name.empty() && name.size() <= 128 && (is_letter(name.front()) || name.front() == '_') &&
                    std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!good) {
    return base::invalid(
        "/name", "A variable's name has letters, digits and underscores and begins with no digit, at most 128.");
  }
  if (std::ranges::find(kReservedVariables, name) != kReservedVariables.end()) {
    return base::invalid("/name",
                         std::string(name) + " is set by the platform. To change the port, change the app's port.");
  }
  return {};
}

base::Result<void> check_variable_value(std::string_view value) {
  if (value.size() > kLongestValue) return base::invalid("/value", "A value has at most 64 KiB.");
  if (value.find('\0') != std::string_view::npos) return base::invalid("/value", "A value cannot hold a NUL byte.");
  return {};
}

base::Result<void> check_health_path(std::string_view path) {
  // Of what a URL may hold, only what no shell, no log and no configuration file reads otherwise.
  constexpr std::string_view kOthers = "/-._~%?=&+,@:";
  const bool good =
      !path.empty() && path.front() == '/' && path.size() <= 500 &&
      std::ranges::all_of(path, [&](char c) { return is_letter(c) || is_digit(c) || kOthers.contains(c); });
  if (good) return {};
  return base::invalid("/health_path",
                       "A health path begins with / and has letters, digits and / - . _ ~ % ? = & + , @ : only, for "
                       "example /healthz.");
}

base::Result<NewApp> check_new_app(NewApp app) {
  Mistakes mistakes;
  mistakes.add("/name", check_app_name(app.name));
  mistakes.add("/source/git_url", normalise_url(app.source.git_url));
  mistakes.add("/source/branch", text::check_branch(app.source.branch));
  if (app.source.containerfile)
    mistakes.add("/source/containerfile", text::check_containerfile(*app.source.containerfile));
  mistakes.add("/port", check_port(app.port));
  mistakes.add("/health_path", check_health_path(app.health_path));
  TRY_CHECK(mistakes.result());
  return app;
}

base::Result<AppChange> check_change(AppChange change) {
  Mistakes mistakes;
  if (change.git_url) mistakes.add("/git_url", normalise_url(*change.git_url));
  if (change.branch) mistakes.add("/branch", text::check_branch(*change.branch));
  if (change.containerfile && !change.containerfile->empty()) {
    mistakes.add("/containerfile", text::check_containerfile(*change.containerfile));
  }
  if (change.health_path) mistakes.add("/health_path", check_health_path(*change.health_path));
  if (change.port) mistakes.add("/port", check_port(*change.port));
  if (change.desired_replicas) mistakes.add("/desired_replicas", check_replicas(*change.desired_replicas));
  if (change.cpu_millis) mistakes.add("/limits/cpu_millis", check_cpu(*change.cpu_millis));
  if (change.memory_bytes) mistakes.add("/limits/memory_bytes", check_memory(*change.memory_bytes));
  if (change.pids) mistakes.add("/limits/pids", check_pids(*change.pids));
  if (change.disk_bytes) mistakes.add("/limits/disk_bytes", check_disk(*change.disk_bytes));
  TRY_CHECK(mistakes.result());
  return change;
}

}  // namespace projects::rules

#include "control-plane/modules/projects/rules.hpp"

#include <algorithm>
#include <array>

#include "common/text/build_commands.hpp"
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

base::Result<void> check_requests(int per_minute) {
  if (per_minute >= 0 && per_minute <= kMostRequests) return {};
  return base::invalid("/request_limit/per_minute", "Between 1 and 1000000 requests a minute, or 0 for no limit.");
}

base::Result<void> check_burst(int requests) {
  if (requests >= 1 && requests <= kMostBurst) return {};
  return base::invalid("/request_limit/burst", "Between 1 and 100000 requests at once.");
}

base::Result<void> one_of_them() {
  return base::invalid("/static_directory", "A static site is built without a Containerfile: give one of the two.");
}

base::Result<void> commands_alone() {
  return base::invalid("/commands",
                       "An app is built from commands, from a Containerfile or from static files: give one of them.");
}

bool is_given(const std::optional<std::string>& text) {
  return text && !text->empty();
}

void check_commands(Mistakes& mistakes, const AppChange& change) {
  const auto check = [&](const char* pointer, const std::optional<std::string>& command) {
    if (is_given(command)) mistakes.add(pointer, text::check_command(*command));
  };
  if (is_given(change.image)) mistakes.add("/commands/image", text::check_image_reference(*change.image));
  check("/commands/install_command", change.install_command);
  check("/commands/build_command", change.build_command);
  check("/commands/start_command", change.start_command);
  const bool commands = is_given(change.image) || is_given(change.install_command) || is_given(change.build_command) ||
                        is_given(change.start_command);
  if (commands && (is_given(change.containerfile) || is_given(change.static_directory))) {
    mistakes.add("/commands", commands_alone());
  }
}

void check_commands(Mistakes& mistakes, const Source& source) {
  if (!source.commands) return;
  const auto& commands = *source.commands;
  const auto check = [&](const char* pointer, const std::optional<std::string>& command) {
    if (command) mistakes.add(pointer, text::check_command(*command));
  };
  mistakes.add("/source/commands/image", text::check_image_reference(commands.image));
  check("/source/commands/install_command", commands.install_command);
  check("/source/commands/build_command", commands.build_command);
  check("/source/commands/start_command", commands.start_command);
  if (source.containerfile || source.static_directory) mistakes.add("/source/commands", commands_alone());
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// The commands after the change; none: they end.
base::Result<std::optional<text::BuildCommands>> changed_commands(std::optional<text::BuildCommands> now,
                                                                  const AppChange& change) {
  const bool any = change.image || change.install_command || change.build_command || change.start_command;
  if (!any) return now;
  const bool more =
      is_given(change.install_command) || is_given(change.build_command) || is_given(change.start_command);
  if (change.image && change.image->empty()) {
    if (!more) return std::nullopt;
    return base::invalid("/commands/image", "Commands need an image that they run in, for example node:22.");
  }
  if (!now && !change.image) {
    if (!more) return std::nullopt;
    return base::invalid("/commands/image", "Name the image that the commands run in, for example node:22.");
  }
  auto commands = now.value_or(text::BuildCommands{});
  if (change.image) commands.image = *change.image;
  if (change.install_command) commands.install_command = unless_empty(*change.install_command);
  if (change.build_command) commands.build_command = unless_empty(*change.build_command);
  if (change.start_command) commands.start_command = *change.start_command;
  if (commands.start_command.empty()) {
    return base::invalid("/commands/start_command",
                         "Say what is started in the image, for example npm start. To build a Containerfile instead, "
                         "leave the image empty.");
  }
  return commands;
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
      path.empty() || (path.front() == '/' && path.size() <= 500 && std::ranges::all_of(path, [&](char c) {
                         return is_letter(c) || is_digit(c) || kOthers.contains(c);
                       }));
  if (good) return {};
  return base::invalid("/health_path",
                       "A health path begins with / and has letters, digits and / - . _ ~ % ? = & + , @ : only, for "
                       "example /healthz. Without one, a connection to the port is the check.");
}

base::Result<NewApp> check_new_app(NewApp app) {
  Mistakes mistakes;
  mistakes.add("/name", check_app_name(app.name));
  mistakes.add("/source/git_url", normalise_url(app.source.git_url));
  mistakes.add("/source/branch", text::check_branch(app.source.branch));
  if (app.source.containerfile)
    mistakes.add("/source/containerfile", text::check_containerfile(*app.source.containerfile));
  if (app.source.static_directory)
    mistakes.add("/source/static_directory", text::check_static_directory(*app.source.static_directory));
  if (app.source.containerfile && app.source.static_directory) mistakes.add("/source/static_directory", one_of_them());
  check_commands(mistakes, app.source);
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
  if (change.static_directory && !change.static_directory->empty()) {
    mistakes.add("/static_directory", text::check_static_directory(*change.static_directory));
    if (change.containerfile && !change.containerfile->empty()) mistakes.add("/static_directory", one_of_them());
  }
  check_commands(mistakes, change);
  if (change.health_path) mistakes.add("/health_path", check_health_path(*change.health_path));
  if (change.port) mistakes.add("/port", check_port(*change.port));
  if (change.desired_replicas) mistakes.add("/desired_replicas", check_replicas(*change.desired_replicas));
  if (change.cpu_millis) mistakes.add("/limits/cpu_millis", check_cpu(*change.cpu_millis));
  if (change.memory_bytes) mistakes.add("/limits/memory_bytes", check_memory(*change.memory_bytes));
  if (change.pids) mistakes.add("/limits/pids", check_pids(*change.pids));
  if (change.disk_bytes) mistakes.add("/limits/disk_bytes", check_disk(*change.disk_bytes));
  if (change.requests_per_minute)
    mistakes.add("/request_limit/per_minute", check_requests(*change.requests_per_minute));
  if (change.request_burst) mistakes.add("/request_limit/burst", check_burst(*change.request_burst));
  TRY_CHECK(mistakes.result());
  return change;
}

base::Result<Source> changed_source(Source now, const AppChange& change) {
  if (change.git_url) now.git_url = *change.git_url;
  if (change.branch) now.branch = *change.branch;
  const bool was = now.commands.has_value();
  TRY_ASSIGN(now.commands, changed_commands(std::move(now.commands), change));
  if (now.commands && (!was || change.image)) now.containerfile = now.static_directory = std::nullopt;
  if (change.containerfile) now.containerfile = unless_empty(*change.containerfile);
  if (is_given(change.containerfile)) {
    now.static_directory = std::nullopt;
    now.commands = std::nullopt;
  }
  if (change.static_directory) now.static_directory = unless_empty(*change.static_directory);
  if (is_given(change.static_directory)) {
    now.containerfile = std::nullopt;
    now.commands = std::nullopt;
  }
  return now;
}

}  // namespace projects::rules

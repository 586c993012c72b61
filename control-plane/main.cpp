
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/core_dumps.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/app/all_in_one/all_in_one.hpp"
#include "control-plane/app/application.hpp"
#include "control-plane/app/config.hpp"
#include "control-plane/app/keys.hpp"

extern char** environ;

namespace {

constexpr const char* kUsage =
    "wh-control-plane: the control plane of WiseHosting\n\n"
    "  wh-control-plane --all-in-one [--home DIR]   a whole installation on this machine\n"
    "  wh-control-plane serve                       one instance, on the configured database\n"
    "  wh-control-plane migrate                     bring the database to this version's schema\n"
    "  wh-control-plane setup-link                  print a link that signs you in (15 minutes, single use)\n"
    "  wh-control-plane worker-token NAME [--json]  print a token that enrols a worker (1 hour, single use)\n"
    "  wh-control-plane prepare-master-key          make the next master key, to copy it to other hosts first\n"
    "  wh-control-plane rotate-master-key           a new master key; the old one opens nothing afterwards\n"
    "  wh-control-plane rotate-data-keys            new data keys; every secret is sealed anew\n"
    "  wh-control-plane limits ORG [apps=N replicas=N memory_mib=N build_minutes=N]\n"
    "                                               show or change what an organization may use; none: no limit\n"
    "  wh-control-plane openapi                     print the API's description\n"
    "  wh-control-plane --version | --help\n\n"
    "Configuration: flags, WISEHOSTING_… variables, or a TOML file (HOME/config/control-plane.toml, or by "
    "--config).\n\n";

all_in_one::Environment environment() {
  all_in_one::Environment all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals != nullptr)
      all.emplace(std::string(*entry, static_cast<std::size_t>(equals - *entry)), std::string(equals + 1));
  }
  return all;
}

/// Takes `name` out of the arguments; true when it was there.
bool take_flag(std::vector<const char*>& arguments, const std::string& name) {
  for (auto it = arguments.begin(); it != arguments.end(); ++it) {
    if (name == *it) {
      arguments.erase(it);
      return true;
    }
  }
  return false;
}

int run_all_in_one(std::vector<const char*> arguments) {
  auto variables = environment();
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    if (std::string(arguments[i]) == "--home")
      variables["WISEHOSTING_HOME"] = std::filesystem::absolute(arguments[i + 1]).string();
  }
  const auto options = all_in_one::options_from(variables, std::filesystem::read_symlink("/proc/self/exe"));
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().message.c_str());
    return 2;
  }
  return all_in_one::run_all_in_one(*options);
}

int run(std::vector<const char*> arguments) {
  if (take_flag(arguments, "--version")) {
    std::printf("wh-control-plane %s\n", WH_VERSION);
    return 0;
  }
  const bool nothing_said = arguments.size() < 2;
  if (nothing_said || take_flag(arguments, "--help") || take_flag(arguments, "-h")) {
    std::fputs(kUsage, stdout);
    std::fputs(config::describe<app::Config>().c_str(), stdout);
    return nothing_said ? 2 : 0;
  }
  if (take_flag(arguments, "--all-in-one")) return run_all_in_one(std::move(arguments));
  const bool as_json = take_flag(arguments, "--json");
  std::vector<std::string> words;
  const auto config = app::load_config(static_cast<int>(arguments.size()), arguments.data(), &words);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return 2;
  }
  const std::string command = words.empty() ? "" : words.front();
  // What answers a person says no more than the answer; what it did is in the audit log.
  const bool answers = command != "serve" && command != "migrate";
  const auto level = logging::parse_level(config->log_level).value_or(logging::Level::info);
  logging::init({.process = "control-plane", .level = answers ? std::max(level, logging::Level::warn) : level});
  if (command == "serve" && words.size() == 1) return app::serve(*config);
  if (command == "migrate" && words.size() == 1) return app::migrate(*config);
  if (command == "setup-link" && words.size() == 1) return app::print_setup_link(*config);
  if (command == "worker-token" && words.size() == 2) return app::print_worker_token(*config, words[1], as_json);
  if (command == "prepare-master-key" && words.size() == 1) return app::prepare_master_key(*config);
  if (command == "rotate-master-key" && words.size() == 1) return app::rotate_master_key(*config);
  if (command == "rotate-data-keys" && words.size() == 1) return app::rotate_data_keys(*config);
  if (command == "limits" && words.size() >= 2) {
    return app::change_limits(*config, words[1], {words.begin() + 2, words.end()});
  }
  if (command == "openapi" && words.size() == 1) return app::print_openapi(*config);
  std::fprintf(stderr, "unknown command: %s\n\n%s", command.c_str(), kUsage);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  base::forbid_core_dumps();
  try {
    return run(std::vector<const char*>(argv, argv + argc));
  } catch (const std::exception& failure) {
    logging::error("control_plane.failed", {{"reason", failure.what()}});
    return 1;
  }
}

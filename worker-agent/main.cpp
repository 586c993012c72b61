#include <malloc.h>

#include <cstdio>
#include <string>
#include <vector>

#include "common/base/core_dumps.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/app/agent.hpp"

namespace {

constexpr const char* kUsage =
    "wh-agent: the worker agent of WiseHosting\n\n"
    "  wh-agent [run]        work for the control plane until SIGTERM; containers go on running\n"
    "  wh-agent preflight    can this host do the work? says what is missing\n"
    "  wh-agent stop-host    stop and remove everything that this agent started here\n"
    "  wh-agent --version | --help\n\n"
    "Configuration: flags, WISEHOSTING_… variables, or a TOML file by --config.\n\n";

int run(int argc, const char* const* argv) {
  if (argc == 2 && std::string(argv[1]) == "--version") {
    std::printf("wh-agent %s\n", WH_VERSION);
    return 0;
  }
  if (config::wants_help(argc, argv)) {
    std::fputs(kUsage, stdout);
    std::fputs(config::describe<agent::Config>().c_str(), stdout);
    return 0;
  }
  std::vector<std::string> words;
  config::Options options;
  options.positionals = &words;
  const auto config = config::load<agent::Config>(argc, argv, options);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().message.c_str());
    return 2;
  }
  logging::init({.process = "agent", .level = logging::parse_level(config->log_level).value_or(logging::Level::info)});
  const std::string command = words.empty() ? "run" : words.front();
  // Its few threads share one arena: with one each, what they gave back stays theirs, a megabyte and more of 15.
  ::mallopt(M_ARENA_MAX, 1);
  if (words.size() <= 1 && command == "run") return agent::run_agent(*config);
  if (words.size() == 1 && command == "stop-host") return agent::stop_host(*config);
  if (words.size() == 1 && command == "preflight") return agent::preflight(*config);
  std::fprintf(stderr, "unknown command: %s\n\n%s", command.c_str(), kUsage);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  base::forbid_core_dumps();
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    logging::error("agent.failed", {{"reason", failure.what()}});
    return 1;
  }
}

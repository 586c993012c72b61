#include <cstdio>
#include <string>

#include "control-plane/app/all_in_one/all_in_one.hpp"

/// `main` of a supervisor for tests: argv[1] is the fake program that plays the control plane and the agent.
int main(int argc, char** argv, char** envp) {
  if (argc < 3) return 64;
  all_in_one::Environment environment;
  for (char** entry = envp; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  environment["WISEHOSTING_AGENT_BINARY"] = argv[1];
  auto options = all_in_one::options_from(environment, argv[1]);
  if (!options) {
    std::fputs(options.error().message.c_str(), stderr);
    return 65;
  }
  options->runtime_root = argv[2];
  return all_in_one::run_all_in_one(*options);
}

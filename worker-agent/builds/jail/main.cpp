#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "worker-agent/builds/jail/options.hpp"
#include "worker-agent/builds/jail/run.hpp"

/// wh-jail OPTIONS -- PROGRAM ARGUMENTS: runs one tool of a build in a throw-away jail. Started by wh-agent.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto options = jail::parse_arguments(arguments);
  if (!options) {
    std::fprintf(stderr, "wh-jail: %s\n", options.error().message.c_str());
    return 2;
  }
  const jail::Report report = jail::run(*options);
  if (report.end == jail::Report::End::setup_failed) std::fprintf(stderr, "wh-jail: %s\n", report.error.c_str());
  try {
    if (!options->report.empty()) base::blocking_write_file(options->report, jail::encode_report(report), 0600);
  } catch (const base::Failure& failure) {
    std::fprintf(stderr, "wh-jail: %s\n", failure.what());
    return jail::kSetupFailed;
  }
  return report.exit_code;
}

#include <unistd.h>

#include <iostream>

#include "cli/run.hpp"

extern char** environ;

int main(int argc, char** argv) {
  std::map<std::string, std::string> env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) env.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  cli::Terminal terminal{.out = std::cout,
                         .err = std::cerr,
                         .in = std::cin,
                         .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                         .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                         .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
                         .env = std::move(env)};
  const base::SystemClock clock;
  return cli::run(std::vector<std::string>(argv + 1, argv + argc), terminal, clock);
}

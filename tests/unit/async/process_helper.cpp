// What the process tests run. The first argument says how to behave.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "common/async/process.hpp"

namespace {

int wait_for_ever() {
  for (;;) ::pause();
}

/// A child that holds our output open and does not listen to SIGTERM, nor do we.
int stubborn() {
  std::signal(SIGTERM, SIG_IGN);
  if (const pid_t grandchild = ::fork(); grandchild != 0) std::cout << grandchild << std::endl;
  return wait_for_ever();
}

/// Ends at once and leaves a child behind that holds our output open.
int leave_child() {
  const pid_t child = ::fork();
  if (child == 0) return wait_for_ever();
  std::cout << child << std::endl;
  return 0;
}

void say_bye(int) {
  constexpr std::string_view kBye = "bye\n";
  [[maybe_unused]] const auto put = ::write(STDOUT_FILENO, kBye.data(), kBye.size());
  ::_exit(3);
}

int polite() {
  std::signal(SIGTERM, say_bye);
  std::cout << "ready" << std::endl;
  return wait_for_ever();
}

int print_descriptors() {
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) std::cout << fd << ' ';
  }
  return 0;
}

int print_signals() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk") || line.starts_with("SigIgn")) std::cout << line << '\n';
  }
  return 0;
}

/// Starts itself as a child, says the child's number and waits to be killed.
int parent(const std::string& self, bool die_with_parent) {
  boost::asio::io_context context;
  async::ChildProcess child(context.get_executor());
  const async::ProcessSpec spec{.argv = {self, "wait"}, .env = {}, .die_with_parent = die_with_parent};
  if (!child.start(spec)) return 1;
  std::cout << child.pid() << std::endl;
  return wait_for_ever();
}

int spew(std::size_t bytes) {
  const std::string block(bytes, 'x');
  std::cout << block << "end" << std::flush;
  std::cerr << "oops" << std::flush;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string mode = arguments.empty() ? "" : arguments[0];
  if (mode == "arguments") {
    for (const auto& argument : arguments) std::cout << '[' << argument << ']';
    return 0;
  }
  if (mode == "environment") {
    for (char** at = ::environ; *at != nullptr; ++at) std::cout << *at << '\n';
    return 0;
  }
  if (mode == "folder") return std::cout << std::filesystem::current_path().string(), 0;
  if (mode == "copy") return std::cout << std::cin.rdbuf() << std::flush, 0;
  if (mode == "exit") return std::atoi(arguments.at(1).c_str());
  if (mode == "raise") return std::raise(std::atoi(arguments.at(1).c_str()));
  if (mode == "spew") return spew(std::strtoull(arguments.at(1).c_str(), nullptr, 10));
  if (mode == "ids") return std::cout << ::getpid() << ' ' << ::getpgrp() << ' ' << ::getsid(0), 0;
  if (mode == "descriptors") return print_descriptors();
  if (mode == "signals") return print_signals();
  if (mode == "wait") return wait_for_ever();
  if (mode == "polite") return polite();
  if (mode == "stubborn") return stubborn();
  if (mode == "leave-child") return leave_child();
  if (mode == "parent") return parent(argv[0], true);
  if (mode == "parent-of-daemon") return parent(argv[0], false);
  return 2;
}

#include "tests/integration/all_in_one/installation.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "common/base/files.hpp"
#include "common/base/process.hpp"
#include "control-plane/app/all_in_one/home.hpp"

namespace all_in_one_tests {
namespace {

/// A port that nobody listens on now.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

std::filesystem::path fresh_folder(const std::string& parent) {
  std::string pattern = parent + "/wh-aio-XXXXXX";
  return ::mkdtemp(pattern.data()) == nullptr ? std::filesystem::path() : std::filesystem::path(pattern);
}

}  // namespace

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

// In memory: a fresh database cluster is many small synced files.
Installation::Installation()
    : home_(fresh_folder("/dev/shm")), runtime_root_(fresh_folder("/run")), port_(free_port()) {
  home_ /= "private";  // a folder that other users cannot enter, like root's home
  std::filesystem::create_directories(home_);
}

Installation::~Installation() {
  for (const pid_t pid : supervisors_) ::kill(pid, SIGTERM);
  while (!supervisors_.empty()) wait(supervisors_.front());
  std::filesystem::remove_all(home_.parent_path());
  std::filesystem::remove_all(runtime_root_);
}

std::filesystem::path Installation::runtime() const {
  return all_in_one::layout_of(home_, runtime_root_).runtime;
}

pid_t Installation::start(const std::map<std::string, std::string>& more) {
  std::vector<std::string> variables{"WISEHOSTING_HOME=" + home_.string(),
                                     "WISEHOSTING_DASHBOARD_PORT=" + std::to_string(port_)};
  for (const auto& [name, value] : more) variables.push_back(name + "=" + value);
  std::vector<char*> env;
  for (auto& text : variables) env.push_back(text.data());
  env.push_back(nullptr);
  std::string program = SUPERVISOR_PROGRAM;
  std::string fake = FAKE_PROGRAM;
  std::string runtime = runtime_root_.string();
  char* argv[] = {program.data(), fake.data(), runtime.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  const std::string log = (home_ / "supervisor.log").string();
  ::posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  pid_t pid = 0;
  ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, env.data());
  ::posix_spawn_file_actions_destroy(&actions);
  supervisors_.push_back(pid);
  return pid;
}

int Installation::wait(pid_t supervisor) {
  int status = 0;
  ::waitpid(supervisor, &status, 0);
  std::erase(supervisors_, supervisor);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::vector<std::string> Installation::journal() const {
  std::ifstream in(home_ / "journal");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

int Installation::count(const std::string& beginning) const {
  const auto lines = journal();
  return static_cast<int>(std::ranges::count_if(lines, [&](const auto& line) { return line.starts_with(beginning); }));
}

all_in_one::ProcessMark Installation::process(const std::string& name) const {
  for (const auto& mark : all_in_one::blocking_read_run_file(all_in_one::layout_of(home_, runtime_root_))) {
    if (mark.name == name) return mark;
  }
  return {};
}

bool Installation::alive(const std::string& name) const {
  const auto mark = process(name);
  return mark.pid != 0 && base::start_time_of(mark.pid) == mark.start_time;
}

void Installation::tell(const std::string& what) const {
  std::ofstream(home_ / what) << "x";
}

std::string Installation::supervisor_log() const {
  return base::blocking_read_file(home_ / "supervisor.log");
}

}  // namespace all_in_one_tests

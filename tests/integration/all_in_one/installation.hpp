#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control-plane/app/all_in_one/process.hpp"

namespace all_in_one_tests {

/// Asks until `holds` or 20 s have passed; true when it held.
bool eventually(const std::function<bool()>& holds);

/// A home of its own, in which supervisors are started; everything is ended and removed at the end.
class Installation {
 public:
  Installation();
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  const std::filesystem::path& home() const { return home_; }
  std::filesystem::path runtime() const;
  /// Starts a supervisor; more variables can be given.
  pid_t start(const std::map<std::string, std::string>& more = {});
  /// Waits for the end of a supervisor that was started here: exit code, or 128 + signal.
  int wait(pid_t supervisor);
  /// Lines of the fake programs' journal.
  std::vector<std::string> journal() const;
  int count(const std::string& beginning) const;
  /// The process of that name in run.json; pid 0 when there is none.
  all_in_one::ProcessMark process(const std::string& name) const;
  bool alive(const std::string& name) const;
  void tell(const std::string& what) const;
  /// Everything started: the agent too.
  bool up() const { return alive("agent") && alive("control-plane") && alive("postgres"); }
  std::string supervisor_log() const;

 private:
  std::filesystem::path home_;
  std::filesystem::path runtime_root_;
  int port_;
  std::vector<pid_t> supervisors_;
};

}  // namespace all_in_one_tests

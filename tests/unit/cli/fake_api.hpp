#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cli/run.hpp"
#include "common/base/unique_fd.hpp"

namespace cli_test {

struct Asked {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};
struct Told {
  int status{200};
  std::string body{"{}"};
  std::string headers;  ///< whole lines
  /// When set, the connection stays open after the body until the fake ends.
  bool hold{false};
};

/// A tiny HTTP server on a thread that answers by "METHOD target": one request a connection.
class FakeApi {
 public:
  FakeApi();
  ~FakeApi();
  FakeApi(const FakeApi&) = delete;
  FakeApi& operator=(const FakeApi&) = delete;

  std::string url() const { return "http://localhost:" + std::to_string(port_); }
  /// What a request is answered with; several for one key are given in turn, the last for ever.
  void tell(const std::string& key, Told answer);
  void on_request(std::function<void(const Asked&)> hook) { hook_ = std::move(hook); }
  /// What is answered where nothing was told; before the first request.
  void otherwise(std::function<std::optional<Told>(const Asked&)> answer) { otherwise_ = std::move(answer); }
  std::vector<Asked> asked() const;
  /// The last request of that method whose target begins so.
  Asked last(const std::string& method, const std::string& target) const;

 private:
  void serve();
  void answer(int fd);

  base::UniqueFd listener_;
  int port_{0};
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Told>> answers_;
  std::vector<Asked> asked_;
  std::vector<base::UniqueFd> held_;
  std::function<void(const Asked&)> hook_;
  std::function<std::optional<Told>(const Asked&)> otherwise_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// A person at a terminal: their folder, what they typed, what they saw.
class Person {
 public:
  Person();
  ~Person();
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

  /// As if they had signed in.
  void sign_in(const FakeApi& api);
  int wh(std::vector<std::string> words);
  std::string seen() const { return out_.str(); }
  std::string complaints() const { return err_.str(); }
  std::string context_file() const { return folder_ + "/context.json"; }

  std::string types;  ///< standard input
  bool at_terminal{false};
  std::map<std::string, std::string> env;

 private:
  std::string folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace cli_test

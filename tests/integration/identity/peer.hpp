#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/async/io_threads.hpp"
#include "common/async/process.hpp"
#include "common/base/clock.hpp"

namespace identity_test {

/// A program of tests/support/peers; ends with this object.
class Peer {
 public:
  /// `arguments`: script and flags. Waits until it listens.
  explicit Peer(std::vector<std::string> arguments);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// What it printed behind `listening`: an address or a port.
  const std::string& place() const { return place_; }
  /// The next line that it prints; empty when it has ended, or after ten seconds.
  std::string next_line();

 private:
  async::IoThreads threads_{1};
  std::unique_ptr<async::ChildProcess> child_;
  std::string buffered_;
  std::string place_;
};

}  // namespace identity_test

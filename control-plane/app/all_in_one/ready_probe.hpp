#pragma once

#include <string>

#include "common/base/unique_fd.hpp"

namespace all_in_one {

/// Asks http://127.0.0.1:<port>/readyz without ever blocking: `step()` does what can be done now.
class ReadyProbe {
 public:
  explicit ReadyProbe(int port) : port_(port) {}
  /// True once the answer was 200. Anything else (refused, another status, silence for 2 s) is asked again by the next
  /// call; call it every few milliseconds.
  bool step();

 private:
  bool connect();
  void give_up();

  int port_;
  base::UniqueFd socket_;
  bool sent_{false};
  int patience_{0};
  std::string answer_;
};

}  // namespace all_in_one

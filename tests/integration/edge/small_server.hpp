#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.hpp"

namespace edge_test {

/// A real HTTP server of a few lines, each connection on a thread: answers every request with its name.
/// `/slow` holds its answer until `release()`, `/headers` echoes the request's head, `/upgrade` becomes an echo
/// tunnel, `/length` answers how many bytes the body had (Content-Length or chunked), `/big` sends 32 MiB, `/huge` 100
/// MiB, `/fail` answers 500, `/hang-up` closes without an answer. Connections are kept for more requests.
class SmallServer {
 public:
  explicit SmallServer(std::string name);
  ~SmallServer();
  SmallServer(const SmallServer&) = delete;
  SmallServer& operator=(const SmallServer&) = delete;

  int port() const { return port_; }
  const std::string& name() const { return name_; }
  int requests() const { return requests_; }
  /// The request lines that came, the last 1,000.
  std::vector<std::string> lines();
  /// The request lines by connection, of those that ended or had one; the first 100,000 requests.
  std::vector<std::vector<std::string>> conversations();
  /// From now on a connection without a request for a random time, at most so long, is closed.
  void tire(std::chrono::milliseconds at_most) { tires_within_ = at_most; }
  /// Ends every tunnel of `/upgrade` as a WebSocket server that goes away does: with close frame 1001.
  void say_goodbye();
  /// Tunnels that are open.
  int tunnels();
  /// Requests that wait in `/slow`.
  int held() const { return held_; }
  void release();
  /// Stops listening and closes everything, as a killed process does.
  void kill();

 private:
  void accept_loop();
  void serve(int fd);
  bool answer(int fd, const std::string& head, std::string& buffered);
  void hold();
  void tunnel(int fd, std::string& buffered);
  bool wait_for_request(int fd, bool first) const;

  std::string name_;
  base::UniqueFd listener_;
  int port_{0};
  std::atomic<int> requests_{0};
  std::atomic<int> held_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable released_changed_;
  bool released_{false};
  std::vector<int> open_;
  std::vector<int> tunnels_;
  std::atomic<std::chrono::milliseconds> tires_within_{};
  std::vector<std::vector<std::string>> conversations_;
  std::vector<std::string> lines_;
  std::vector<std::thread> threads_;
};

}  // namespace edge_test

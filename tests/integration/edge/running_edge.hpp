#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/async/task_group.hpp"
#include "worker-agent/edge/edge.hpp"

namespace edge_test {

/// A folder of its own for one test; HAProxy that was started in it is stopped at the end.
class EdgeFolder {
 public:
  EdgeFolder();
  ~EdgeFolder();
  EdgeFolder(const EdgeFolder&) = delete;
  EdgeFolder& operator=(const EdgeFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  int port() const { return port_; }
  /// The master process that is recorded now.
  pid_t haproxy_pid() const;

 private:
  std::filesystem::path path_;
  int port_;
};

/// The edge on a thread of its own, as the agent runs it. Destroying it is what a killed agent looks like to HAProxy.
class RunningEdge {
 public:
  explicit RunningEdge(
      const EdgeFolder& folder, const base::Clock& clock, int slots = 20,
      const std::function<void(edge::EdgeSettings&)>& change = [](edge::EdgeSettings&) {});
  ~RunningEdge();
  RunningEdge(const RunningEdge&) = delete;
  RunningEdge& operator=(const RunningEdge&) = delete;

  /// Until nothing is pending.
  agent::ApplyResult apply(const std::vector<std::string>& routes);
  std::future<agent::ApplyResult> start_apply(const std::vector<std::string>& routes);
  std::future<agent::ApplyResult> start_settle();
  std::vector<edge::ReplicaCounters> counters(const std::string& app);
  protocol::EdgeStats report();

 private:
  boost::asio::io_context io_{1};
  async::BlockingPool pool_{1};
  edge::Edge edge_;
  std::unique_ptr<async::TaskGroup> tasks_;
  std::thread thread_;
};

/// The id that ends in `n`.
std::string id_of(int n);
/// A route's JSON; `targets` are `replica number:port` or `replica number:port:drain`, each with `@release number`
/// behind it or not.
std::string route(int app, const std::string& host, const std::vector<std::string>& targets,
                  const std::string& options = "{}");
/// Tries until `condition` holds, at most `wait`.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds wait = std::chrono::seconds(30));

}  // namespace edge_test

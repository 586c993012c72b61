#include "tests/integration/edge/running_edge.hpp"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fstream>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace edge_test {
namespace {

int free_port() {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) base::throw_errno("bind");
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

edge::EdgeSettings settings(const EdgeFolder& folder, int slots,
                            const std::function<void(edge::EdgeSettings&)>& change) {
  edge::EdgeSettings result;
  result.state_dir = folder.path();
  result.socket = folder.path() / "haproxy.sock";
  result.http_port = folder.port();
  result.slots = slots;
  result.slot_rules.grow_by = 5;
  result.drain_grace = std::chrono::seconds(20);
  change(result);
  return result;
}

}  // namespace

EdgeFolder::EdgeFolder() : port_(free_port()) {
  char name[] = "/tmp/wh-edge-XXXXXX";
  path_ = ::mkdtemp(name);
}

EdgeFolder::~EdgeFolder() {
  edge::Edge::blocking_stop_recorded(path_, std::chrono::seconds(5));
  std::filesystem::remove_all(path_);
}

pid_t EdgeFolder::haproxy_pid() const {
  std::ifstream record(path_ / "edge" / "haproxy.pid");
  pid_t pid = 0;
  record >> pid;
  return pid;
}

RunningEdge::RunningEdge(const EdgeFolder& folder, const base::Clock& clock, int slots,
                         const std::function<void(edge::EdgeSettings&)>& change)
    : edge_(settings(folder, slots, change), pool_, clock, io_.get_executor()),
      tasks_(std::make_unique<async::TaskGroup>(io_.get_executor())) {
  tasks_->spawn("edge", edge_.run());
  tasks_->spawn("edge.answers", edge_.read_answers());
  thread_ = std::thread([this] {
    auto work = boost::asio::make_work_guard(io_);
    io_.run();
  });
}

RunningEdge::~RunningEdge() {
  tasks_->cancel();
  auto joined = boost::asio::co_spawn(
      io_, tasks_->join(base::Deadline::after(base::SystemClock(), std::chrono::seconds(10))), boost::asio::use_future);
  joined.get();
  io_.stop();
  thread_.join();
}

std::future<agent::ApplyResult> RunningEdge::start_apply(const std::vector<std::string>& routes) {
  std::vector<agent::ObjectBody> objects;
  for (const auto& text : routes) objects.push_back(agent::ObjectBody{"r" + std::to_string(objects.size()), "", text});
  return boost::asio::co_spawn(io_, edge_.apply(std::move(objects), false), boost::asio::use_future);
}

std::future<agent::ApplyResult> RunningEdge::start_settle() {
  return boost::asio::co_spawn(io_, edge_.settle(), boost::asio::use_future);
}

agent::ApplyResult RunningEdge::apply(const std::vector<std::string>& routes) {
  auto result = start_apply(routes).get();
  while (!result.pending.empty()) result = start_settle().get();
  return result;
}

std::vector<edge::ReplicaCounters> RunningEdge::counters(const std::string& app) {
  auto asked = boost::asio::co_spawn(io_, edge_.counters(*base::AppEnvironmentId::parse(app)), boost::asio::use_future);
  auto result = asked.get();
  return result ? std::move(*result) : std::vector<edge::ReplicaCounters>{};
}

protocol::EdgeStats RunningEdge::report() {
  auto ask = [](edge::Edge* edge) -> async::Task<protocol::EdgeStats> { co_return edge->report(); };
  return boost::asio::co_spawn(io_, ask(&edge_), boost::asio::use_future).get();
}

std::string id_of(int n) {
  std::string tail = std::to_string(n);
  tail.insert(0, 12 - tail.size(), '0');
  return "01900000-0000-7000-8000-" + tail;
}

std::string route(int app, const std::string& host, const std::vector<std::string>& targets,
                  const std::string& options) {
  std::string text = R"({"app_environment_id":")" + id_of(app) + R"(","hosts":[")" + host + R"("],"targets":[)";
  bool first = true;
  for (const auto& entry : targets) {
    const std::string target = entry.substr(0, entry.find('@'));
    const auto colon = target.find(':');
    const bool drain = target.ends_with(":drain");
    const auto port = target.substr(colon + 1, drain ? target.size() - colon - 7 : std::string::npos);
    if (!std::exchange(first, false)) text += ",";
    text += R"({"replica_id":")" + id_of(std::stoi(target.substr(0, colon))) + R"(","address":"127.0.0.1","port":)" +
            port + R"(,"weight":100,"state":")" + (drain ? "drain" : "ready") + "\"";
    if (target.size() < entry.size())
      text += R"(,"release_id":")" + id_of(std::stoi(entry.substr(target.size() + 1))) + "\"";
    text += "}";
  }
  return text + R"(],"options":)" + options + "}";
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds wait) {
  boost::asio::io_context io;  // HAProxy tells no event when it has come round: it can only be asked
  const auto end = std::chrono::steady_clock::now() + wait;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    boost::asio::steady_timer(io, std::chrono::milliseconds(20)).wait();
  }
  return condition();
}

}  // namespace edge_test

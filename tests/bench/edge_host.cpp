// The edge by itself, for the benchmarks of the way in: HAProxy as an agent runs it, without a control plane.
//
//   wh-bench-edge FOLDER HTTP_PORT APPS ORIGIN_PORT...
//
// Serves app-1.localhost … at the first origin, says "ready PID", and then does what standard input asks for:
//   swap N    N times all apps go to the next origin; answers one line of JSON
//   count     the record of app 1's requests; answers one line of JSON

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

#include "common/async/task_group.hpp"
#include "common/json/json.hpp"
#include "common/protocol/objects.hpp"
#include "worker-agent/edge/edge.hpp"

namespace {

template <class Id>
Id numbered(int n) {
  char text[37];
  std::snprintf(text, sizeof text, "01900000-0000-7000-8000-%012d", n);
  return *Id::parse(text);
}

class Host {
 public:
  Host(const std::filesystem::path& folder, int http_port, int apps, std::vector<int> origins)
      : folder_(folder),
        apps_(apps),
        origins_(std::move(origins)),
        edge_(settings(folder, http_port), pool_, clock_, io_.get_executor()) {
    tasks_.spawn("edge", edge_.run());
    tasks_.spawn("edge.answers", edge_.read_answers());
    thread_ = std::thread([this] {
      auto work = boost::asio::make_work_guard(io_);
      io_.run();
    });
  }
  ~Host() {
    tasks_.cancel();
    boost::asio::co_spawn(io_, tasks_.join(base::Deadline::after(clock_, std::chrono::seconds(5))),
                          boost::asio::use_future)
        .get();
    io_.stop();
    thread_.join();
    edge::Edge::blocking_stop_recorded(folder_, std::chrono::seconds(5));
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// All apps at the next origin; how long until HAProxy confirmed it, in µs.
  std::int64_t swap() {
    ++generation_;
    std::vector<agent::ObjectBody> objects;
    for (int app = 1; app <= apps_; ++app) objects.push_back({std::to_string(app), "", route(app)});
    const auto began = clock_.steady_now();
    const auto result =
        boost::asio::co_spawn(io_, edge_.apply(std::move(objects), false), boost::asio::use_future).get();
    if (result.outcome == agent::ApplyOutcome::refused ||
        (result.outcome == agent::ApplyOutcome::partial && result.pending.empty())) {
      std::fprintf(stderr, "not applied: %s\n", result.reason.c_str());
      std::exit(1);
    }
    return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady_now() - began).count();
  }
  void swap_often(int times) {
    std::vector<std::int64_t> took;
    const auto began = clock_.steady_now();
    for (int i = 0; i < times; ++i) took.push_back(swap());
    const double seconds = std::chrono::duration<double>(clock_.steady_now() - began).count();
    std::ranges::sort(took);
    const auto at = [&](double share) {
      return static_cast<long long>(took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))]);
    };
    std::printf("{\"applies\":%d,\"changes\":%d,\"seconds\":%.3f,\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}\n",
                times, times * apps_, seconds, at(0.5), at(0.99), at(1.0));
  }
  void count() {
    auto ask = [](edge::Edge* edge) -> async::Task<protocol::EdgeStats> { co_return edge->report(); };
    const auto stats = boost::asio::co_spawn(io_, ask(&edge_), boost::asio::use_future).get();
    std::printf("%s\n", json::encode(stats).c_str());
  }
  int haproxy() const {
    std::ifstream record(folder_ / "edge" / "haproxy.pid");
    int pid = 0;
    record >> pid;
    return pid;
  }

 private:
  static edge::EdgeSettings settings(const std::filesystem::path& folder, int port) {
    edge::EdgeSettings settings;
    settings.state_dir = folder;
    settings.socket = folder / "haproxy.sock";
    settings.http_port = port;
    return settings;
  }
  std::string route(int app) const {
    protocol::RouteObject route;
    route.app_environment_id = numbered<base::AppEnvironmentId>(app);
    route.hosts = {"app-" + std::to_string(app) + ".localhost"};
    protocol::RouteTarget target;
    target.replica_id = numbered<base::ReplicaId>(generation_ * 1'000 + app);
    target.address = "127.0.0.1";
    target.port = static_cast<std::uint16_t>(origins_[static_cast<std::size_t>(generation_) % origins_.size()]);
    target.release_id = numbered<base::ReleaseId>(generation_);
    route.targets.push_back(target);
    return json::encode(route);
  }

  std::filesystem::path folder_;
  int apps_;
  std::vector<int> origins_;
  int generation_{-1};
  base::SystemClock clock_;
  boost::asio::io_context io_{1};
  async::BlockingPool pool_{1};
  edge::Edge edge_;
  async::TaskGroup tasks_{io_.get_executor()};
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "wh-bench-edge FOLDER HTTP_PORT APPS ORIGIN_PORT...\n");
    return 2;
  }
  std::vector<int> origins;
  for (int i = 4; i < argc; ++i) origins.push_back(std::atoi(argv[i]));
  Host host(argv[1], std::atoi(argv[2]), std::atoi(argv[3]), std::move(origins));
  host.swap();
  std::printf("ready %d\n", host.haproxy());
  std::fflush(stdout);
  for (std::string word; std::cin >> word;) {
    int times = 0;
    if (word == "swap" && std::cin >> times) host.swap_often(times);
    if (word == "count") host.count();
    std::fflush(stdout);
  }
  return 0;
}

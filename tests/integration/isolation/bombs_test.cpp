// CTR-11: builds that eat whatever they can get, and what an app on the same host feels of it. Prints the p99.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "common/async/timer.hpp"
#include "common/base/files.hpp"
#include "common/base/scheduling.hpp"
#include "common/http_client/client.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "tests/integration/runtime/podman_host.hpp"

namespace builds::testing {
namespace {

using ::testing::IsEmpty;
using testing_host::kServe;
using testing_host::PodmanHost;
using testing_host::replica;
using testing_host::TestAgent;

constexpr std::chrono::milliseconds kEvery{10};
constexpr std::chrono::milliseconds kBearable{500};

struct Latency {
  std::vector<double> milliseconds;
  int failed{0};
  double at(double part) {
    if (milliseconds.empty()) return 0;
    std::ranges::sort(milliseconds);
    return milliseconds[static_cast<std::size_t>(part * static_cast<double>(milliseconds.size() - 1))];
  }
};

/// One GET each 10 ms at the neighbour's port, until `over`; each on a connection of its own.
async::Task<void> measure(std::uint16_t port, const base::Clock& clock, const std::atomic<bool>& over, Latency& seen) {
  while (!over) {
    const auto begin = clock.steady_now();
    http_client::Client client(co_await boost::asio::this_coro::executor, http_client::Endpoint::tcp("127.0.0.1", port),
                               clock);
    http_client::Request request;
    request.target = "/";
    const auto deadline = base::Deadline::after(clock, std::chrono::seconds(5));
    const auto answer = co_await client.send(std::move(request), deadline);
    const auto took = clock.steady_now() - begin;
    if (answer && answer->status == 200) {
      seen.milliseconds.push_back(std::chrono::duration<double, std::milli>(took).count());
    } else {
      ++seen.failed;
    }
    if (took < kEvery) co_await async::sleep(kEvery - took);
  }
}

/// The neighbour's latency while `work` runs on a thread of its own.
Latency latency_during(std::uint16_t port, const std::function<void()>& work) {
  Latency seen;
  std::atomic<bool> over{false};
  std::thread worker([&] {
    work();
    over = true;
  });
  PodmanHost::instance().run([&](boost::asio::any_io_executor) -> async::Task<void> {
    return measure(port, PodmanHost::instance().clock(), over, seen);
  });
  worker.join();
  return seen;
}

struct Bomb {
  const char* name;
  std::string step;
};

const std::vector<Bomb> kBombs = {
    {"forks", "RUN b() { b | b & }; b; sleep 3; b; exit 7\n"},
    {"memory",
     "RUN dd if=/dev/zero of=/dev/null bs=900M count=1; (dd if=/dev/zero of=/dev/shm/x bs=1M count=2000; true); "
     "dd if=/dev/zero of=/dev/null bs=900M count=1\n"},
    {"disk", "RUN dd if=/dev/zero of=/big bs=1M count=3000; dd if=/dev/zero of=/big2 bs=1M count=3000\n"},
    {"files", "RUN mkdir /f; cd /f; i=0; while true; do i=$((i+1)); : > f$i; done\n"},
    {"archive", "ADD zeros.tar.gz /x/\n"},
    {"output", "RUN yes 'a line of output without end' | head -c 300000000\n"},
    {"processor", "RUN for i in 1 2 3 4 5 6 7 8; do (while true; do :; done) & done; sleep 5; exit 1\n"},
};

/// 1 GB of zeros in 5 MB.
std::string archive_bomb() {
  const auto folder = world().folder() / "bomb";
  std::filesystem::create_directories(folder);
  run_program({"python3", "-c",
               "import io,tarfile\n"
               "class Zeros(io.RawIOBase):\n"
               "  def read(self, n=-1): return bytes(n if n > 0 else 1 << 20)\n"
               "t = tarfile.open('zeros.tar.gz', 'w:gz', compresslevel=1)\n"
               "i = tarfile.TarInfo('zeros'); i.size = 1 << 30\n"
               "t.addfile(i, Zeros()); t.close()\n"},
              folder);
  return base::blocking_read_file(folder / "zeros.tar.gz");
}

/// Starts the neighbour and leaves it running, without an agent.
async::Task<void> start(boost::asio::any_io_executor executor, protocol::ReplicaObject object) {
  TestAgent agent(executor);
  co_await agent.apply({object});
  const auto status = co_await agent.eventually(
      object.replica_id, [](const auto& seen) { return seen.phase == "running" && seen.health == "healthy"; },
      std::chrono::seconds(60));
  EXPECT_EQ(status.health, "healthy") << status.reason;
  co_await agent.stop();
}

TEST(Bombs, CTR_11_BLD_10_builds_that_eat_everything_leave_the_neighbour_responsive) {
  base::answer_quickly();
  auto& w = world();
  const auto neighbour = replica(kServe);
  PodmanHost::instance().run([&](boost::asio::any_io_executor executor) { return start(executor, neighbour); });
  const auto port = neighbour.publish.port;
  const Order idle =
      w.order(w.repository("quiet", {{"Containerfile", "FROM localhost/wisehosting/busybox:1\nRUN sleep 2\n"}}));
  auto quiet = latency_during(port, [&] { w.build(idle); });
  std::printf("neighbour, quiet:     p50 %.2f ms, p99 %.2f ms, %zu requests, %d failed\n", quiet.at(0.5),
              quiet.at(0.99), quiet.milliseconds.size(), quiet.failed);
  for (const auto& bomb : kBombs) {
    SCOPED_TRACE(bomb.name);
    std::map<std::string, std::string> files{{"Containerfile", "FROM localhost/wisehosting/busybox:1\n" + bomb.step}};
    if (std::string(bomb.name) == "archive") files["zeros.tar.gz"] = archive_bomb();
    Order order = w.order(w.repository(std::string("bomb-") + bomb.name, files));
    order.memory_bytes = std::uint64_t{256} << 20U;
    order.disk_bytes = std::uint64_t{256} << 20U;
    order.timeout_s = 12;
    Built built;
    auto during = latency_during(port, [&] { built = w.build(order); });
    std::printf("neighbour, %-10s p50 %.2f ms, p99 %.2f ms (%.1f times), %zu requests, %d failed; the build: %s\n",
                bomb.name, during.at(0.5), during.at(0.99), during.at(0.99) / std::max(quiet.at(0.99), 0.01),
                during.milliseconds.size(), during.failed, built.code().c_str());
    EXPECT_EQ(during.failed, 0);
    EXPECT_LT(during.at(0.99), static_cast<double>(kBearable.count()));
    if (std::string(bomb.name) != "output") EXPECT_EQ(built.outcome.outcome, "failed") << built.log;
    EXPECT_THAT(w.left_overs(), IsEmpty());
    EXPECT_LT(w.store_bytes(order.app), std::uint64_t{256} << 20U);
  }
}

}  // namespace
}  // namespace builds::testing

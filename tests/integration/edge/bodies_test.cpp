#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr std::size_t kMegabyte = std::size_t{1} << 20U;
constexpr std::size_t kMegabytes = 100;
constexpr std::size_t kFlat = 12 * kMegabyte;

/// Resident memory of the master and its workers.
std::size_t resident_bytes(pid_t master) {
  std::size_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream status(entry.path() / "status");
    std::size_t kilobytes = 0;
    pid_t parent = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("PPid:")) parent = std::atoi(line.c_str() + 5);
      if (line.starts_with("VmRSS:")) kilobytes = std::strtoull(line.c_str() + 6, nullptr, 10);
    }
    if (pid == master || parent == master) sum += kilobytes * 1024;
  }
  return sum;
}

class BodiesTest : public ::testing::Test {
 protected:
  BodiesTest() {
    edge_.apply({route(1, "a.localhost", {"1:" + std::to_string(server_.port())})});
    fetch(folder_.port(), "a.localhost");
    before_ = resident_bytes(folder_.haproxy_pid());
  }
  void look() { most_ = std::max(most_, resident_bytes(folder_.haproxy_pid())); }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  SmallServer server_{"one"};
  RunningEdge edge_{folder_, clock_};
  std::size_t before_{0};
  std::size_t most_{0};
};

TEST_F(BodiesTest, a_hundred_megabytes_go_up_with_flat_memory) {
  Connection connection(folder_.port());
  const std::string piece(kMegabyte, 'x');
  ASSERT_TRUE(connection.send("POST /length HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: " +
                              std::to_string(kMegabytes * kMegabyte) + "\r\n\r\n"));

  for (std::size_t i = 0; i < kMegabytes; ++i) {
    ASSERT_TRUE(connection.send(piece));
    if (i % 10 == 5) look();
  }

  EXPECT_EQ(connection.receive().body, std::to_string(kMegabytes * kMegabyte));
  EXPECT_GT(before_, kMegabyte);
  EXPECT_LT(most_, before_ + kFlat);
}

TEST_F(BodiesTest, a_hundred_megabytes_come_down_with_flat_memory_to_a_reader_that_stops_now_and_then) {
  Connection connection(folder_.port());
  ASSERT_TRUE(connection.send("GET /huge HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));

  std::size_t received = 0;
  std::size_t looked_at = 0;
  while (received < kMegabytes * kMegabyte) {
    const auto more = connection.receive_some();
    ASSERT_FALSE(more.empty()) << received;
    received += more.size();
    if (received - looked_at < 10 * kMegabyte) continue;
    looked_at = received;
    look();
  }

  EXPECT_LT(most_, before_ + kFlat);
}

}  // namespace
}  // namespace edge_test

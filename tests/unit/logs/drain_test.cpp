// LOG-08: one contract for every kind of drain, and what ships replicas' logs to one.

#include "worker-agent/logs/drain.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "tests/unit/async/loop.hpp"

namespace logs {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view kLines =
    "2026-11-21T11:14:47.531443128Z O first\n"
    "2026-11-21T11:14:47.531443129Z E second: a \"quote\"\n"
    "2026-11-21T11:14:48.000000000Z G rate 12 3400\n";

Origin origin() {
  Origin whose;
  whose.replica = *base::ReplicaId::parse("01900000-0000-7000-8000-000000000001");
  whose.app_environment = *base::AppEnvironmentId::parse("01900000-0000-7000-8000-000000000002");
  whose.organization = *base::OrganizationId::parse("01900000-0000-7000-8000-000000000003");
  whose.release = *base::ReleaseId::parse("01900000-0000-7000-8000-000000000004");
  whose.index = 2;
  return whose;
}

/// The other side of a drain: away at first.
class Sink {
 public:
  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual std::string address() const = 0;
  virtual void come_back() = 0;
  /// All that came, once it holds `last`.
  virtual std::string received(const std::string& last) = 0;
};

class FileSink final : public Sink {
 public:
  FileSink() {
    std::string pattern = "/tmp/wh-drain-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileSink() override { fs::remove_all(folder_); }
  std::string address() const override { return "file:" + file().string(); }
  void come_back() override { fs::create_directories(file().parent_path()); }
  std::string received(const std::string& /*last*/) override { return base::blocking_read_file(file()); }

 private:
  fs::path file() const { return folder_ / "disk" / "apps.log"; }
  fs::path folder_;
};

/// Takes connections from `come_back` on; what is said on them is kept.
class SocketSink : public Sink {
 public:
  SocketSink() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    // A port that is bound and not listened at refuses connections.
    EXPECT_EQ(::bind(listener_.get(), raw, size), 0);
    EXPECT_EQ(::getsockname(listener_.get(), raw, &size), 0);
    port_ = ::ntohs(address.sin_port);
  }
  ~SocketSink() override { stop(); }
  void come_back() override {
    ASSERT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  std::string received(const std::string& last) override {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, 30s, [&] { return text_.find(last) != std::string::npos; })) << text_;
    return text_;
  }

 protected:
  void stop() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    const int open = peer_.exchange(-1);
    if (open >= 0) ::shutdown(open, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  int port() const { return port_; }
  /// What is to be answered to all that one connection said so far; empty: nothing yet.
  virtual std::string answer_to(const std::string& /*said*/) { return {}; }

 private:
  void serve() {
    for (;;) {
      const base::UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer.valid()) return;
      peer_ = peer.get();
      std::string said;
      std::array<char, 4096> buffer{};
      for (ssize_t got = 0; (got = ::recv(peer.get(), buffer.data(), buffer.size(), 0)) > 0;) {
        said.append(buffer.data(), static_cast<std::size_t>(got));
        {
          const std::scoped_lock lock(mutex_);
          text_.append(buffer.data(), static_cast<std::size_t>(got));
          came_.notify_all();
        }
        const auto answer = answer_to(said);
        if (answer.empty()) continue;
        said.clear();
        static_cast<void>(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL));
      }
      peer_ = -1;
    }
  }
  base::UniqueFd listener_;
  int port_{0};
  std::thread thread_;
  std::atomic<int> peer_{-1};
  std::mutex mutex_;
  std::condition_variable came_;
  std::string text_;
};

class SyslogSink final : public SocketSink {
 public:
  ~SyslogSink() override { stop(); }
  std::string address() const override { return "syslog+tcp://127.0.0.1:" + std::to_string(port()); }
};

class HttpSink final : public SocketSink {
 public:
  ~HttpSink() override { stop(); }
  std::string address() const override { return "http://127.0.0.1:" + std::to_string(port()) + "/in?x=1"; }
  std::atomic<int> refuse{0};

 private:
  std::string answer_to(const std::string& said) override {
    const auto head = said.find("\r\n\r\n");
    const auto length = said.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) return {};
    if (said.size() < head + 4 + std::stoul(said.substr(length + 16))) return {};
    const bool no = refuse > 0 && refuse-- > 0;
    return std::string("HTTP/1.1 ") + (no ? "503" : "204") + " x\r\nContent-Length: 0\r\n\r\n";
  }
};

struct DrainTest : testing::TestWithParam<std::string> {
  DrainTest() {
    if (GetParam() == "file") sink = std::make_unique<FileSink>();
    if (GetParam() == "http") sink = std::make_unique<HttpSink>();
    if (GetParam() == "syslog") sink = std::make_unique<SyslogSink>();
  }
  std::unique_ptr<Drain> open(const std::string& address) {
    auto opened = open_drain(address, base::SecretString("token-77"), {loop.context.get_executor(), pool, clock});
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return std::move(*opened);
  }
  base::Result<void> send(Drain& drain, std::string_view lines) {
    return loop.run(drain.send(origin(), lines, testing_async::in(60s)));
  }

  testing_async::Loop loop;
  async::BlockingPool pool{1, "test"};
  base::SystemClock clock;
  std::unique_ptr<Sink> sink;
};

TEST_P(DrainTest, LOG_08_takes_lines_in_order_with_whose_they_are_and_what_is_missing) {
  sink->come_back();
  const auto drain = open(sink->address());

  ASSERT_TRUE(send(*drain, kLines));
  ASSERT_TRUE(send(*drain, "2026-11-21T11:14:49.000000000Z O third\n"));

  const auto text = sink->received("third");
  const auto at = [&](const char* part) { return text.find(part); };
  EXPECT_LT(at("first"), at("second: a "));
  EXPECT_LT(at("second: a "), at("rate 12 3400"));
  EXPECT_LT(at("rate 12 3400"), at("third"));
  EXPECT_THAT(text, HasSubstr("01900000-0000-7000-8000-000000000001"));
  EXPECT_THAT(text, HasSubstr("01900000-0000-7000-8000-000000000002"));
  EXPECT_THAT(text, HasSubstr("2026-11-21T11:14:47.531443"));
}

TEST_P(DrainTest, LOG_08_is_an_error_while_it_is_away_and_takes_the_same_lines_afterwards) {
  const auto drain = open(sink->address());
  EXPECT_FALSE(send(*drain, kLines));

  sink->come_back();

  ASSERT_TRUE(send(*drain, kLines));
  EXPECT_THAT(sink->received("rate 12 3400"), HasSubstr("first"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, DrainTest, testing::Values("file", "http", "syslog"),
                         [](const auto& kind) { return kind.param; });

struct HttpDrainTest : DrainTest {};
TEST_P(HttpDrainTest, posts_lines_of_json_with_its_token_and_takes_a_refusal_for_what_it_is) {
  auto& http = dynamic_cast<HttpSink&>(*sink);
  http.come_back();
  const auto drain = open(http.address());
  http.refuse = 1;
  EXPECT_FALSE(send(*drain, kLines));

  ASSERT_TRUE(send(*drain, kLines));

  const auto text = http.received("rate 12 3400");
  EXPECT_THAT(text, HasSubstr("POST /in?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("Authorization: Bearer token-77\r\n"));
  EXPECT_THAT(text, HasSubstr(R"("stream":"stderr","text":"second: a \"quote\"")"));
}
INSTANTIATE_TEST_SUITE_P(Kinds, HttpDrainTest, testing::Values("http"), [](const auto& kind) { return kind.param; });

TEST(DrainForms, syslog_messages_are_framed_by_their_length) {
  const auto text = as_syslog(origin(), "host-1", kLines.substr(0, kLines.find('\n') + 1));
  EXPECT_EQ(text,
            "129 <14>1 2026-11-21T11:14:47.531443Z host-1 01900000-0000-7000-8000-000000000002 "
            "01900000-0000-7000-8000-000000000001 stdout - first");
}

TEST(DrainForms, INJ_07_addresses_that_say_more_than_where_are_refused) {
  testing_async::Loop loop;
  async::BlockingPool pool{1, "test"};
  base::SystemClock clock;
  for (const char* address :
       {"", "x\"; id; \"", "file:relative/path", "file:/", "syslog+tcp://host", "syslog+tcp://host:1/path", "ftp://h/",
        "http://user:password@h/", "syslog+tcp://a b:1", "https://h/#x"}) {
    EXPECT_FALSE(open_drain(address, {}, {loop.context.get_executor(), pool, clock})) << address;
  }
}

}  // namespace
}  // namespace logs

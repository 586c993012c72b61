#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "common/async/process.hpp"
#include "control-plane/platform/http/server.hpp"
#include "tests/integration/http/test_server.hpp"

namespace control_plane_test {

/// The other side of a drain: away until `come_back`.
class DrainPeer {
 public:
  DrainPeer() = default;
  virtual ~DrainPeer() = default;
  DrainPeer(const DrainPeer&) = delete;
  DrainPeer& operator=(const DrainPeer&) = delete;
  virtual std::string address() const = 0;
  virtual void come_back() = 0;
  /// All that it took so far.
  virtual std::string taken() = 0;
  /// The same once it holds `last`, or after half a minute and more.
  std::string taken_with(const std::string& last);
};

/// Takes `POST /in` on loopback; while it is away it answers 503.
class HttpPeer final : public DrainPeer {
 public:
  explicit HttpPeer(std::optional<http::TlsIdentity> tls = {});
  std::string address() const override;
  void come_back() override { open_ = true; }
  void go_away() { open_ = false; }
  std::string taken() override;
  /// Of each request that was taken: Content-Type, Authorization and the query's key.
  std::string heads();
  int refused() const { return refused_; }

 private:
  async::Task<http::Response> take(http::Request request);

  std::string scheme_;
  std::uint16_t port_{0};
  std::atomic<bool> open_{false};
  std::atomic<int> refused_{0};
  std::mutex mutex_;
  std::string text_;
  std::string heads_;
  http_test::TestServer server_;
};

/// Debian's rsyslogd, over TCP or TLS: what it understood of each message, a line each, parts between bars.
class RsyslogPeer final : public DrainPeer {
 public:
  explicit RsyslogPeer(const http::TlsIdentity* tls = nullptr);
  ~RsyslogPeer() override;
  std::string address() const override;
  void come_back() override;
  std::string taken() override;

 private:
  bool tls_;
  std::filesystem::path folder_;
  std::uint16_t port_{0};
  http_test::TestServer loop_;
  std::optional<async::ChildProcess> daemon_;
};

}  // namespace control_plane_test

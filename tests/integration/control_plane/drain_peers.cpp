#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "tests/integration/control_plane/drains.hpp"
#include "tests/support/patience.hpp"

namespace control_plane_test {
namespace {

namespace fs = std::filesystem;

/// True when `reached` within half a minute, longer on a busy machine.
bool within_patience(const std::function<bool()>& reached) {
  std::mutex mutex;
  std::condition_variable never;
  const auto until = std::chrono::steady_clock::now() + testing_support::patient(std::chrono::seconds(30));
  while (!reached()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::milliseconds(20));
  }
  return true;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  return address;
}

std::uint16_t free_port() {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), raw, size) != 0 || ::getsockname(socket.get(), raw, &size) != 0) {
    throw base::Failure("there is no free port");
  }
  return ::ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::string DrainPeer::taken_with(const std::string& last) {
  std::string text;
  within_patience([&] {
    text = taken();
    return text.find(last) != std::string::npos;
  });
  return text;
}

HttpPeer::HttpPeer(std::optional<http::TlsIdentity> tls) : scheme_(tls ? "https" : "http") {
  http::RouteTable routes;
  routes.add(http::Method::post, "/in", [this](http::Request request) { return take(std::move(request)); });
  port_ = server_.listen(std::move(routes), std::move(tls));
}

std::string HttpPeer::address() const {
  return scheme_ + "://127.0.0.1:" + std::to_string(port_) + "/in?key=hidden-77";
}

std::string HttpPeer::taken() {
  const std::scoped_lock lock(mutex_);
  return text_;
}

std::string HttpPeer::heads() {
  const std::scoped_lock lock(mutex_);
  return heads_;
}

async::Task<http::Response> HttpPeer::take(http::Request request) {
  if (!open_) {
    ++refused_;
    co_return http::text_response(503, "later");
  }
  const std::scoped_lock lock(mutex_);
  text_ += request.body;
  heads_.append(request.header("Content-Type").value_or("-")).append(" ");
  heads_.append(request.header("Authorization").value_or("-")).append(" ").append(request.query["key"]).append("\n");
  co_return http::text_response(204, "");
}

RsyslogPeer::RsyslogPeer(const http::TlsIdentity* tls) : tls_(tls != nullptr), port_(free_port()) {
  std::string pattern = "/tmp/wh-rsyslog-XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
  const auto at = [this](const char* name) { return (folder_ / name).string(); };
  std::string driver;
  std::string mode;
  if (tls_) {
    base::blocking_write_file(folder_ / "chain.pem", tls->chain_pem, 0600);
    base::blocking_write_file(folder_ / "key.pem", std::string(tls->key_pem.reveal()), 0600);
    driver = "global(defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"" + at("chain.pem") +
             "\" defaultNetstreamDriverCertFile=\"" + at("chain.pem") + "\" defaultNetstreamDriverKeyFile=\"" +
             at("key.pem") + "\")\n";
    mode = " StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\"";
  }
  base::blocking_write_file(
      folder_ / "rsyslog.conf",
      "global(workDirectory=\"" + folder_.string() + "\")\n" + driver + "module(load=\"imtcp\"" + mode +
          ")\ntemplate(name=\"parts\" type=\"string\" string=\"%syslogseverity-text%|%timereported:::date-rfc3339%|"
          "%hostname%|%app-name%|%procid%|%msgid%|%msg%\\n\")\n"
          "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"" +
          std::to_string(port_) + "\")\naction(type=\"omfile\" file=\"" + at("taken") + "\" template=\"parts\")\n",
      0600);
}

RsyslogPeer::~RsyslogPeer() {
  if (daemon_) {
    loop_.run(daemon_->terminate(std::chrono::seconds(5)));
    daemon_.reset();
  }
  fs::remove_all(folder_);
}

std::string RsyslogPeer::address() const {
  return (tls_ ? "syslog+tls://127.0.0.1:" : "syslog+tcp://127.0.0.1:") + std::to_string(port_);
}

void RsyslogPeer::come_back() {
  daemon_.emplace(loop_.executor());
  async::ProcessSpec spec;
  spec.argv = {"/usr/sbin/rsyslogd", "-n", "-f", (folder_ / "rsyslog.conf").string(), "-i", (folder_ / "pid").string()};
  spec.stdout_file = folder_ / "output";
  const auto started = daemon_->start(spec);
  if (!started) throw base::Failure(started.error().message);
  ASSERT_TRUE(within_patience([this] { return listens(port_); })) << base::blocking_read_file(folder_ / "output");
}

std::string RsyslogPeer::taken() {
  return fs::exists(folder_ / "taken") ? base::blocking_read_file(folder_ / "taken") : std::string();
}

}  // namespace control_plane_test

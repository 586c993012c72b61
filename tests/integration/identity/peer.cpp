#include "tests/integration/identity/peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>

#include "common/base/failure.hpp"

namespace identity_test {
namespace {

constexpr std::chrono::seconds kPatience{20};

async::Task<void> start(async::ChildProcess* child, async::ProcessSpec spec) {
  const auto started = child->start(spec);
  if (!started) throw base::Failure("cannot start a peer: " + started.error().message);
  co_return;
}

async::Task<std::string> read(async::ChildProcess* child) {
  auto piece = co_await child->read_some();
  co_return piece ? *std::move(piece) : std::string();
}

async::Task<void> end(async::ChildProcess* child) {
  co_await child->terminate(std::chrono::seconds(2));
}

}  // namespace

Peer::Peer(std::vector<std::string> arguments) : child_(std::make_unique<async::ChildProcess>(threads_.at(0))) {
  threads_.start();
  const char* path = std::getenv("PATH");
  async::ProcessSpec spec;
  spec.argv = {"node", "--no-warnings"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.env = {{"PATH", path == nullptr ? "/usr/bin:/bin" : path}};
  spec.cwd = WH_PEERS;
  boost::asio::co_spawn(threads_.at(0), start(child_.get(), spec), boost::asio::use_future).get();
  const std::string mark = "listening ";
  std::string seen;
  for (;;) {
    const auto line = next_line();
    if (line.starts_with(mark)) {
      place_ = line.substr(mark.size());
      return;
    }
    seen += line + "\n";
    if (line.empty()) throw base::Failure("a peer does not start (npm ci in tests/support/peers?): " + seen);
  }
}

Peer::~Peer() {
  boost::asio::co_spawn(threads_.at(0), end(child_.get()), boost::asio::use_future).get();
  child_.reset();
  threads_.stop();
  threads_.join();
}

std::string Peer::next_line() {
  for (;;) {
    if (const auto end = buffered_.find('\n'); end != std::string::npos) {
      auto line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return line;
    }
    auto piece = boost::asio::co_spawn(threads_.at(0), read(child_.get()), boost::asio::use_future);
    if (piece.wait_for(kPatience) != std::future_status::ready) return {};
    const auto text = piece.get();
    if (text.empty()) return {};
    buffered_ += text;
  }
}

}  // namespace identity_test

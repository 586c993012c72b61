#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "common/async/message_transport.hpp"

namespace support {

/// One direction of an in-memory connection. One executor.
struct Wire {
  explicit Wire(const boost::asio::any_io_executor& executor)
      : changed(executor, boost::asio::steady_timer::time_point::max()) {}

  void push(async::Frame frame) {
    frames.push_back(std::move(frame));
    changed.cancel();
  }
  void end(int code, std::string error) {
    if (ended) return;
    ended = true;
    close_code = code;
    error_code = std::move(error);
    changed.cancel();
  }

  std::deque<async::Frame> frames{};
  bool ended{false};
  bool held{false};  ///< what is sent waits, as with a peer that does not read
  int close_code{0};
  std::string close_reason{};
  std::string error_code{"ws.closed"};
  boost::asio::steady_timer changed;
};

/// A MessageTransport over two wires, for sessions without sockets.
class FakeTransport final : public async::MessageTransport {
 public:
  FakeTransport(boost::asio::any_io_executor executor, const base::Clock& clock, std::shared_ptr<Wire> in,
                std::shared_ptr<Wire> out)
      : executor_(std::move(executor)),
        clock_(clock),
        in_(std::move(in)),
        out_(std::move(out)),
        last_byte_(clock.steady_now()) {}
  ~FakeTransport() override { abort(); }

  async::Task<base::Result<async::Frame>> receive() override {
    while (in_->frames.empty() && !in_->ended) co_await changed(*in_);
    if (in_->frames.empty())
      co_return base::fail(base::ErrorKind::unavailable, in_->error_code, "The connection ended.");
    async::Frame frame = std::move(in_->frames.front());
    in_->frames.pop_front();
    last_byte_ = clock_.steady_now();
    co_return frame;
  }
  async::Task<base::Result<void>> send(std::string bytes) override { return send_frame(false, std::move(bytes)); }
  async::Task<base::Result<void>> send_text(std::string text) override { return send_frame(true, std::move(text)); }
  async::Task<base::Result<void>> send_frame(bool text, std::string bytes) {
    while (out_->held && !out_->ended) co_await changed(*out_);
    if (out_->ended) co_return base::fail(base::ErrorKind::unavailable, "ws.closed", "The connection ended.");
    out_->push(async::Frame{.text = text, .bytes = std::move(bytes)});
    co_return base::Result<void>{};
  }
  async::Task<void> close(int code, std::string reason) override {
    out_->close_reason = std::move(reason);
    out_->end(code, "ws.closed");
    in_->end(0, "ws.closed");
    co_return;
  }
  void abort() override {
    out_->end(0, "ws.closed");
    in_->end(0, "ws.closed");
  }
  base::SteadyTime last_byte_at() const override { return last_byte_; }
  int peer_close_code() const override { return in_->close_code; }
  boost::asio::any_io_executor executor() override { return executor_; }

 private:
  static async::Task<void> changed(Wire& wire) {
    boost::system::error_code woken;
    co_await wire.changed.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }

  boost::asio::any_io_executor executor_;
  const base::Clock& clock_;
  std::shared_ptr<Wire> in_;
  std::shared_ptr<Wire> out_;
  base::SteadyTime last_byte_;
};

/// Both ends of an in-memory connection.
struct TransportPair {
  TransportPair(const boost::asio::any_io_executor& executor, const base::Clock& clock)
      : a_to_b(std::make_shared<Wire>(executor)),
        b_to_a(std::make_shared<Wire>(executor)),
        a(std::make_unique<FakeTransport>(executor, clock, b_to_a, a_to_b)),
        b(std::make_unique<FakeTransport>(executor, clock, a_to_b, b_to_a)) {}

  std::shared_ptr<Wire> a_to_b;
  std::shared_ptr<Wire> b_to_a;
  std::unique_ptr<FakeTransport> a;
  std::unique_ptr<FakeTransport> b;
};

}  // namespace support

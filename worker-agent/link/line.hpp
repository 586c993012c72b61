#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/protocol/session.hpp"

namespace agent {

/// The connection while there is one. What is sent while there is none is lost: who sends keeps what must not be. Main
/// thread.
class Line {
 public:
  bool up() const { return session_ != nullptr && !session_->closing(); }
  const std::shared_ptr<protocol::Session>& session() const { return session_; }
  void set(std::shared_ptr<protocol::Session> session) { session_ = std::move(session); }

  /// The envelope's id when it was queued.
  template <class T>
  std::optional<protocol::EnvelopeId> send(const T& message, std::string attachment = {},
                                           std::optional<protocol::EnvelopeId> re = std::nullopt) {
    if (!up()) return std::nullopt;
    auto sent = session_->send(message, std::move(attachment), re);
    if (!sent) return std::nullopt;
    return *sent;
  }
  void ack(protocol::EnvelopeId re) {
    if (up()) (void)session_->ack(re);
  }

 private:
  std::shared_ptr<protocol::Session> session_;
};

}  // namespace agent

#pragma once

#include <functional>
#include <memory>
#include <string>

namespace postgres {

/// Tells the other control planes of this database what was committed here, and hears from them: PostgreSQL's
/// LISTEN/NOTIFY over one connection and one thread of its own, after the commits (a NOTIFY within each transaction
/// would cost most of the throughput). Topics are words and ids, never content, and may be lost: whoever listens also
/// looks by himself now and then.
class Notifier {
 public:
  /// Called on the notifier's thread with a topic of another instance, or with an empty one after (re)connecting: then
  /// anything may have happened. Must neither block nor throw.
  using Receive = std::function<void(const std::string& topic)>;

  /// `dsn`: a libpq connection string. Connects, and connects again when the database was away, by itself.
  Notifier(std::string dsn, Receive receive);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// From any thread; never blocks. Equal topics that wait are sent once; at most 2,000 wait, more are dropped.
  void publish(std::string topic);
  /// Ends the thread. Idempotent.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postgres

#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "common/protocol/envelope.hpp"

namespace protocol {

/// What waits to be written: control messages before stream data, both bounded in bytes and count. Numbers and MACs are
/// given when a message leaves, as overtaking changes the order. Not thread-safe.
class SendQueue {
 public:
  struct Bounds {
    std::size_t control_count;
    std::size_t control_bytes;
    std::size_t bulk_count;
    std::size_t bulk_bytes;
  };
  enum class Pushed { queued, full };

  explicit SendQueue(Bounds bounds) : bounds_(bounds) {}

  Pushed push_control(Envelope envelope);
  Pushed push_bulk(Envelope envelope);
  std::optional<Envelope> pop();

  bool empty() const { return control_.items.empty() && bulk_.items.empty(); }
  bool has_control() const { return !control_.items.empty(); }
  bool bulk_has_room() const { return bulk_.items.size() < bounds_.bulk_count && bulk_.bytes < bounds_.bulk_bytes; }
  void drop_bulk();

 private:
  struct Lane {
    std::deque<Envelope> items;
    std::size_t bytes{0};
  };
  static void push(Lane& lane, Envelope envelope);
  static Envelope pop(Lane& lane);

  Bounds bounds_;
  Lane control_;
  Lane bulk_;
};

}  // namespace protocol

#pragma once

#include <cstdint>
#include <map>

#include "common/base/id.hpp"
#include "common/base/result.hpp"

namespace fleet {

/// What a worker may send on the streams of one connection (PROTOCOL 7): the bytes of each up to its credit, at the
/// next offset. Nothing carries over to another connection. One thread.
class Inflow {
 public:
  /// The receiver said where to begin and how much may come.
  void open(base::StreamId stream, std::uint64_t from, std::uint64_t credit) {
    windows_[stream] = Window{from, from + credit};
  }
  void grant(base::StreamId stream, std::uint64_t bytes) {
    const auto found = windows_.find(stream);
    if (found != windows_.end()) found->second.limit += bytes;
  }
  void close(base::StreamId stream) { windows_.erase(stream); }

  /// Error `unknown_stream` when it was not opened on this connection, `bad_offset` for bytes beyond the credit or at
  /// another offset than the next.
  base::Result<void> take(base::StreamId stream, std::uint64_t offset, std::uint64_t bytes) {
    const auto found = windows_.find(stream);
    if (found == windows_.end()) {
      return base::fail(base::ErrorKind::not_found, "unknown_stream", "not opened on this connection");
    }
    auto& window = found->second;
    if (offset != window.next) {
      return base::fail(base::ErrorKind::invalid, "bad_offset", "expected offset " + std::to_string(window.next));
    }
    if (bytes > window.limit - window.next) {
      return base::fail(base::ErrorKind::invalid, "bad_offset", "beyond the credit");
    }
    window.next += bytes;
    return {};
  }
  /// The bytes were not stored after all: they may come again.
  void give_back(base::StreamId stream, std::uint64_t offset) {
    const auto found = windows_.find(stream);
    if (found != windows_.end()) found->second.next = offset;
  }
  /// Bytes that may come now, of all streams.
  std::uint64_t outstanding() const {
    std::uint64_t sum = 0;
    for (const auto& [stream, window] : windows_) sum += window.limit - window.next;
    return sum;
  }

 private:
  struct Window {
    std::uint64_t next{0};
    std::uint64_t limit{0};
  };
  std::map<base::StreamId, Window> windows_;
};

}  // namespace fleet

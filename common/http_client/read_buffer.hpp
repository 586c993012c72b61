#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace http_client {

/// Bytes that arrived and are not used yet, in one piece.
class ReadBuffer {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(begin_); }
  std::size_t size() const { return bytes_.size() - begin_; }
  bool empty() const { return size() == 0; }
  char* data() { return bytes_.data() + begin_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == bytes_.size()) {
      bytes_.clear();
      begin_ = 0;
    }
  }
  /// Room for `count` more bytes at the end; `commit` says how many were written there.
  char* prepare(std::size_t count) {
    if (begin_ > 0) bytes_.erase(0, std::exchange(begin_, 0));
    filled_ = bytes_.size();
    bytes_.resize(filled_ + count);
    return bytes_.data() + filled_;
  }
  void commit(std::size_t count) { bytes_.resize(filled_ + count); }
  void append(std::string_view bytes) { bytes_.append(bytes); }
  /// Gives memory back when nothing is held.
  void shrink() {
    if (bytes_.empty()) std::string().swap(bytes_);
  }

 private:
  std::string bytes_;
  std::size_t begin_{0};
  std::size_t filled_{0};
};

}  // namespace http_client

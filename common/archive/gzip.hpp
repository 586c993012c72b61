#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace archive {

/// Compresses what is fed, for an archive of source text: level 6.
class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  /// What came out so far; maybe nothing.
  std::string feed(std::string_view bytes);
  std::string finish();

 private:
  std::string run(std::string_view bytes, int flush);
  struct State;
  std::unique_ptr<State> state_;
};

/// Decompresses what is fed and hands it on in pieces of at most 64 KiB, whatever the bytes claim to hold.
class GzipReader {
 public:
  using Take = std::function<base::Result<void>(std::string_view)>;
  /// `limit`: most bytes that may come out.
  GzipReader(Take take, std::uint64_t limit);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  /// Errors: `archive.not_gzip`, `archive.too_large`, or what `take` says.
  base::Result<void> feed(std::string_view bytes);
  /// `archive.broken` when the input ended too early.
  base::Result<void> finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  Take take_;
  std::uint64_t limit_;
  std::uint64_t out_{0};
  bool done_{false};
};

}  // namespace archive

#include "common/archive/gzip.hpp"

#include <zlib.h>

#include <array>

#include "common/base/failure.hpp"

namespace archive {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr std::size_t kPiece = 64 * 1024;

Bytef* input(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib reads only
}

}  // namespace

struct GzipWriter::State {
  z_stream stream{};
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  const int made = deflateInit2(&state_->stream, 6, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  if (made != Z_OK) throw base::Failure("zlib cannot compress");
}

GzipWriter::~GzipWriter() {
  deflateEnd(&state_->stream);
}

std::string GzipWriter::run(std::string_view bytes, int flush) {
  std::string out;
  std::array<char, kPiece> piece{};
  auto& stream = state_->stream;
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  int status = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    status = deflate(&stream, flush);
    out.append(piece.data(), piece.size() - stream.avail_out);
  } while (stream.avail_out == 0 && status != Z_STREAM_END);
  return out;
}

std::string GzipWriter::feed(std::string_view bytes) {
  return run(bytes, Z_NO_FLUSH);
}

std::string GzipWriter::finish() {
  return run({}, Z_FINISH);
}

struct GzipReader::State {
  z_stream stream{};
};

GzipReader::GzipReader(Take take, std::uint64_t limit)
    : state_(std::make_unique<State>()), take_(std::move(take)), limit_(limit) {
  if (inflateInit2(&state_->stream, kGzipWindow) != Z_OK) throw base::Failure("zlib cannot decompress");
}

GzipReader::~GzipReader() {
  inflateEnd(&state_->stream);
}

base::Result<void> GzipReader::feed(std::string_view bytes) {
  if (done_ && !bytes.empty()) {
    return base::fail(base::ErrorKind::invalid, "archive.broken", "The archive is broken: something follows its end.");
  }
  std::array<char, kPiece> piece{};
  auto& stream = state_->stream;
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (!done_) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = piece.size();
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return base::fail(base::ErrorKind::invalid, "archive.not_gzip", "Send a tar archive compressed with gzip.");
    }
    const std::string_view out(piece.data(), piece.size() - stream.avail_out);
    out_ += out.size();
    if (out_ > limit_) {
      return base::fail(base::ErrorKind::invalid, "archive.too_large", "The archive unpacks to too much.");
    }
    if (!out.empty()) TRY_CHECK(take_(out));
    done_ = status == Z_STREAM_END;
    if (out.empty() && !done_) break;
    if (stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  if (done_ && stream.avail_in > 0) {
    return base::fail(base::ErrorKind::invalid, "archive.broken", "The archive is broken: something follows its end.");
  }
  return {};
}

base::Result<void> GzipReader::finish() const {
  if (done_) return {};
  return base::fail(base::ErrorKind::invalid, "archive.broken", "The archive is broken: it ends too early.");
}

}  // namespace archive

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The output of containers, in the k8s-file form that conmon writes:
/// `2026-11-21T11:14:47.531443128+00:00 stdout F text`, where P instead of F means that the line goes on.
namespace logs {

/// Strips the prefix from lines as they come. What is no such line is passed through.
class PrefixStripper {
 public:
  /// Appends the text of `raw`'s complete lines to `out`; the begin of an incomplete one is kept until it is.
  void feed(std::string_view raw, std::string& out);

 private:
  std::string pending_;
};

/// The last `count` lines that were written behind `from` (a byte offset into the file). Blocks shortly: reads at most
/// 64 KiB. Nothing when the file is absent. Lines are cut at 500 bytes.
std::vector<std::string> blocking_last_lines(const std::filesystem::path& file, std::uint64_t from, std::size_t count);

/// Offset of the first of the last `lines` lines of the file; 0 when it has fewer. Reads backwards in 64 KiB steps.
std::uint64_t blocking_offset_of_last(const std::filesystem::path& file, std::size_t lines);

}  // namespace logs

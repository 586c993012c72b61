#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// The output of containers, in the k8s-file form that conmon writes:
/// `2026-11-21T11:14:47.531443128+00:00 stdout F text`, where P instead of F means that the line goes on.
namespace logs {

/// Longer lines of `blocking_last_lines` are cut.
inline constexpr std::size_t kLongestLastLine = 500;

/// The last `count` lines that were written behind `from` (a byte offset into the file), as they are: not masked.
/// Blocks shortly: reads at most 64 KiB. Nothing when the file is absent. Lines are cut at `kLongestLastLine`.
std::vector<std::string> blocking_last_lines(const std::filesystem::path& file, std::uint64_t from, std::size_t count);

}  // namespace logs

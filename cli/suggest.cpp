#include "cli/suggest.hpp"

#include <algorithm>
#include <numeric>

namespace cli {
namespace {

/// Edits between two words; swapping neighbours is one (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  std::iota(edits[0].begin(), edits[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      edits[i][j] = std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> suggest(std::string_view typed, const std::vector<std::string>& known) {
  if (typed.empty() || typed.size() > 40) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = typed.size() <= 4 ? 2 : 3;
  for (const auto& word : known) {
    const std::size_t edits = typed.size() >= 3 && word.starts_with(typed) ? 1 : distance(typed, word);
    if (edits < best_distance) {
      best_distance = edits;
      best = word;
    }
  }
  return best;
}

}  // namespace cli

#include "control-plane/platform/api/kept_answers.hpp"

namespace api {
namespace {

/// What an answer takes beside its texts, about.
constexpr std::size_t kOverhead = 160;

}  // namespace

KeptAnswers::Body KeptAnswers::find(const std::string& question, std::uint64_t change) {
  const auto oldest = clock_.steady_now() - kLife;
  return state_.with([&](State& state) -> Body {
    const auto found = state.answers.find(question);
    if (found == state.answers.end()) return nullptr;
    if (found->second.change == change && found->second.at >= oldest) return found->second.body;
    return nullptr;
  });
}

void KeptAnswers::keep(const std::string& question, std::uint64_t change, std::string body) {
  const auto cost = question.size() + body.size() + kOverhead;
  if (cost > kMostBytes / 16) return;
  auto shared = std::make_shared<const std::string>(std::move(body));
  const auto now = clock_.steady_now();
  state_.with([&](State& state) {
    // Nearly all of what is there is of an earlier change: it goes at once instead of being sorted.
    if (state.bytes + cost > kMostBytes) {
      state.answers.clear();
      state.bytes = 0;
    }
    auto& kept = state.answers[question];
    state.bytes -= kept.body ? question.size() + kept.body->size() + kOverhead : 0;
    kept = {change, now, std::move(shared)};
    state.bytes += cost;
  });
}

}  // namespace api

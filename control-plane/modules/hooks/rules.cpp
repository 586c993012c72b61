#include "control-plane/modules/hooks/rules.hpp"

#include <algorithm>

#include "common/text/git_source.hpp"

namespace hooks::rules {
namespace {

constexpr std::size_t kLongestName = 100;

bool is_push(const std::string& event) {
  return event == "push" || event == "Push Hook" || event == "repo:push" || event == "repo:refs_changed";
}

Verdict skip(std::string why) {
  return {.commit = std::nullopt, .skipped = std::move(why)};
}

}  // namespace

base::Result<void> check(const HookWish& wish) {
  const bool printable = std::ranges::none_of(wish.name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
  const bool edges = !wish.name.empty() && wish.name.front() != ' ' && wish.name.back() != ' ';
  if (!edges || !printable || wish.name.size() > kLongestName) {
    return base::invalid("/name", "A name has 1 to 100 characters, and none of them is a control character.");
  }
  if (wish.days && (*wish.days < 1 || *wish.days > 366)) {
    return base::invalid("/days", "A hook lives for 1 to 366 days, or without days until it is revoked.");
  }
  return {};
}

bool is_alive(const Hook& hook, base::UtcTime now) {
  return !hook.revoked_at && (!hook.expires_at || now < *hook.expires_at);
}

base::Result<Verdict> judge(const Delivery& delivery, const std::string& branch) {
  if (delivery.pull_request) return skip("Pull requests are not deployed.");
  if (!std::ranges::all_of(delivery.events, is_push)) return skip("Only pushes are deployed.");
  const bool of_forge = !delivery.events.empty() || !delivery.refs.empty();
  if (of_forge && std::ranges::find(delivery.refs, "refs/heads/" + branch) == delivery.refs.end()) {
    return skip("Only pushes to " + branch + " are deployed.");
  }
  if (delivery.commit) TRY_CHECK(text::check_commit(*delivery.commit));
  return Verdict{.commit = delivery.commit, .skipped = std::nullopt};
}

}  // namespace hooks::rules

#include "control-plane/modules/builds/api.hpp"

#include "common/text/git_source.hpp"

namespace builds {
namespace {

constexpr std::size_t kLongestMessage = 500;

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_digest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.starts_with(kPrefix) && is_hash(text.substr(kPrefix.size()));
}

}  // namespace

std::string write_failure(const Failure& failure) {
  return json::encode(
      StoredFailure{failure.step, failure.code, failure.message, failure.exit_code, failure.last_lines});
}

std::optional<Failure> read_failure(const std::string& text) {
  auto stored = json::decode<StoredFailure>(text, json::Unknown::ignore);
  if (!stored) return std::nullopt;
  return Failure{stored->step, stored->code, stored->message, stored->exit_code, stored->last_lines};
}

std::optional<Result> read_result(const std::string& text) {
  auto result = json::decode<JobResult>(text, json::Unknown::ignore);
  if (!result || !result->image_digest || !is_digest(*result->image_digest)) return std::nullopt;
  if (!result->commit || !text::check_commit(*result->commit)) return std::nullopt;
  if (result->content_hash && !is_hash(*result->content_hash)) return std::nullopt;
  return Result{*result->commit, result->commit_message.value_or("").substr(0, kLongestMessage), *result->image_digest,
                result->content_hash};
}

}  // namespace builds

#include "control-plane/modules/builds/api.hpp"

#include "common/text/git_source.hpp"

namespace builds {
namespace {

constexpr std::size_t kLongestMessage = 500;

bool is_digest(const std::string& text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 64 && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string::npos;
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
  return Result{*result->commit, result->commit_message.value_or("").substr(0, kLongestMessage), *result->image_digest};
}

}  // namespace builds

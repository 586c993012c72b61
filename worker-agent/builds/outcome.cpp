#include "worker-agent/builds/outcome.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "common/json/json.hpp"
#include "common/log/log.hpp"

namespace builds {

agent::JobOutcome failed(BuildLog& log, BuildResult result, StepError error) {
  result.last_lines = log.last_lines();
  log.heading("Failed: " + printable_utf8(error.message));
  return agent::JobOutcome{.outcome = "failed", .result_json = json::encode(result), .error = std::move(error)};
}

agent::JobOutcome refused(base::Error error) {
  std::string message = std::move(error.message);
  for (const auto& field : error.fields) message += " " + field.pointer + ": " + field.message;
  return agent::JobOutcome{
      .outcome = "failed",
      .result_json = json::encode(BuildResult{}),
      .error =
          StepError{.code = std::move(error.code), .message = std::move(message), .step = "source", .exit_code = {}}};
}

agent::JobOutcome cancelled(BuildLog& log) {
  log.heading("Cancelled");
  return agent::JobOutcome{
      .outcome = "cancelled",
      .result_json = json::encode(BuildResult{}),
      .error = agent::JobError{
          .code = "build.cancelled", .message = "The build was cancelled.", .step = {}, .exit_code = {}}};
}

agent::JobOutcome broken(BuildLog& log, const std::string& what) {
  logging::error("build.broken", {{"error", what}});
  StepError error{
      .code = "build.internal", .message = "The worker could not build: " + what, .step = "build", .exit_code = {}};
  return failed(log, BuildResult{}, std::move(error));
}

bool is_cancellation(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace builds

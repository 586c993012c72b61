#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "common/base/id.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// How a job ended.
enum class JobOutcomeKind { succeeded, failed, cancelled };

/// Why a job failed.
struct JobFailure {
  std::string code{};     ///< stable, for programs
  std::string message{};  ///< for people
  std::optional<std::string> step{};
  std::optional<int> exit_code{};

  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("message", message);
    f.optional("step", step);
    f.optional("exit_code", exit_code);
  }
};

/// Agent → control plane: a job's result. At least once by (job_id, attempt), kept on disk until answered by `ack`,
/// which comes only after commit, or by `error` `unknown_job`. Since v1.
struct JobFinished {
  static constexpr MessageInfo kInfo{.type = "job.finished",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "ack",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::JobId job_id{};
  int attempt{1};
  JobOutcomeKind outcome{JobOutcomeKind::succeeded};
  json::Raw result{"{}"};  ///< an object
  std::optional<JobFailure> error{};

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.required("outcome", outcome);
    f.required("result", result);
    f.optional("error", error);
  }
};

}  // namespace protocol

template <>
struct json::EnumNames<protocol::JobOutcomeKind> {
  static constexpr std::array<std::pair<protocol::JobOutcomeKind, std::string_view>, 3> names{{
      {protocol::JobOutcomeKind::succeeded, "succeeded"},
      {protocol::JobOutcomeKind::failed, "failed"},
      {protocol::JobOutcomeKind::cancelled, "cancelled"},
  }};
};

#pragma once

#include <string>

#include "control-plane/platform/auth/actor.hpp"

namespace audit {

/// What was done to what. `before` and `after` are JSON objects or empty; never a secret, only its fingerprint.
struct Event {
  std::string action;  ///< e.g. `app.create`
  std::string object_kind;
  std::string object_id;
  std::string before;
  std::string after;
  std::string object_name{};                           ///< what people call it now; a caller's own name is known
  std::string app_id{};                                ///< the app that it concerns, if one
  std::optional<base::OrganizationId> organization{};  ///< whose log, when it is not the call's
};

/// Who did it, where that is neither a person nor an organization's token: a hook, or nobody that is known.
struct Program {
  std::string kind;  ///< hook or nobody
  std::string id;
  std::string name;
};

/// Appends to `audit_events` in the transaction of the change itself, so neither can be without the other.
class Log {
 public:
  explicit Log(const base::Clock& clock) : clock_(clock) {}
  void record(Tx& tx, const auth::Call& call, const Event& event);
  /// For what a program did without a credential of its own; `call` says from where.
  void record_program(Tx& tx, const auth::Call& call, const Program& who, const Event& event);
  /// For what no person did: `actor_kind` is worker, system or nobody.
  void record_machine(Tx& tx, const std::string& actor_kind, const std::string& actor_id, const Event& event);
  /// The same, in the log of an organization: what the platform did for it, such as a signed command.
  void record_machine(Tx& tx, base::OrganizationId organization, const std::string& actor_kind,
                      const std::string& actor_id, const Event& event);

 private:
  const base::Clock& clock_;
};

}  // namespace audit

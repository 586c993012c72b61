#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "control-plane/modules/mail/types.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/platform/mail/smtp.hpp"

namespace mail {

/// What is to be sent, and through which server. Thread-safe.
class Outbox {
 public:
  /// `nudge` wakes whoever delivers, after the commit.
  Outbox(const base::Clock& clock, secrets::Vault& vault, std::function<void()> nudge)
      : clock_(clock), vault_(vault), nudge_(std::move(nudge)) {}

  /// Queues a mail in the transaction of what it tells of. False when no mail server is set, or the address is none:
  /// nothing will be sent, and the person must be told in another way.
  bool queue(Tx& tx, const std::string& recipient, const std::string& subject, const std::string& body);

  std::optional<Settings> settings(Tx& tx);
  /// Without a password the one that was there stays, unless the server or the user is another. Errors: `invalid`.
  base::Result<Settings> set_settings(Tx& tx, const Settings& wanted,
                                      const std::optional<base::SecretString>& password);
  void forget_settings(Tx& tx);
  /// The server with its password, opened. Nothing when none is set; error when the password does not open.
  base::Result<std::optional<Server>> server(Tx& tx);

  /// For the deliverer: mails whose time has come, claimed for five minutes.
  std::vector<Due> take_due(Tx& tx);
  void sent(Tx& tx, const Due& mail);
  /// Again later (1 minute, doubling, at most 6 hours), or never after ten tries and when the server refused for good.
  void failed(Tx& tx, const Due& mail, const base::Error& error);
  void forget_old(Tx& tx);

 private:
  const base::Clock& clock_;
  secrets::Vault& vault_;
  std::function<void()> nudge_;
};

}  // namespace mail

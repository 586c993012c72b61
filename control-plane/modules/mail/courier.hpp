#pragma once

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "control-plane/modules/mail/outbox.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace mail {

/// Hands queued mails to the server, one after the other, on a thread of its own: an SMTP server may be slow.
class Courier {
 public:
  Courier(postgres::Pool& pool, Outbox& outbox) : pool_(pool), outbox_(outbox), thread_(1, "mail") {}

  /// Everything that is due now. Errors of the server are kept with the mail; may throw `Failure` when the database is
  /// away. Several instances at once are harmless.
  async::Task<void> deliver_due();
  /// One mail at once, for whoever sets the server up. Errors: `mail.refused`, `mail.unavailable`, `mail.not_set_up`.
  async::Task<base::Result<void>> try_out(std::string recipient);

 private:
  async::Task<base::Result<void>> hand_in(Server server, Message message);

  postgres::Pool& pool_;
  Outbox& outbox_;
  async::BlockingPool thread_;
};

}  // namespace mail

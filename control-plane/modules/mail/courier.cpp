#include "control-plane/modules/mail/courier.hpp"

#include "common/log/log.hpp"

namespace mail {
namespace {

struct Work {
  std::optional<Server> server;
  std::vector<Due> due;
};

Message message_of(const Due& mail) {
  return {.id = mail.id.to_string(),
          .recipient = mail.recipient,
          .subject = mail.subject,
          .body = mail.body,
          .date = mail.created_at};
}

}  // namespace

async::Task<void> Courier::deliver_due() {
  for (;;) {
    auto work = co_await pool_.transaction([this](Tx& tx) -> base::Result<Work> {
      TRY_ASSIGN(auto server, outbox_.server(tx));
      if (!server) return Work{};
      return Work{std::move(server), outbox_.take_due(tx)};
    });
    if (!work) {
      logging::error("mail.no_server", {{"reason", work.error().message}});
      co_return;
    }
    if (work->due.empty()) co_return;
    for (const auto& mail : work->due) {
      const auto handed = co_await hand_in(*work->server, message_of(mail));
      co_await pool_.transaction([&](Tx& tx) -> base::Result<void> {
        if (handed) {
          outbox_.sent(tx, mail);
        } else {
          outbox_.failed(tx, mail, handed.error());
        }
        return {};
      });
    }
  }
}

async::Task<base::Result<void>> Courier::try_out(std::string recipient) {
  auto server = co_await pool_.transaction([this](Tx& tx) { return outbox_.server(tx); });
  if (!server) co_return std::unexpected(server.error());
  if (!*server) co_return base::conflict("mail.not_set_up", "No mail server is set up yet.");
  const auto now = base::SystemClock().utc_now();
  Message message{.id = base::Uuid::v7(now).to_string(),
                  .recipient = std::move(recipient),
                  .subject = "WiseHosting can send mail",
                  .body = "This is the mail that you asked for. Everything is fine.\n",
                  .date = now};
  co_return co_await hand_in(**std::move(server), std::move(message));
}

async::Task<base::Result<void>> Courier::hand_in(Server server, Message message) {
  co_return co_await thread_.run(
      [server = std::move(server), message = std::move(message)] { return blocking_send(server, message); });
}

}  // namespace mail

#pragma once

#include <chrono>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

/// Mail over SMTP, by libcurl. Knows no module.
namespace mail {

/// Where mail is handed in.
struct Server {
  /// `smtps://host[:465]` is TLS from the start, `smtp://host[:587]` STARTTLS or nothing, `smtp+plain://host[:25]` is
  /// in the clear.
  std::string url;
  std::string username;
  base::SecretString password;
  /// An address, the sender of every mail.
  std::string sender;
  /// Beside the system's authorities; PEM. For tests and private authorities.
  std::string ca_pem{};
};

struct Message {
  /// Unique and stable: the same message sent twice has the same one.
  std::string id;
  std::string recipient;
  std::string subject;
  /// Plain text, UTF-8, lines ended by \n.
  std::string body;
  base::UtcTime date;
};

/// Errors: `invalid` with the pointer `/url`, when it is none of the three forms or has a password in it.
base::Result<void> check_url(const std::string& url);
/// One address of one mailbox, `name@host.example`: error `invalid` for anything else, line breaks and lists included.
base::Result<void> check_address(const std::string& field, const std::string& address);

/// The message as it goes over the wire (RFC 5322, RFC 2045, RFC 2047), lines ended by \r\n. Pure.
std::string render(const Message& message, const std::string& sender);

/// Hands one message in. Blocks for at most `patience`. Errors: `mail.refused` (the server says that it never will),
/// `mail.unavailable` (try again later).
base::Result<void> blocking_send(const Server& server, const Message& message,
                                 std::chrono::seconds patience = std::chrono::seconds(30));

}  // namespace mail

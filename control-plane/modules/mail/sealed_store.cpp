#include "control-plane/modules/mail/sealed_store.hpp"

namespace mail {
namespace {

const postgres::Statement kStale{
    "mail.stale_password",
    "SELECT id, id, generation, password_sealed, 'mail' FROM mail_settings WHERE $1::uuid IS NULL AND "
    "split_part(password_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReseal{"mail.reseal_password",
                                  "UPDATE mail_settings SET password_sealed = $4 WHERE $1::uuid IS NULL AND id = "
                                  "$2::integer AND password_sealed = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"mail_settings", "password_sealed", true, &kStale, &kReseal}};
}

}  // namespace mail

#include "control-plane/modules/identity/sealed_store.hpp"

namespace identity {
namespace {

const postgres::Statement kStaleTotp{
    "identity.stale_totp",
    "SELECT person_id, person_id, 1, secret_sealed, 'totp' FROM person_totp WHERE $1::uuid IS NULL AND "
    "split_part(secret_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kResealTotp{
    "identity.reseal_totp",
    "UPDATE person_totp SET secret_sealed = $4 WHERE $1::uuid IS NULL AND person_id = $2::uuid AND secret_sealed = $3"};
const postgres::Statement kStaleClient{
    "identity.stale_client_secret",
    "SELECT id, id, generation, client_secret_sealed, 'sign-in' FROM sign_in_settings WHERE $1::uuid IS NULL AND "
    "split_part(client_secret_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kResealClient{
    "identity.reseal_client_secret",
    "UPDATE sign_in_settings SET client_secret_sealed = $4 WHERE $1::uuid IS NULL AND id = $2::integer AND "
    "client_secret_sealed = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"person_totp", "secret_sealed", true, &kStaleTotp, &kResealTotp},
          {"sign_in_settings", "client_secret_sealed", true, &kStaleClient, &kResealClient}};
}

}  // namespace identity

#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

/// What the audit log keeps of a key.
struct KeyNote {
  std::string name;
  std::string algorithm;
  std::string fingerprint;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("algorithm", algorithm);
    f.required("fingerprint", fingerprint);
  }
};

std::string note_of(const SshKey& key) {
  return json::encode(KeyNote{key.name, key.algorithm, key.fingerprint});
}

}  // namespace

void Routes::add_ssh_keys(api::Api& api) {
  api.read<api::List<SshKeyItem>>("/api/v1/me/ssh-keys", Permission::signed_in,
                                  [this](Tx& tx, const api::Input& input) -> base::Result<api::List<SshKeyItem>> {
                                    TRY_CHECK(require_person(input));
                                    api::List<SshKeyItem> shown;
                                    for (const auto& key : ssh_keys.list(tx, caller(input).person)) {
                                      shown.items.push_back(show(key));
                                    }
                                    return shown;
                                  })
      .summary("Your SSH keys")
      .tag("account");
  api.write<AddSshKeyBody, SshKeyItem>(Method::post, "/api/v1/me/ssh-keys", Permission::signed_in, "ssh_key.add", 201,
                                       [this](Tx& tx, const api::Input& input, const AddSshKeyBody& body,
                                              api::Effect& effect) -> base::Result<SshKeyItem> {
                                         TRY_CHECK(require_account(input));
                                         effect.object_kind = "ssh_key";
                                         TRY_ASSIGN(const auto key,
                                                    ssh_keys.add(tx, input, body.name, body.public_key));
                                         effect.object_id = key.id.to_string();
                                         effect.object_name = key.name;
                                         effect.after = note_of(key);
                                         return show(key);
                                       })
      .summary("Add an SSH key: ed25519, ecdsa, or rsa of 3072 bits and more")
      .tag("account")
      .errors({ErrorKind::invalid, ErrorKind::conflict, ErrorKind::forbidden});
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/me/ssh-keys/{key}", Permission::signed_in,
                                        "ssh_key.remove", 204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          TRY_CHECK(require_account(input));
                                          effect.object_kind = "ssh_key";
                                          const auto id = base::Uuid::parse(input.param("key"));
                                          if (!id) return base::not_found("ssh_key.not_found", "The key");
                                          effect.object_id = id->to_string();
                                          TRY_ASSIGN(const auto key, ssh_keys.remove(tx, caller(input).person, *id));
                                          effect.object_name = key.name;
                                          effect.before = note_of(key);
                                          return api::Nothing{};
                                        })
      .summary("Remove an SSH key")
      .tag("account")
      .errors({ErrorKind::not_found, ErrorKind::forbidden});
}

}  // namespace identity

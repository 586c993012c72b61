#pragma once

#include <filesystem>
#include <memory>

#include "common/base/clock.hpp"
#include "common/http_client/endpoint.hpp"
#include "control-plane/modules/secrets/key_provider.hpp"

namespace secrets {

struct VaultOptions {
  std::string address;               ///< `https://vault.example.com:8200`; http only to loopback
  std::string mount{"transit"};      ///< where the transit engine is
  std::string key;                   ///< name of its key, type aes256-gcm96 or chacha20-poly1305
  std::string namespace_;            ///< X-Vault-Namespace; empty: none
  std::filesystem::path token_file;  ///< mode 0600; read anew for each call, so an agent may renew it
  std::string ca_file;               ///< PEM of the authority to believe; empty: the system's
};

/// HashiCorp Vault's (or OpenBao's) transit engine, by its documented HTTP API: the master key never leaves it.
/// Calls run on the caller's thread, each over a connection of its own; there are few, for opened data keys stay in
/// memory. Rotation is the engine's: versions below the new one are refused for decryption at its end.
class VaultTransit final : public KeyProvider {
 public:
  /// Throws `Failure` for an address that is not https (http is for loopback only), a key name or mount of another
  /// form.
  VaultTransit(VaultOptions options, const base::Clock& clock);

  std::string name() const override { return "vault"; }
  std::string blocking_active() override;
  std::string blocking_wrap(const std::string& key_id, const crypto::ColumnContext& where,
                            const base::SecretString& data_key) override;
  base::Result<base::SecretString> blocking_unwrap(const crypto::ColumnContext& where,
                                                   std::string_view wrapped) override;
  std::string key_of(std::string_view wrapped) const override;
  std::string blocking_begin_rotation() override;
  bool blocking_is_settled(const std::string& key_id) override;
  void blocking_end_rotation(const std::string& key_id) override;

 private:
  struct Reply {
    int status{0};
    std::string body;
  };
  Reply blocking_call(const std::string& method, const std::string& path, const std::string& body);
  /// The same; throws unless the answer is 2xx.
  std::string blocking_ask(const std::string& method, const std::string& path, const std::string& body = "");

  VaultOptions options_;
  http_client::Url url_;
  const base::Clock& clock_;
};

}  // namespace secrets

#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "common/base/guarded.hpp"
#include "control-plane/modules/secrets/key_provider.hpp"
#include "control-plane/modules/secrets/locked_key.hpp"

namespace secrets {

/// The 32-byte master key from its file: 0600, exactly 32 bytes. Blocks. Throws `Failure` when weak, absent or readable
/// by others: nothing starts without it.
base::SecretString blocking_load_master_key(const std::filesystem::path& file);

/// The master key is a file of this host (or a credential of the service manager), and in locked memory only. While it
/// is being replaced, the next one lies beside it as `<file>.next`; both open then.
class LocalKeys final : public KeyProvider {
 public:
  /// Reads `file` at once; throws as `blocking_load_master_key` does.
  explicit LocalKeys(std::filesystem::path file);
  /// For tests and tools: a key without a file, which cannot be rotated.
  explicit LocalKeys(base::SecretString key);

  std::string name() const override { return "file"; }
  std::string blocking_active() override;
  std::string blocking_wrap(const std::string& key_id, const crypto::ColumnContext& where,
                            const base::SecretString& data_key) override;
  base::Result<base::SecretString> blocking_unwrap(const crypto::ColumnContext& where,
                                                   std::string_view wrapped) override;
  std::string key_of(std::string_view wrapped) const override;
  std::string blocking_begin_rotation() override;
  bool blocking_is_settled(const std::string& key_id) override;
  void blocking_end_rotation(const std::string& key_id) override;

  /// What the master key was before data keys were wrapped by id; the first of the files.
  base::SecretString first() const;

 private:
  struct MasterKey {
    std::string id;
    std::shared_ptr<const LockedKey> key;
  };
  static MasterKey made_of(const base::SecretString& key);
  std::filesystem::path next_file() const;
  /// Reads the files anew: another process may have rotated.
  void blocking_reload();
  std::shared_ptr<const LockedKey> find(const std::string& key_id);

  std::filesystem::path file_;
  base::Guarded<std::vector<MasterKey>> keys_;
};

}  // namespace secrets

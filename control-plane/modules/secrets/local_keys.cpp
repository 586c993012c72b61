#include "control-plane/modules/secrets/local_keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/hmac.hpp"
#include "common/crypto/random.hpp"
#include "common/log/log.hpp"

namespace secrets {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kWrapPurpose = "data-key";
constexpr const char* kIdPurpose = "master-key-id";
constexpr std::string_view kFirstForm = "1";  ///< what was wrapped before keys had ids

std::string_view id_in(std::string_view wrapped) {
  const auto first = wrapped.find(':');
  if (first == std::string_view::npos) return {};
  const auto second = wrapped.find(':', first + 1);
  if (second == std::string_view::npos) return {};
  return wrapped.substr(first + 1, second - first - 1);
}

crypto::ColumnKey wrapping_key(const LockedKey& master, std::uint32_t version) {
  return {version, base::SecretString(crypto::purpose_key(master.reveal(), kWrapPurpose))};
}

void blocking_sync_folder_of(const std::filesystem::path& file) {
  const base::UniqueFd folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) throw base::Failure("cannot sync the folder of " + file.string());
}

}  // namespace

base::SecretString blocking_load_master_key(const std::filesystem::path& file) {
  auto key = base::blocking_read_private_file(file);
  if (key.size() != kKeyBytes) {
    throw base::Failure("the master key " + file.string() + " must hold exactly 32 bytes, it holds " +
                        std::to_string(key.size()));
  }
  return base::SecretString(std::move(key));
}

LocalKeys::LocalKeys(std::filesystem::path file) : file_(std::move(file)) {
  blocking_reload();
}

LocalKeys::LocalKeys(base::SecretString key) {
  keys_.with([&](auto& keys) { keys.push_back(made_of(key)); });
}

LocalKeys::MasterKey LocalKeys::made_of(const base::SecretString& key) {
  // The first 31 bits say which key it is; nothing about the key follows from them. 0 and 1 are no ids.
  const auto derived = crypto::purpose_key(key.reveal(), kIdPurpose);
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i)
    number = (number << 8U) | static_cast<unsigned char>(derived[static_cast<std::size_t>(i)]);
  auto locked = std::make_shared<const LockedKey>(key);
  static std::atomic<bool> told{false};
  if (!locked->is_locked() && !told.exchange(true)) {
    logging::warn("secrets.not_locked", {{"hint", "allow locked memory (LimitMEMLOCK), or turn swap off"}});
  }
  return {std::to_string((number >> 1U) | 2U), std::move(locked)};
}

std::filesystem::path LocalKeys::next_file() const {
  return file_.string() + ".next";
}

void LocalKeys::blocking_reload() {
  if (file_.empty()) return;
  std::vector<MasterKey> found;
  found.push_back(made_of(blocking_load_master_key(file_)));
  if (std::filesystem::exists(next_file())) found.push_back(made_of(blocking_load_master_key(next_file())));
  keys_.with([&](auto& keys) { keys = std::move(found); });
}

base::SecretString LocalKeys::first() const {
  return keys_.with([](const auto& keys) { return base::SecretString(std::string(keys.front().key->reveal())); });
}

std::shared_ptr<const LockedKey> LocalKeys::find(const std::string& key_id) {
  const auto look = [&] {
    return keys_.with([&](const auto& keys) {
      const auto known = std::ranges::find(keys, key_id, &MasterKey::id);
      return known == keys.end() ? nullptr : known->key;
    });
  };
  auto key = look();
  if (key) return key;
  blocking_reload();
  return look();
}

std::string LocalKeys::blocking_active() {
  return keys_.with([](const auto& keys) { return keys.front().id; });
}

std::string LocalKeys::blocking_wrap(const std::string& key_id, const crypto::ColumnContext& where,
                                     const base::SecretString& data_key) {
  const auto master = find(key_id);
  if (!master) {
    throw base::Failure("this host has not the master key " + key_id + " that the installation uses now: copy " +
                        file_.string() + " from the host where it was rotated");
  }
  return crypto::seal_column(wrapping_key(*master, static_cast<std::uint32_t>(std::stoul(key_id))), where,
                             data_key.reveal());
}

base::Result<base::SecretString> LocalKeys::blocking_unwrap(const crypto::ColumnContext& where,
                                                            std::string_view wrapped) {
  const std::string id(id_in(wrapped));
  if (id != kFirstForm) {
    const auto master = find(id);
    std::vector<crypto::ColumnKey> known;
    if (master) known.push_back(wrapping_key(*master, static_cast<std::uint32_t>(std::stoul(id))));
    return crypto::open_column(known, where, wrapped);
  }
  const auto keys = keys_.with([](const auto& all) { return all; });
  for (const auto& master : keys) {
    const auto key = wrapping_key(*master.key, 1);
    auto opened = crypto::open_column(std::span(&key, 1), where, wrapped);
    if (opened) return opened;
  }
  return crypto::open_column(std::span<const crypto::ColumnKey>(), where, wrapped);
}

std::string LocalKeys::key_of(std::string_view wrapped) const {
  const auto id = id_in(wrapped);
  return id == kFirstForm ? std::string() : std::string(id);
}

std::string LocalKeys::blocking_begin_rotation() {
  if (file_.empty()) throw base::Failure("this master key has no file and cannot be rotated");
  if (!std::filesystem::exists(next_file())) {
    const auto current = made_of(blocking_load_master_key(file_)).id;
    auto fresh = crypto::random_bytes(kKeyBytes);
    while (made_of(base::SecretString(fresh)).id == current) fresh = crypto::random_bytes(kKeyBytes);
    base::blocking_write_file(next_file(), fresh, 0600);
    base::wipe(fresh.data(), fresh.size());
    base::crash_point("master_key.made");
  }
  blocking_reload();
  return keys_.with([](const auto& keys) { return keys.back().id; });
}

bool LocalKeys::blocking_is_settled(const std::string& key_id) {
  blocking_reload();
  return blocking_active() == key_id;
}

void LocalKeys::blocking_end_rotation(const std::string& key_id) {
  if (!std::filesystem::exists(next_file())) return;
  const auto next = made_of(blocking_load_master_key(next_file()));
  if (next.id != key_id) throw base::Failure(next_file().string() + " is not the key that was rotated to");
  if (::rename(next_file().c_str(), file_.c_str()) != 0) throw base::Failure("cannot put the new master key in place");
  blocking_sync_folder_of(file_);
  base::crash_point("master_key.in_place");
  blocking_reload();
}

}  // namespace secrets

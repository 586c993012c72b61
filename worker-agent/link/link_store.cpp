#include "worker-agent/link/link_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "worker-agent/link/sealed_file.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;
constexpr std::size_t kApiKeyBytes = 32;

/// KeyFile as it stands on disk.
struct KeyFileText {
  protocol::Binary api_key{};
  std::optional<protocol::Binary> next_api_key{};
  protocol::Binary sealing_private{};
  protocol::Binary wireguard_private{};
  std::uint64_t gen{0};

  template <class F>
  void map(F& f) {
    f.required("api_key", api_key);
    f.optional("next_api_key", next_api_key);
    f.required("sealing_private", sealing_private);
    f.required("wireguard_private", wireguard_private);
    f.required("gen", gen);
  }
};

void make_folder(const fs::path& folder) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
}

template <class T>
base::Result<T> decode_sealed(std::string_view text) {
  TRY_ASSIGN(const auto line, unseal(text));
  return json::decode<T>(line, json::Unknown::ignore);
}

template <class T>
T decode_or_throw(const fs::path& file, std::string_view text) {
  auto value = decode_sealed<T>(text);
  if (!value) throw base::Failure("read " + file.string() + ": " + value.error().message);
  return std::move(*value);
}

protocol::Binary binary(const base::SecretString& secret) {
  return {std::string(secret.reveal())};
}

/// The later of what the state says and what a kept assignment says.
void merge_assignment(protocol::CommandState& state, const std::string& kind, const KeptCommand& kept) {
  const auto command = json::decode<protocol::AssignmentCommand>(kept.command, json::Unknown::ignore);
  if (!command) return;
  const protocol::CommandMark mark{
      .epoch = command->head.epoch, .generation = command->generation, .digest = protocol::Digest::of(kept.command)};
  state.highest_epoch = std::max(state.highest_epoch, mark.epoch);
  const auto known = state.marks.find(kind);
  if (known == state.marks.end() ||
      std::pair(known->second.epoch, known->second.generation) < std::pair(mark.epoch, mark.generation)) {
    state.marks[kind] = mark;
  }
}

void merge_job(protocol::CommandState& state, const KeptCommand& kept) {
  const auto command = json::decode<protocol::JobCommand>(kept.command, json::Unknown::ignore);
  if (!command) return;
  state.highest_epoch = std::max(state.highest_epoch, command->head.epoch);
  const bool known = std::ranges::any_of(state.jobs, [&](const protocol::JobMark& mark) {
    return mark.job_id == command->job_id && mark.attempt == command->attempt;
  });
  if (known) return;
  state.jobs.push_back(protocol::JobMark{.job_id = command->job_id,
                                         .attempt = command->attempt,
                                         .digest = protocol::Digest::of(kept.command),
                                         .not_after = command->head.not_after});
}

void sync_path(const fs::path& path, int flags) {
  const base::UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) base::throw_errno("open " + path.string());
  if (::fsync(fd.get()) != 0) base::throw_errno("fsync " + path.string());
}

void set_aside(const fs::path& file, const std::string& why) {
  logging::error("link.state_unreadable", {{"file", file.string()}, {"message", why}});
  fs::path aside = file;
  aside += ".unreadable";
  fs::rename(file, aside);
}

}  // namespace

KeptCommand KeptCommand::of(const protocol::SignedCommand& signed_command) {
  return KeptCommand{
      .key_id = signed_command.signature.key_id, .sig = signed_command.signature.sig, .command = signed_command.bytes};
}

protocol::SignedCommand KeptCommand::to_signed() const {
  return protocol::SignedCommand{.signature = {.key_id = key_id, .sig = sig}, .bytes = command};
}

LinkStore::LinkStore(fs::path state_dir) : root_(std::move(state_dir) / "link") {
  for (const fs::path& folder : {root_, root_ / "assignments", root_ / "jobs", root_ / "objects"}) {
    make_folder(folder);
    blocking_remove_half_written(folder);
  }
}

KeyFile LinkStore::blocking_load_keys() {
  const fs::path file = root_ / "keys.json";
  if (!fs::exists(file)) {
    KeyFile keys;
    keys.api_key = base::SecretString(crypto::random_bytes(kApiKeyBytes));
    keys.sealing = crypto::x25519_generate();
    keys.wireguard = crypto::x25519_generate();
    blocking_save_keys(keys);
    return keys;
  }
  const auto text = decode_or_throw<KeyFileText>(file, base::blocking_read_private_file(file));
  auto sealing = crypto::x25519_from_private(base::SecretString(text.sealing_private.bytes));
  auto wireguard = crypto::x25519_from_private(base::SecretString(text.wireguard_private.bytes));
  if (!sealing || !wireguard || text.api_key.bytes.size() != kApiKeyBytes) {
    throw base::Failure("read " + file.string() + ": a key has a wrong length");
  }
  KeyFile keys{.api_key = base::SecretString(text.api_key.bytes),
               .next_api_key = std::nullopt,
               .sealing = std::move(*sealing),
               .wireguard = std::move(*wireguard),
               .gen = text.gen};
  if (text.next_api_key) keys.next_api_key = base::SecretString(text.next_api_key->bytes);
  return keys;
}

void LinkStore::blocking_save_keys(const KeyFile& keys) {
  KeyFileText text{.api_key = binary(keys.api_key),
                   .sealing_private = binary(keys.sealing.private_key),
                   .wireguard_private = binary(keys.wireguard.private_key),
                   .gen = keys.gen};
  if (keys.next_api_key) text.next_api_key = binary(*keys.next_api_key);
  blocking_write_sealed(root_ / "keys.json", json::encode(text));
}

std::optional<Identity> LinkStore::blocking_load_identity() {
  const fs::path file = root_ / "identity.json";
  if (!fs::exists(file)) return std::nullopt;
  return decode_or_throw<Identity>(file, base::blocking_read_file(file));
}

void LinkStore::blocking_save_identity(const Identity& identity) {
  blocking_write_sealed(root_ / "identity.json", json::encode(identity));
}

void LinkStore::blocking_save_authority(const std::string& pem) {
  const fs::path file = authority_file();
  if (fs::exists(file) && base::blocking_read_file(file) == pem) return;
  base::blocking_write_file(file, pem, 0644);
}

protocol::CommandState LinkStore::blocking_load_commands() {
  const fs::path file = root_ / "commands.json";
  protocol::CommandState state;
  if (fs::exists(file)) {
    auto read = decode_sealed<protocol::CommandState>(base::blocking_read_file(file));
    if (read) {
      state = std::move(*read);
    } else {
      set_aside(file, read.error().message);
    }
  }
  for (const auto& [kind, kept] : blocking_load_assignments()) merge_assignment(state, kind, kept);
  for (const JobRecord& record : blocking_load_jobs()) merge_job(state, record.command);
  return state;
}

void LinkStore::blocking_save_commands(const protocol::CommandState& state) {
  blocking_write_sealed(root_ / "commands.json", json::encode(state));
}

std::map<std::string, KeptCommand> LinkStore::blocking_load_assignments() {
  std::map<std::string, KeptCommand> kept;
  for (const char* kind : {"replicas", "routes", "mesh"}) {
    const fs::path file = root_ / "assignments" / (std::string(kind) + ".json");
    if (!fs::exists(file)) continue;
    auto command = decode_sealed<KeptCommand>(base::blocking_read_file(file));
    if (command) {
      kept.emplace(kind, std::move(*command));
    } else {
      set_aside(file, command.error().message);
    }
  }
  return kept;
}

void LinkStore::blocking_save_assignment(const std::string& kind, const KeptCommand& command) {
  blocking_write_sealed(root_ / "assignments" / (kind + ".json"), json::encode(command));
}

void LinkStore::blocking_remove_assignment(const std::string& kind) {
  fs::remove(root_ / "assignments" / (kind + ".json"));
}

fs::path LinkStore::job_file(base::JobId job, int attempt) const {
  return root_ / "jobs" / (job.to_string() + "-" + std::to_string(attempt) + ".json");
}

std::vector<JobRecord> LinkStore::blocking_load_jobs() {
  std::vector<JobRecord> records;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(root_ / "jobs")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    auto record = decode_sealed<JobRecord>(base::blocking_read_file(file));
    if (record) {
      records.push_back(std::move(*record));
    } else {
      set_aside(file, record.error().message);
    }
  }
  return records;
}

void LinkStore::blocking_save_job(const protocol::JobCommand& job, const JobRecord& record) {
  blocking_write_sealed(job_file(job.job_id, job.attempt), json::encode(record));
}

void LinkStore::blocking_remove_job(base::JobId job, int attempt) {
  fs::remove(job_file(job, attempt));
}

bool LinkStore::blocking_has_object(const protocol::Digest& digest) const {
  return fs::exists(object_file(digest));
}

base::Result<std::string> LinkStore::blocking_load_object(const protocol::Digest& digest) {
  const fs::path file = object_file(digest);
  if (!fs::exists(file)) return base::fail(base::ErrorKind::not_found, "link.object", "The body is lacking.");
  std::string bytes = base::blocking_read_file(file);
  if (protocol::Digest::of(bytes) == digest) return bytes;
  fs::remove(file);
  return base::fail(base::ErrorKind::not_found, "link.object", "The body was changed on disk.");
}

void LinkStore::blocking_save_object(const protocol::Digest& digest, const std::string& bytes) {
  const fs::path file = object_file(digest);
  fs::path part = file;
  part += ".part";
  const base::UniqueFd fd(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kPrivate));
  if (!fd.valid()) base::throw_errno("open " + part.string());
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t count = ::write(fd.get(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) base::throw_errno("write " + part.string());
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  fs::rename(part, file);
}

void LinkStore::blocking_sync_objects(const std::vector<protocol::Digest>& digests) {
  for (const protocol::Digest& digest : digests) sync_path(object_file(digest), O_RDONLY);
  sync_path(root_ / "objects", O_RDONLY | O_DIRECTORY);
}

void LinkStore::blocking_keep_objects(const std::vector<protocol::Digest>& wanted) {
  for (const auto& entry : fs::directory_iterator(root_ / "objects")) {
    const auto digest = protocol::Digest::parse(entry.path().filename().string());
    if (!digest || !std::ranges::binary_search(wanted, *digest)) fs::remove(entry.path());
  }
}

}  // namespace agent

#include "control-plane/modules/secrets/vault_transit.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"

namespace secrets {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::size_t kLargestReply = 256 * 1024;

struct EncryptBody {
  std::string plaintext;
  std::string associated_data;
  int key_version{0};
  template <class F>
  void map(F& f) {
    f.required("plaintext", plaintext);
    f.required("associated_data", associated_data);
    f.required("key_version", key_version);
  }
};
struct DecryptBody {
  std::string ciphertext;
  std::string associated_data;
  template <class F>
  void map(F& f) {
    f.required("ciphertext", ciphertext);
    f.required("associated_data", associated_data);
  }
};
struct ConfigBody {
  int min_decryption_version{1};
  int min_encryption_version{1};
  template <class F>
  void map(F& f) {
    f.required("min_decryption_version", min_decryption_version);
    f.required("min_encryption_version", min_encryption_version);
  }
};
struct KeyData {
  std::string ciphertext;
  std::string plaintext;
  int latest_version{0};
  template <class F>
  void map(F& f) {
    f.defaulted("ciphertext", ciphertext);
    f.defaulted("plaintext", plaintext);
    f.defaulted("latest_version", latest_version);
  }
};
struct Envelope {
  KeyData data;
  template <class F>
  void map(F& f) {
    f.required("data", data);
  }
};

std::string associated_data(const crypto::ColumnContext& where) {
  return base::base64_encode("wisehosting/data-key/1\n" + where.table + "\n" + where.column + "\n" + where.row + "\n" +
                             std::to_string(where.generation));
}

KeyData read(const std::string& body) {
  auto envelope = json::decode<Envelope>(body, json::Unknown::ignore);
  if (!envelope) throw base::Failure("the key service's answer could not be understood");
  return std::move(envelope->data);
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::optional<int> version_in(std::string_view id) {
  int version = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), version);
  if (error != std::errc{} || end != id.data() + id.size() || version < 1) return std::nullopt;
  return version;
}

async::Task<void> exchange(http_client::Client& client, http_client::Request request, base::Deadline deadline,
                           std::optional<base::Result<http_client::Response>>& answer) {
  answer.emplace(co_await client.send(std::move(request), deadline, kLargestReply));
}

}  // namespace

VaultTransit::VaultTransit(VaultOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  const auto url = http_client::parse_url(options_.address);
  if (!url) throw base::Failure("the key service's address is no URL: " + url.error().message);
  url_ = *url;
  const bool loopback = url_.host == "localhost" || url_.host == "127.0.0.1" || url_.host == "::1";
  if (!url_.secure() && !loopback) throw base::Failure("the key service must be reached over https");
  if (!is_word(options_.key)) throw base::Failure("the name of the key service's key has another form");
  if (!is_word(options_.mount)) throw base::Failure("the mount of the key service's transit engine has another form");
}

VaultTransit::Reply VaultTransit::blocking_call(const std::string& method, const std::string& path,
                                                const std::string& body) {
  auto token = base::blocking_read_private_file(options_.token_file);
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  http_client::Request request;
  request.method = method;
  request.target = "/v1/" + options_.mount + path;
  request.headers = {{"X-Vault-Token", token}, {"X-Vault-Request", "true"}};
  if (!options_.namespace_.empty()) request.headers.emplace_back("X-Vault-Namespace", options_.namespace_);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  http_client::TlsTrust trust;
  if (!options_.ca_file.empty()) trust.ca_pem = base::blocking_read_file(options_.ca_file);
  std::optional<base::Result<http_client::Response>> answer;
  boost::asio::io_context io(1);
  {
    http_client::Client client(io.get_executor(), url_.endpoint(std::move(trust)), clock_);
    // Kept-alive connections would hold the loop: it ends with the answer.
    boost::asio::co_spawn(io, exchange(client, std::move(request), base::Deadline::after(clock_, kPatience), answer),
                          [&io](const std::exception_ptr&) { io.stop(); });
    io.run();
  }
  if (!answer || !*answer) {
    throw base::Failure("the key service cannot be reached: " +
                        (answer ? (*answer).error().message : std::string("the call failed")));
  }
  return {(*answer)->status, std::move((*answer)->body)};
}

std::string VaultTransit::blocking_ask(const std::string& method, const std::string& path, const std::string& body) {
  auto reply = blocking_call(method, path, body);
  // The answer's text may repeat what was sent: only its status is told.
  if (reply.status < 200 || reply.status > 299) {
    throw base::Failure("the key service refused " + method + " " + path + " with status " +
                        std::to_string(reply.status));
  }
  return std::move(reply.body);
}

std::string VaultTransit::blocking_active() {
  return std::to_string(read(blocking_ask("GET", "/keys/" + options_.key)).latest_version);
}

std::string VaultTransit::blocking_wrap(const std::string& key_id, const crypto::ColumnContext& where,
                                        const base::SecretString& data_key) {
  const auto version = version_in(key_id);
  if (!version) throw base::Failure("the master key " + key_id + " is not one of the key service");
  const EncryptBody body{base::base64_encode(data_key.reveal()), associated_data(where), *version};
  auto wrapped = read(blocking_ask("POST", "/encrypt/" + options_.key, json::encode(body))).ciphertext;
  if (key_of(wrapped) != key_id) throw base::Failure("the key service wrapped with another version than it was asked");
  return wrapped;
}

base::Result<base::SecretString> VaultTransit::blocking_unwrap(const crypto::ColumnContext& where,
                                                               std::string_view wrapped) {
  const DecryptBody body{std::string(wrapped), associated_data(where)};
  const auto reply = blocking_call("POST", "/decrypt/" + options_.key, json::encode(body));
  if (reply.status == 400) {
    return base::fail(
        base::ErrorKind::internal, "crypto.column",
        "The key service does not open a data key: wrong or retired key, changed, or from another place.");
  }
  if (reply.status != 200) {
    throw base::Failure("the key service refused to decrypt with status " + std::to_string(reply.status));
  }
  auto plain = base::base64_decode(read(reply.body).plaintext);
  if (!plain) throw base::Failure("the key service's answer could not be understood");
  return base::SecretString(*std::move(plain));
}

std::string VaultTransit::key_of(std::string_view wrapped) const {
  constexpr std::string_view kMark = "vault:v";
  if (!wrapped.starts_with(kMark)) return {};
  wrapped.remove_prefix(kMark.size());
  return std::string(wrapped.substr(0, wrapped.find(':')));
}

std::string VaultTransit::blocking_begin_rotation() {
  blocking_ask("POST", "/keys/" + options_.key + "/rotate");
  return blocking_active();
}

bool VaultTransit::blocking_is_settled(const std::string& /*key_id*/) {
  return true;  // the engine makes one version after the other: an unfinished rotation is overtaken by the next
}

void VaultTransit::blocking_end_rotation(const std::string& key_id) {
  const auto version = version_in(key_id);
  if (!version) throw base::Failure("the master key " + key_id + " is not one of the key service");
  blocking_ask("POST", "/keys/" + options_.key + "/config", json::encode(ConfigBody{*version, *version}));
}

}  // namespace secrets

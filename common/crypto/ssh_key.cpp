#include "common/crypto/ssh_key.hpp"

#include <openssl/core_names.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/openssl.hpp"

namespace crypto {
namespace {

enum class Family { ed25519, ecdsa, rsa };

struct Algorithm {
  std::string_view name;
  Family family;
  std::string_view curve;  ///< as SSH names it
  const char* group;       ///< as OpenSSL names it
  std::size_t point;       ///< bytes of an uncompressed point
  int bits;
  bool hardware;
};

constexpr std::array<Algorithm, 7> kAlgorithms{{
    {"ssh-ed25519", Family::ed25519, "", nullptr, 32, 256, false},
    {"ecdsa-sha2-nistp256", Family::ecdsa, "nistp256", "P-256", 65, 256, false},
    {"ecdsa-sha2-nistp384", Family::ecdsa, "nistp384", "P-384", 97, 384, false},
    {"ecdsa-sha2-nistp521", Family::ecdsa, "nistp521", "P-521", 133, 521, false},
    {"ssh-rsa", Family::rsa, "", nullptr, 0, 0, false},
    {"sk-ssh-ed25519@openssh.com", Family::ed25519, "", nullptr, 32, 256, true},
    {"sk-ecdsa-sha2-nistp256@openssh.com", Family::ecdsa, "nistp256", "P-256", 65, 256, true},
}};

std::unexpected<base::Error> bad(const char* message) {
  return base::invalid("/public_key", message);
}
std::unexpected<base::Error> broken() {
  return bad("The key is damaged: copy the whole line of the .pub file.");
}

/// The pieces of an SSH blob (RFC 4251 5): each a length of four bytes and as many bytes.
class Blob {
 public:
  explicit Blob(std::string_view rest) : rest_(rest) {}
  std::optional<std::string_view> piece() {
    if (rest_.size() < 4) return std::nullopt;
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(rest_[static_cast<std::size_t>(i)]);
    if (size > rest_.size() - 4) return std::nullopt;
    const auto found = rest_.substr(4, size);
    rest_.remove_prefix(4 + static_cast<std::size_t>(size));
    return found;
  }
  bool ended() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// The bits of a positive number in its one encoding (RFC 4251 5, mpint), or nothing.
std::optional<int> bits_of(std::string_view number) {
  if (number.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(number[0]);
  if (first >= 0x80) return std::nullopt;  // negative
  if (first != 0) return static_cast<int>(8 * (number.size() - 1)) + std::bit_width(first);
  if (number.size() < 2 || static_cast<unsigned char>(number[1]) < 0x80) return std::nullopt;  // a zero too many
  return static_cast<int>(8 * (number.size() - 1));
}

bool is_odd(std::string_view number) {
  return (static_cast<unsigned char>(number.back()) & 1U) != 0;
}

base::Result<int> read_rsa(Blob& blob) {
  const auto exponent = blob.piece();
  const auto modulus = blob.piece();
  if (!exponent || !modulus) return broken();
  const auto exponent_bits = bits_of(*exponent);
  const auto bits = bits_of(*modulus);
  if (!exponent_bits || !bits || !is_odd(*modulus)) return broken();
  if (*exponent_bits < 2 || *exponent_bits > 64 || !is_odd(*exponent)) {
    return bad("This RSA key has an exponent that is not safe. Make an ed25519 key: ssh-keygen -t ed25519.");
  }
  if (*bits < kLeastRsaBits) {
    return bad("An RSA key needs at least 3072 bits. Make an ed25519 key: ssh-keygen -t ed25519.");
  }
  if (*bits > 16384) return bad("An RSA key has at most 16384 bits.");
  return *bits;
}

bool is_on_curve(const char* group, std::string_view point) {
  const openssl::PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  openssl::check(context && EVP_PKEY_fromdata_init(context.get()) == 1, "EC keys");
  std::string name(group);
  std::string bytes(point);
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  const bool read =
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, const_cast<OSSL_PARAM*>(parameters.data())) == 1;
  const openssl::Pkey key(made);
  bool sound = false;
  if (read) {
    const openssl::PkeyContext checker(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    sound = checker && EVP_PKEY_public_check(checker.get()) == 1;
  }
  ERR_clear_error();
  return sound;
}

base::Result<int> read_point(Blob& blob, const Algorithm& algorithm) {
  if (algorithm.family == Family::ecdsa) {
    const auto curve = blob.piece();
    if (!curve || *curve != algorithm.curve) return broken();
  }
  const auto point = blob.piece();
  if (!point || point->size() != algorithm.point) return broken();
  const bool sound = algorithm.family == Family::ecdsa ? (*point)[0] == '\x04' && is_on_curve(algorithm.group, *point)
                                                       : crypto_core_ed25519_is_valid_point(openssl::data(*point)) == 1;
  if (!sound) return bad("This is no point on the curve of its algorithm: nobody can hold the private part.");
  if (algorithm.hardware) {
    const auto application = blob.piece();
    if (!application || !application->starts_with("ssh:") || application->size() > 100) return broken();
  }
  return algorithm.bits;
}

base::Result<std::string_view> one_line(std::string_view text) {
  if (text.size() > kLongestSshKey) return bad("A public key is one line of at most 16 KiB.");
  if (text.find("PRIVATE KEY") != std::string_view::npos) {
    return bad("This is a private key. Keep it to yourself, and give the .pub file beside it.");
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty()) return bad("Give the line of a .pub file: ssh-ed25519 AAAA… you@machine.");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return bad("Give one key: one line, without tabs or other signs.");
  return text;
}

const Algorithm* find(std::string_view name) {
  const auto found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == kAlgorithms.end() ? nullptr : &*found;
}

/// A name for people: what is not plain ASCII is left out.
std::string readable(std::string_view comment) {
  std::string text;
  for (const char c : comment) {
    if (c >= 0x20 && c < 0x7f) text += c;
  }
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  if (text.size() > 100) text.resize(100);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string fingerprint_of(std::string_view blob) {
  auto text = base::base64_encode(sha256(blob));
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

}  // namespace

base::Result<SshPublicKey> parse_ssh_public_key(std::string_view given) {
  TRY_ASSIGN(const auto line, one_line(given));
  const auto gap = line.find(' ');
  const auto* algorithm = find(line.substr(0, gap));
  if (algorithm == nullptr) {
    return bad("The line must begin with ssh-ed25519, ecdsa-sha2-nistp256, -384, -521 or ssh-rsa; without options.");
  }
  if (gap == std::string_view::npos) return broken();
  const auto rest = line.substr(gap + 1);
  const auto end = rest.find(' ');
  const auto encoded = rest.substr(0, end);
  const auto blob = base::base64_decode(encoded);
  if (!blob) return broken();
  Blob pieces(*blob);
  if (pieces.piece() != algorithm->name) return broken();
  TRY_ASSIGN(const int bits, algorithm->family == Family::rsa ? read_rsa(pieces) : read_point(pieces, *algorithm));
  if (!pieces.ended()) return broken();
  return SshPublicKey{.algorithm = std::string(algorithm->name),
                      .line = std::string(algorithm->name) + " " + std::string(encoded),
                      .comment = end == std::string_view::npos ? "" : readable(rest.substr(end + 1)),
                      .fingerprint = fingerprint_of(*blob),
                      .bits = bits};
}

}  // namespace crypto

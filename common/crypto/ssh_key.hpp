#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace crypto {

inline constexpr std::size_t kLongestSshKey = 16 * 1024;  ///< bytes of a line
inline constexpr int kLeastRsaBits = 3072;

/// A public key in OpenSSH's form.
struct SshPublicKey {
  std::string algorithm;    ///< `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` …
  std::string line;         ///< algorithm and base64 alone: without options or comment
  std::string comment;      ///< what stood behind them; printable, at most 100 bytes
  std::string fingerprint;  ///< `SHA256:…`, as `ssh-keygen -l` prints it
  int bits{0};
};

/// Reads one line of a `.pub` file: ed25519, ecdsa (nistp256, 384, 521), rsa of 3072 to 16384 bits, and the first two
/// of hardware tokens (`sk-…`). The blob must be its canonical encoding to the last byte, the point on its curve, and
/// what stands before the base64 the algorithm within it. Error `invalid` (`/public_key`), which says what to do;
/// nothing of the input is in it.
base::Result<SshPublicKey> parse_ssh_public_key(std::string_view line);

}  // namespace crypto

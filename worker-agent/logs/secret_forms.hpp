#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logs {

/// A text that must not be shown. `part`: a piece out of the middle of a long encoded value, so that it is found also
/// where a tool broke the encoding into lines; what touches it and is of the same alphabet is hidden with it.
struct SecretForm {
  std::string text;
  bool part{false};
};

/// The forms in which a value may turn up in output: as it is, each of its lines, escaped for JSON, percent-encoded
/// (upper and lower case, strict, as `encodeURIComponent` and as form data), hexadecimal, base64 and base64url at any
/// alignment. None is shorter than `shortest`; long ones come in pieces of 256 bytes. Pure; O(length of the value).
std::vector<SecretForm> secret_forms(std::string_view value, std::size_t shortest);

/// Whether a variable's value is worth hiding: long enough, and not one of the words that everybody uses
/// (`production`, `localhost` …), whose hiding would only make logs unreadable.
bool worth_hiding(std::string_view value, std::size_t shortest);

}  // namespace logs

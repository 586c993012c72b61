// The masker over any values and any chunks: what it shows holds no value in any form, and does not depend on where the
// chunks were cut.

#include "worker-agent/logs/masker.hpp"

#include <cstdint>
#include <cstdlib>

#include "worker-agent/logs/secret_forms.hpp"

namespace {

/// Masks that touch are one.
std::string collapsed(const std::string& text) {
  const std::string mask = "•••";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool masked = text.compare(at, mask.size(), mask) == 0;
    if (!masked || !out.ends_with(mask)) out.append(text, at, masked ? mask.size() : 1);
    at += masked ? mask.size() : 1;
  }
  return out;
}

}  // namespace

/// `data`: the number of values, each with its length before it, the size of the chunks, then the output. The output's
/// bytes 0xF0… stand for values, so that they turn up often.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto byte = [&rest]() -> std::size_t {
    if (rest.empty()) return 0;
    const auto value = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return value;
  };
  std::vector<std::string> values;
  for (auto count = byte() % 4; count > 0; --count) {
    const auto value = rest.substr(0, byte() % 80);
    values.emplace_back(value);
    rest.remove_prefix(std::min(rest.size(), value.size()));
  }
  const auto chunk = byte() % 40 + 1;
  std::string output;
  for (const char c : rest.substr(0, 2000)) {
    const auto index = static_cast<unsigned char>(c) - 0xF0U;
    if (index < values.size()) {
      output += values[index];
    } else {
      output += c;
    }
  }
  logs::Masker masker(values);
  std::string shown;
  for (std::size_t at = 0; at < output.size(); at += chunk)
    shown += masker.add(std::string_view(output).substr(at, chunk));
  shown += masker.finish();
  for (const auto& value : values) {
    for (const auto& form : logs::secret_forms(value, logs::Masker::kShortest)) {
      // A value that the mask itself completes cannot be told from the mask.
      if (form.text.find("•") == std::string::npos && shown.find(form.text) != std::string::npos) {
        // Masks between two pieces may join what was apart; the output itself must then lack it.
        if (output.find(form.text) != std::string::npos) std::abort();
      }
    }
  }
  std::string whole;
  if (!masker.mask(output, whole)) whole = output;
  if (collapsed(whole) != collapsed(shown)) std::abort();
  return 0;
}

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/protocol/envelope.hpp"

namespace {

/// The quick reader of headers and the strict one answer the same.
void compare_readers(std::string_view header) {
  const auto quick = protocol::decode_header(header);
  const auto strict = protocol::decode_unusual_header(header);
  if (quick.has_value() != strict.has_value()) std::abort();
  if (!quick) return;
  const bool same = quick->seq == strict->seq && quick->id == strict->id && quick->type == strict->type &&
                    quick->ts == strict->ts && quick->re == strict->re && quick->data == strict->data;
  if (!same) std::abort();
}

}  // namespace

/// Any bytes: what is refused is refused cleanly, what is taken writes back to an envelope that reads the same.
/// The input is tried as a header behind a right MAC, and as a whole message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::HmacKey key("fuzz");
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)protocol::decode_envelope(key, false, input);
  compare_readers(input.substr(0, input.find('\n')));
  const crypto::Mac mac = key.mac(input);
  std::string message(mac.data(), mac.size());
  message.append(input);
  const auto envelope = protocol::decode_envelope(key, false, message);
  if (!envelope) return 0;
  const auto written = protocol::encode_envelope(key, *envelope);
  if (!written) return 0;  // `data` may hold a newline between its tokens, which we read and never write
  const auto again = protocol::decode_envelope(key, false, *written);
  if (!again || again->data != envelope->data || again->attachment != envelope->attachment) std::abort();
  return 0;
}

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/protocol/envelope.hpp"

/// Any bytes: what is refused is refused cleanly, what is taken writes back to an envelope that reads the same.
/// The input is tried as a header behind a right MAC, and as a whole message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::HmacKey key("fuzz");
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)protocol::decode_envelope(key, false, input);
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

#pragma once

#include <string>

#include "control-plane/platform/http/message.hpp"

namespace http {

/// Why a request is answered without reaching a handler. Statuses that no ErrorKind has (408, 431, 505 …) exist only
/// here, between the connection and its parser.
struct Refusal {
  int status{400};
  std::string code{"http.malformed"};
  std::string message;
};

Response problem(const Refusal& refusal, const std::string& request_id);
/// "Not Found" for 404.
const char* reason_phrase(int status);

}  // namespace http

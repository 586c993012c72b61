#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "cli/views.hpp"

namespace cli {

/// A receipt in two or three short lines, each without a newline: how many requests and what failed, latencies before,
/// during and after, and why not everything was counted.
std::vector<std::string> receipt_lines(const Terminal& terminal, const ReceiptView& receipt);

}  // namespace cli

#include "cli/receipt.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace cli {
namespace {

std::string latency_text(std::optional<double> value) {
  if (!value) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), *value < 10 ? "%.1f" : "%.0f", *value);
  return text.data();
}

std::string plural(std::int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string requests_line(const Terminal& terminal, const ReceiptView& receipt) {
  std::string text = plural(receipt.requests_old + receipt.requests_new, "request") + " (" +
                     std::to_string(receipt.requests_old) + " old, " + std::to_string(receipt.requests_new) + " new), ";
  text += terminal.paint(std::to_string(receipt.failed) + " failed", receipt.failed == 0 ? Tone::good : Tone::bad);
  std::vector<std::string> causes;
  const std::array<std::pair<const char*, std::int64_t>, 5> counts{{{"connect", receipt.errors.connect},
                                                                    {"response", receipt.errors.response},
                                                                    {"unserved", receipt.errors.unserved},
                                                                    {"cut", receipt.errors.cut},
                                                                    {"5xx by the app", receipt.errors.app}}};
  for (const auto& [cause, count] : counts) {
    if (count > 0) causes.push_back(std::to_string(count) + " " + cause);
  }
  if (!causes.empty()) text += " (" + join(causes) + ")";
  if (receipt.connections_drained > 0) {
    text += " · " + plural(receipt.connections_drained, "connection") + " drained, the longest " +
            format_duration(std::chrono::milliseconds(receipt.longest_drain_ms));
  }
  return text;
}

std::string latency_line(const ReceiptView& receipt) {
  const auto phase = [](const char* name, const ReceiptPhaseView& view) {
    return std::string(name) + " " + latency_text(view.p50_ms) + "/" + latency_text(view.p99_ms);
  };
  return "p50/p99 ms: " + phase("before", receipt.before) + " · " + phase("during", receipt.during) + " · " +
         phase("after", receipt.after);
}

}  // namespace

std::vector<std::string> receipt_lines(const Terminal& terminal, const ReceiptView& receipt) {
  std::vector<std::string> lines{requests_line(terminal, receipt)};
  const auto any = receipt.before.p50_ms || receipt.during.p50_ms || receipt.after.p50_ms;
  if (any) lines.push_back(latency_line(receipt));
  if (!receipt.complete) {
    lines.push_back("Not everything was counted" + (receipt.gaps.empty() ? "" : ": " + join(receipt.gaps)) + ".");
  }
  if (receipt.state == "open") lines.push_back("Still counting.");
  return lines;
}

}  // namespace cli

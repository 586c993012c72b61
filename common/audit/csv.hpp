#pragma once

#include <string>
#include <string_view>

#include "common/audit/chain.hpp"

/// The log as comma-separated values (RFC 4180), for spreadsheets.
namespace audit_chain {

/// One cell, in quotes where it needs them. What a spreadsheet would take for a formula (`=`, `+`, `-`, `@`, a tab or
/// a line break at its beginning) gets an apostrophe before it: names and addresses come from anybody.
std::string csv_cell(std::string_view text);

/// The names of the columns, with the line's end.
std::string csv_head();
/// One event, in the same order. `sequence` 0: it waits for its seal.
std::string csv_row(const Event& event, std::int64_t sequence);

}  // namespace audit_chain

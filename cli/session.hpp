#pragma once

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "cli/api.hpp"
#include "cli/context_file.hpp"
#include "cli/contexts.hpp"
#include "cli/explain.hpp"
#include "cli/terminal.hpp"
#include "cli/views.hpp"

namespace cli {

/// What a command has to work with.
struct Session {
  Terminal& terminal;
  const base::Clock& clock;
  Contexts contexts;
  std::filesystem::path context_file;  ///< of the context in use
  Context context;
  std::unique_ptr<Api> api;
  bool json{false};
  bool quiet{false};

  std::ostream& out() const { return terminal.out; }
  /// For what is not the result: progress, hints. Nothing with --quiet or --json.
  void say(const std::string& text) const {
    if (!quiet && !json) terminal.out << text << std::flush;
  }
  /// A table; with --quiet its keys alone, one a line.
  void show(const Table& table, std::optional<std::size_t> tone_column = std::nullopt) const {
    terminal.out << (quiet ? table.keys() : table.render(terminal, tone_column));
  }
  /// One thing: with --quiet its address or id alone. True when that was all.
  bool only(const std::string& key) const {
    if (quiet) terminal.out << key << "\n";
    return quiet;
  }
  /// What was done: with --json the answer, an empty one as {}; else the text, and with --quiet nothing.
  void done(const std::string& answer, const std::string& text) const {
    if (json) terminal.out << (answer.empty() ? "{}" : answer) << "\n";
    say(text);
  }
  /// "/api/v1/orgs/<org><rest>"
  std::string org_path(const std::string& rest) const {
    return "/api/v1/orgs/" + percent_encode(context.organization) + rest;
  }
  std::string app_path(const std::string& app, const std::string& rest = "") const {
    return org_path("/apps/" + percent_encode(app) + rest);
  }
};

/// Every command: 0 or another exit code, or an Error that `run` explains.
using Outcome = base::Result<int>;

/// All pages of a list, as whole documents and decoded.
template <class T>
struct Listing {
  std::vector<T> items;
  std::string json;  ///< {"items":[…]}
};
struct RawPage {
  std::vector<json::Raw> items;
  std::optional<std::string> next_cursor;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.defaulted("next_cursor", next_cursor);
  }
};

/// At most `most` items, page by page. `path` has no query.
template <class T>
async::Task<base::Result<Listing<T>>> list(Session& session, std::string path, std::size_t most = 10'000) {
  Listing<T> listing;
  listing.json = "{\"items\":[";
  std::string cursor;
  do {
    const std::size_t limit = std::min<std::size_t>(100, most - listing.items.size());
    std::string page_path = path + "?limit=" + std::to_string(limit);
    if (!cursor.empty()) page_path += "&cursor=" + percent_encode(cursor);
    CO_TRY_ASSIGN(const auto page, co_await session.api->get_as<RawPage>(std::move(page_path)));
    for (const auto& item : page.items) {
      CO_TRY_ASSIGN(auto value, Api::read<T>(item.text));
      if (!listing.items.empty()) listing.json += ",";
      listing.json += item.text;
      listing.items.push_back(std::move(value));
    }
    cursor = page.next_cursor.value_or("");
  } while (!cursor.empty() && listing.items.size() < most);
  listing.json += "]}";
  co_return listing;
}

}  // namespace cli

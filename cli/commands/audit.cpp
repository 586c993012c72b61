#include <fstream>
#include <istream>

#include "cli/commands/commands.hpp"
#include "common/audit/csv.hpp"
#include "common/audit/verifier.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace cli {
namespace {

constexpr const char* kFormat = "wisehosting-audit/1";

struct ActorView {
  std::string kind;
  std::optional<std::string> name;
  std::optional<std::string> id;
  template <class F>
  void map(F& f) {
    f.required("kind", kind);
    f.defaulted("name", name);
    f.defaulted("id", id);
  }
};
struct EventView {
  std::string id;
  base::UtcTime at;
  ActorView actor;
  std::string action;
  std::optional<std::string> object_kind;
  std::optional<std::string> object_id;
  std::optional<std::string> object_name;
  std::optional<std::string> address;
  std::optional<std::int64_t> sequence;
  template <class F>
  void map(F& f) {
    f.defaulted("id", id);
    f.required("at", at);
    f.required("actor", actor);
    f.required("action", action);
    f.defaulted("object_kind", object_kind);
    f.defaulted("object_id", object_id);
    f.defaulted("object_name", object_name);
    f.defaulted("address", address);
    f.defaulted("sequence", sequence);
  }
};
struct KeyView {
  std::string id;
  std::string public_key;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("public_key", public_key);
  }
};
struct ChainPage {
  std::string chain;
  std::vector<KeyView> keys;
  std::vector<audit_chain::Line> items;
  std::optional<std::string> next_cursor;
  std::optional<audit_chain::Head> head;
  template <class F>
  void map(F& f) {
    f.required("chain", chain);
    f.required("keys", keys);
    f.required("items", items);
    f.defaulted("next_cursor", next_cursor);
    f.defaulted("head", head);
  }
};
/// The lines of an export: one that says what it is, the events, and the signed head.
struct ExportHeader {
  std::string format;
  std::string chain;
  std::vector<KeyView> keys;
  template <class F>
  void map(F& f) {
    f.required("format", format);
    f.required("chain", chain);
    f.required("keys", keys);
  }
};
struct ExportEnd {
  audit_chain::Head head;
  template <class F>
  void map(F& f) {
    f.required("head", head);
  }
};

/// All pages, one after the other; `take` gets each.
async::Task<base::Result<void>> read_chain(Session& session, bool installation, std::function<void(ChainPage)> take) {
  std::string cursor;
  do {
    const std::string path = (installation ? std::string("/api/v1/settings/audit") : session.org_path("/audit")) +
                             "/chain?limit=500" + (cursor.empty() ? std::string() : "&cursor=" + cursor);
    CO_TRY_ASSIGN(auto page, co_await session.api->get_as<ChainPage>(path));
    cursor = page.next_cursor.value_or("");
    take(std::move(page));
  } while (!cursor.empty());
  co_return base::Result<void>{};
}

std::map<std::string, std::string> raw_keys(const std::vector<KeyView>& keys) {
  std::map<std::string, std::string> raw;
  for (const auto& key : keys) raw[key.id] = base::base64url_decode(key.public_key).value_or("");
  return raw;
}

std::string who(const EventView& event) {
  return event.actor.name.value_or(event.actor.id ? event.actor.kind + " " + event.actor.id->substr(0, 8)
                                                  : event.actor.kind);
}

struct Report {
  bool holds{true};
  std::int64_t events{0};
  int unsealed{0};
  std::string key;
  std::vector<audit_chain::Finding> findings;
  std::optional<audit_chain::Head> head;
  template <class F>
  void map(F& f) {
    f.required("holds", holds);
    f.required("events", events);
    f.required("unsealed", unsealed);
    f.required("key", key);
    f.required("findings", findings);
    f.required("head", head);
  }
};

Report report_of(const audit_chain::Verifier& verifier, const std::vector<KeyView>& keys) {
  Report report{verifier.holds(), verifier.sequence(), verifier.unsealed(), "", verifier.findings(), {}};
  if (!keys.empty())
    report.key = audit_chain::key_fingerprint(base::base64url_decode(keys.back().public_key).value_or(""));
  return report;
}

void check_key(Report& report, const std::string& expected) {
  if (expected.empty() || expected == report.key) return;
  report.holds = false;
  report.findings.push_back(
      {"key", 0, "", "It was signed with the key " + report.key + ", not with " + expected + "."});
}

/// An export by itself: every line, and that its head is there and is its end.
base::Result<Report> blocking_verify_file(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  const auto broken = [&](const std::string& why) {
    return base::fail(base::ErrorKind::invalid, "cli.export", file + " is no export of the log: " + why + ".");
  };
  if (!in || !std::getline(in, text)) return broken("it cannot be read");
  const auto header = json::decode<ExportHeader>(text, json::Unknown::ignore);
  if (!header || header->format != kFormat) return broken("its first line is another");
  // Twice from end to end, since the head, which stands last, is to be known before the lines; nothing is kept.
  const auto first = in.tellg();
  std::string end;
  for (std::string next; std::getline(in, next);) end = std::move(next);
  std::optional<audit_chain::Head> head;
  if (const auto last = json::decode<ExportEnd>(end, json::Unknown::ignore)) head = last->head;
  audit_chain::Verifier verifier(header->chain, raw_keys(header->keys));
  if (head) verifier.expect(*head);
  in.clear();
  in.seekg(first);
  std::string line_text;
  std::int64_t number = 2;
  std::getline(in, line_text);
  for (std::string next; std::getline(in, next); ++number) {
    const auto line = json::decode<audit_chain::Line>(line_text, json::Unknown::ignore);
    if (!line) return broken("line " + std::to_string(number) + " is damaged");
    verifier.take(*line);
    line_text = std::move(next);
  }
  verifier.end(0);
  auto report = report_of(verifier, header->keys);
  report.head = head;
  if (!head) {
    report.holds = false;
    report.findings.push_back({"cut_off", verifier.sequence(), "", "The export ends without its signed head."});
  } else if (head->sequence < verifier.sequence()) {
    // What was sealed while it was written; it is signed like everything.
    report.events = verifier.sequence();
  }
  return report;
}

int tell(const Session& session, const Report& report, const std::string& what) {
  if (session.json) {
    session.out() << json::encode(report) << "\n";
    return report.holds ? kOk : kFailed;
  }
  if (session.quiet) return report.holds ? kOk : kFailed;
  for (const auto& finding : report.findings) session.out() << "! " << finding.text << "\n";
  if (report.holds) {
    session.out() << what << " holds: " << report.events << " events, signed with the key " << report.key << ".\n";
    if (report.unsealed > 0) session.out() << report.unsealed << " more wait for their seal.\n";
  } else {
    session.out() << what << " does not hold.\n";
  }
  return report.holds ? kOk : kFailed;
}

std::string query_of(const AuditQuery& query) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += "&" + name + "=" + percent_encode(value);
  };
  add("since", query.since);
  add("until", query.until);
  add("actor", query.actor);
  add("object", query.object);
  add("action", query.action);
  return text;
}

/// An export as it is written.
struct Export {
  std::ostream& out;
  std::int64_t events{0};
  bool begun{false};
  std::optional<audit_chain::Head> head;
};

void write_lines(Export& made, const ChainPage& page) {
  if (!std::exchange(made.begun, true)) {
    made.out << json::encode(ExportHeader{kFormat, page.chain, page.keys}) << "\n";
  }
  for (const auto& line : page.items) {
    if (line.sequence == 0) continue;  // not sealed yet: the next export has it
    made.out << json::encode(line) << "\n";
    ++made.events;
  }
  made.head = page.head;
}

void write_csv(Export& made, const ChainPage& page) {
  if (!std::exchange(made.begun, true)) made.out << audit_chain::csv_head();
  for (const auto& line : page.items) {
    if (!line.event) continue;  // sealed, and gone since: verifying says so
    made.out << audit_chain::csv_row(*line.event, line.sequence);
    ++made.events;
  }
  made.head = page.head;
}

}  // namespace

async::Task<Outcome> show_audit(Session& session, AuditQuery query) {
  Table table({"TIME", "WHO", "WHAT", "OBJECT", "FROM", "SEAL"});
  std::string all;
  std::string cursor;
  std::size_t shown = 0;
  do {
    const auto limit = std::min<std::size_t>(100, query.limit - shown);
    const std::string path = session.org_path("/audit?limit=" + std::to_string(limit) + query_of(query) +
                                              (cursor.empty() ? std::string() : "&cursor=" + percent_encode(cursor)));
    CO_TRY_ASSIGN(const auto page, co_await session.api->get_as<RawPage>(path));
    for (const auto& item : page.items) {
      CO_TRY_ASSIGN(const auto event, Api::read<EventView>(item.text));
      all += (all.empty() ? "" : ",") + item.text;
      const auto& named = event.object_name ? event.object_name : event.object_id;
      const auto object = event.object_kind.value_or("") + (named ? " " + *named : "");
      table.row({base::format_utc(event.at), who(event), event.action, object, event.address.value_or("-"),
                 event.sequence ? std::to_string(*event.sequence) : "…"},
                event.id);
      ++shown;
    }
    cursor = page.next_cursor.value_or("");
  } while (!cursor.empty() && shown < query.limit);
  if (session.json) {
    session.out() << "{\"items\":[" << all << "]}\n";
  } else if (shown == 0) {
    session.say("Nothing of that kind is in the log.\n");
  } else {
    session.show(table);
  }
  co_return kOk;
}

async::Task<Outcome> export_audit(Session& session, AuditExport wanted) {
  const auto& file = wanted.file;
  const bool to_file = !file.empty() && file != "-";
  std::ofstream written;
  if (to_file) {
    written.open(file, std::ios::trunc | std::ios::binary);
    if (!written) co_return base::fail(base::ErrorKind::invalid, "cli.file", "Cannot write " + file + ".");
  }
  std::ostream& out = to_file ? written : session.out();
  const bool csv = wanted.format == "csv";
  Export made{out, 0, false, std::nullopt};
  CO_TRY_CHECK(co_await read_chain(session, wanted.installation,
                                   [&](ChainPage page) { csv ? write_csv(made, page) : write_lines(made, page); }));
  if (!made.head) co_return base::fail(base::ErrorKind::internal, "cli.answer", "The server sent no signed head.");
  if (!csv) out << json::encode(ExportEnd{*made.head}) << "\n";
  out << std::flush;
  if (!out) co_return base::fail(base::ErrorKind::invalid, "cli.file", "Cannot write " + file + ".");
  if (!to_file) co_return kOk;
  session.say(
      "Wrote " + std::to_string(made.events) + " events. " +
      (csv ? "It is for reading; what verifies the log is the export without --format.\n"
           : "Keep it elsewhere: wh audit verify --from " + file + " shows later whether anything is missing.\n"));
  co_return kOk;
}

async::Task<Outcome> verify_audit(Session& session, VerifyAudit options) {
  std::optional<audit_chain::Head> kept;
  if (!options.from.empty()) {
    CO_TRY_ASSIGN(auto report, blocking_verify_file(options.from));
    check_key(report, options.key);
    kept = report.head;
    if (!report.holds || options.offline || session.api == nullptr) co_return tell(session, report, "The export");
  }
  if (session.api == nullptr)
    co_return base::fail(base::ErrorKind::unauthenticated, "cli.not_signed_in", "You are not signed in.");
  std::optional<audit_chain::Verifier> verifier;
  std::vector<KeyView> keys;
  std::optional<audit_chain::Head> head;
  CO_TRY_CHECK(co_await read_chain(session, options.installation, [&](ChainPage page) {
    if (!verifier) {
      keys = page.keys;
      verifier.emplace(page.chain, raw_keys(keys));
      if (kept) verifier->expect(*kept);
    }
    for (const auto& line : page.items) verifier->take(line);
    head = page.head;
  }));
  verifier->end(session.clock.utc_now().time_since_epoch().count());
  auto report = report_of(*verifier, keys);
  report.head = head;
  check_key(report, options.key);
  co_return tell(session, report, kept ? "The log, to the end of the export and beyond," : "The log");
}

}  // namespace cli

#include "cli/commands/upload.hpp"

#include <algorithm>

#include "cli/folder/pace.hpp"
#include "cli/folder/pack.hpp"
#include "common/async/timer.hpp"

namespace cli {
namespace {

constexpr int kTries = 10;
constexpr std::chrono::seconds kLongestPause{10};
/// Where no line can be written over, one is written this often.
constexpr std::chrono::seconds kBetweenLines{15};

struct BeginBody {
  std::string sha256;
  std::int64_t bytes{0};
  template <class F>
  void map(F& f) {
    f.required("sha256", sha256);
    f.required("bytes", bytes);
  }
};
struct UploadState {
  std::string id;
  std::string state;
  std::int64_t bytes{0};
  std::int64_t received{0};
  std::int64_t part_bytes{0};
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("state", state);
    f.required("bytes", bytes);
    f.required("received", received);
    f.required("part_bytes", part_bytes);
  }
};

bool may_pass(const base::Error& error) {
  return error.code.starts_with("net.") || error.code == "upload.gap" || error.kind == base::ErrorKind::unavailable ||
         error.kind == base::ErrorKind::timeout || error.kind == base::ErrorKind::rate_limited;
}

/// One line that is written over itself on a terminal; elsewhere a line now and then.
class Progress {
 public:
  Progress(const Session& session, std::int64_t begun_at)
      : session_(session), begun_at_(begun_at), begun_(session.clock.steady_now()), last_line_(begun_) {}

  /// `trouble`: why nothing moves at the moment.
  void show(const UploadState& upload, const std::string& trouble = "") {
    if (session_.quiet || session_.json) return;
    const auto now = session_.clock.steady_now();
    const std::string text = progress_text(upload.received, upload.bytes, upload.received - begun_at_, now - begun_) +
                             (trouble.empty() ? "" : ": " + trouble);
    if (session_.terminal.out_is_terminal) {
      session_.out() << "\r\033[K" << text << std::flush;
    } else if (now - last_line_ >= kBetweenLines) {
      session_.out() << text << std::endl;
      last_line_ = now;
    }
  }
  void end() const {
    if (session_.terminal.out_is_terminal && !session_.quiet && !session_.json) {
      session_.out() << "\r\033[K" << std::flush;
    }
  }

 private:
  const Session& session_;
  std::int64_t begun_at_;
  base::SteadyTime begun_;
  base::SteadyTime last_line_;
};

/// Sends parts until all of them are kept.
class Sender {
 public:
  Sender(Session& session, std::string path, const Packed& packed, UploadState upload)
      : session_(session),
        path_(std::move(path)),
        packed_(packed),
        upload_(std::move(upload)),
        progress_(session, upload_.received) {}

  async::Task<base::Result<void>> run() {
    Pace pace(static_cast<std::size_t>(upload_.part_bytes));
    for (int failures = 0; upload_.received < upload_.bytes;) {
      if (failures == 0) progress_.show(upload_);
      const auto begun = session_.clock.steady_now();
      auto sent = co_await send_one(pace.part());
      if (sent) {
        failures = 0;
        pace.sent(session_.clock.steady_now() - begun);
        continue;
      }
      if (!may_pass(sent.error()) || ++failures == kTries) {
        progress_.end();
        co_return given_up(std::move(sent).error());
      }
      pace.broke();
      progress_.show(upload_, "the line broke, trying again");
      co_await async::sleep(std::min<base::Duration>(std::chrono::milliseconds(250) * (1 << failures), kLongestPause));
      // What the server kept is what counts: an answer may have been lost.
      if (auto now = co_await session_.api->get_as<UploadState>(path_)) upload_ = std::move(*now);
    }
    progress_.end();
    co_return base::Result<void>{};
  }

 private:
  async::Task<base::Result<void>> send_one(std::size_t most) {
    auto bytes = packed_.blocking_read(upload_.received, most);
    const std::string path = path_ + "/parts/" + std::to_string(upload_.received);
    CO_TRY_ASSIGN(const auto answer, co_await session_.api->send_bytes(path, std::move(bytes)));
    CO_TRY_ASSIGN(upload_, Api::read<UploadState>(answer.body));
    co_return base::Result<void>{};
  }

  /// With what is there already, as the same command goes on behind it.
  base::Result<void> given_up(base::Error error) const {
    if (may_pass(error)) {
      error.message += " " + size_text(upload_.received) + " of " + size_text(upload_.bytes) +
                       " were sent; the same command goes on there.";
    }
    return std::unexpected(std::move(error));
  }

  Session& session_;
  std::string path_;
  const Packed& packed_;
  UploadState upload_;
  Progress progress_;
};

}  // namespace

async::Task<base::Result<std::string>> send_folder(Session& session, std::string app, std::string folder,
                                                   std::string only) {
  CO_TRY_ASSIGN(const auto packed, blocking_pack_folder(folder, only));
  for (const auto& path : packed.left_out) {
    session.terminal.err << "Left out: " << path << " (a link that leads outside, or no plain file)\n";
  }
  session.say(std::to_string(packed.files) + (packed.files == 1 ? " file, " : " files, ") +
              size_text(static_cast<std::int64_t>(packed.unpacked_bytes)) + ", " + size_text(packed.bytes) +
              " to send\n");
  const std::string path = session.app_path(app, "/uploads");
  CO_TRY_ASSIGN(const auto begun,
                co_await session.api->call("POST", path, json::encode(BeginBody{packed.sha256, packed.bytes})));
  CO_TRY_ASSIGN(auto upload, Api::read<UploadState>(begun.body));
  if (upload.state == "complete") {
    session.say("It was sent before.\n");
    co_return upload.id;
  }
  const std::string id = upload.id;
  if (upload.received > 0) session.say("Going on at " + size_text(upload.received) + "\n");
  Sender sender(session, path + "/" + percent_encode(id), packed, std::move(upload));
  CO_TRY_CHECK(co_await sender.run());
  CO_TRY_CHECK(co_await session.api->call("POST", path + "/" + percent_encode(id) + "/complete"));
  session.say("Sent\n");
  co_return id;
}

}  // namespace cli

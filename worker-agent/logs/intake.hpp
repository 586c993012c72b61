#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/logs/inert_text.hpp"
#include "worker-agent/logs/log_line.hpp"
#include "worker-agent/logs/masker.hpp"
#include "worker-agent/logs/replica_spool.hpp"

namespace logs {

/// How much of what a replica prints is kept.
struct IntakeLimits {
  std::uint64_t bytes_per_second{2 << 20U};  ///< on the average; 0: no limit
  std::uint64_t burst_bytes{16 << 20U};
};

/// Takes one replica's output from conmon's file into its spool: whole lines, masked, inert, cut at 8 KiB. Over the
/// limit lines are left out for a second at a time and counted. The file is replaced by conmon when it is full; the
/// rest of the old one is taken first. One thread.
class Intake {
 public:
  Intake(std::filesystem::path raw, std::shared_ptr<ReplicaSpool> spool, const Masker& masker, IntakeLimits limits,
         std::uint64_t raw_file_bytes);

  struct Taken {
    std::uint64_t bytes{0};  ///< of raw output that were dealt with
    bool more{false};        ///< there is more now
    bool limited{false};     ///< lines are being left out
  };
  /// Deals with at most 1 MiB. `replaced`: how often conmon replaced the file since the last call, as far as known.
  Taken take(base::SteadyTime now, std::uint64_t replaced);

 private:
  struct Unfinished {
    std::string text;  ///< raw, at most 64 KiB
    std::string time;
    bool begun{false};
    std::uint64_t begin{0};  ///< where its first piece stands in the raw file
    bool swallow{false};     ///< the line is too long: the rest of it is only counted
    std::uint64_t swallowed{0};
    bool left_out{false};  ///< its beginning is over the limit: so is the rest
  };
  struct Lost {
    std::uint64_t bytes{0};
    std::uint64_t lines{0};
    bool lines_known{true};
  };

  bool open_file();
  bool continues_at_state();
  bool is_replaced() const;
  void refill(base::SteadyTime now);
  std::uint64_t unread() const;
  std::uint64_t take_from_file(std::uint64_t done);
  std::uint64_t take_lines(std::uint64_t most);
  std::uint64_t skip_lines(bool all);
  void leave_out(std::string_view line);
  void take_line(std::string_view line, std::uint64_t at);
  void take_piece(const RawLine& raw, std::uint64_t at);
  void write_line(std::string_view time, bool error, std::string_view text);
  void finish(Unfinished& line, bool error);
  void commit();
  void write_lost(Gap reason, Lost& lost);

  std::filesystem::path raw_;
  std::shared_ptr<ReplicaSpool> spool_;
  Masker masker_;
  IntakeLimits limits_;
  std::uint64_t raw_file_bytes_;

  base::UniqueFd fd_;
  RawPlace place_;
  std::uint64_t emitted_to_{0};  ///< lines that were whole before this place in the file are in the spool already
  std::uint64_t replaced_handled_{0};
  std::array<Unfinished, 2> unfinished_;
  std::string out_;
  std::string shown_;
  std::string masked_;
  std::optional<double> tokens_;
  base::SteadyTime refilled_{};
  bool limited_{false};
  Lost over_rate_;
  Lost disk_;
  Lost away_;
};

}  // namespace logs

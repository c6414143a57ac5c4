// Reads a trace, also while torpord writes it, and after a cut at any byte: every whole
// cycle, oldest first, and what is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "telemetry/trace_format.h"

namespace torpor::telemetry {

struct TraceFindings {
  std::uint64_t whole = 0;    // cycles
  std::uint64_t damaged = 0;  // blocks that were written, and are not what was written
  // Cycles between the oldest and the newest one that are not there.
  std::uint64_t missing = 0;

  friend bool operator==(const TraceFindings&, const TraceFindings&) = default;
};

// Up to so many bytes of a file from an offset, into what is given; how many there were.
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<std::byte>)>;

class TraceReader {
 public:
  // Looks through the whole trace, and remembers 16 bytes of each block.
  //   kFileMissing     there is none
  //   kIo              it cannot be opened
  //   kTraceMalformed  it does not begin as a trace does, or is of another version
  [[nodiscard]] static Result<TraceReader> Open(const std::filesystem::path& path);
  // Of bytes that lie elsewhere.
  //   kTraceMalformed  likewise
  [[nodiscard]] static Result<TraceReader> Of(ReadAt read);

  [[nodiscard]] const std::string& robot() const { return header_.robot; }
  [[nodiscard]] const TraceFindings& findings() const { return findings_; }

  // The next cycle; nothing after the last. One that torpord has written over since the
  // trace was opened is passed by.
  [[nodiscard]] std::optional<TracedCycle> Next();
  // Passes by whatever is left but for the newest so many.
  void SkipToLast(std::uint64_t cycles);
  // Passes by those that were numbered by another journal: where numbers fall, one was
  // begun anew.
  void SkipToLastJournal();
  // The journal's number of the newest cycle; 0: there is none.
  [[nodiscard]] std::uint64_t last_cycle() const {
    return blocks_.empty() ? 0 : blocks_.back().cycle;
  }

 private:
  TraceReader(ReadAt read, TraceHeader header);

  ReadAt read_;
  TraceHeader header_;
  struct Block {
    std::uint64_t sequence, cycle;
  };
  std::vector<Block> blocks_;  // those that are whole, oldest first
  std::size_t next_ = 0;
  TraceFindings findings_;
};

}  // namespace torpor::telemetry

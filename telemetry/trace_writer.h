// Writes the trace: one block per cycle, one write, while the process is awake anyway. It
// waits for no disk: what a power cut takes of it the journal still has. Nobody is ever
// refused anything because of a trace.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/status.h"
#include "telemetry/trace_format.h"

namespace torpor::telemetry {

// The file's name in a state folder.
inline constexpr const char* kTraceFile = "trace.bin";
// Four mebibytes with the header: 4,092 cycles, 68 hours of one a minute.
inline constexpr std::uint32_t kTraceBlocks = 4092;

// One writer; any number of TraceReaders beside it.
class TraceWriter {
 public:
  TraceWriter(std::filesystem::path path, TraceHeader header)
      : path_(std::move(path)), header_(std::move(header)) {}
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;
  ~TraceWriter() { Close(); }

  // Opens the trace, or begins one, and finds the newest cycle in it. What is no trace of
  // this robot and of this size is set aside (`path`.before, which an earlier one gives
  // way to): two files of the bound are the most that there ever is.
  //   kTraceNotWritten  why() says what the system said
  [[nodiscard]] Status Open();

  // Writes a cycle over the oldest ones, in one write: of a whole page with zeros behind
  // it where it begins one, which need not be read first, and then of its own bytes.
  // Opens what is not open. A cycle that was refused is not tried again, the next one
  // takes its place.
  //   kTraceNotWritten  why() says what the system said
  [[nodiscard]] Status Append(const TracedCycle& cycle);

  // Of the last refusal.
  [[nodiscard]] const std::string& why() const { return why_; }
  // Of the newest cycle in the file; 0: there is none.
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

 private:
  Status Refused(const char* doing);
  void Close();
  // Whether what is open is a trace to go on with.
  [[nodiscard]] bool Ours() const;
  [[nodiscard]] bool Gone() const;
  void FindNewest();

  std::filesystem::path path_;
  TraceHeader header_;
  int file_ = -1;
  std::uint64_t sequence_ = 0;
  std::array<std::byte, kTracePageBytes> page_{};  // in which the newest cycle stands
  bool whole_page_ = true;                         // is to be written next
  std::string why_;
};

}  // namespace torpor::telemetry

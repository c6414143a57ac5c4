// The few things torpord must remember that are not measurements: the version floor,
// which wall time it last had reason to believe, where refusals are reported, and the
// last refusal. Small JSON files, each written aside, synced and renamed, so that a power
// cut leaves old or new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/accelerator/descriptor.h"
#include "contract/terms.h"
#include "core/bytes.h"
#include "core/result.h"
#include "telemetry/trace_writer.h"

namespace torpor::agent {

struct Remembered {
  contract::Version floor{};          // never accept less
  Digest floor_contract{};            // what that version was
  std::uint64_t trusted_time_s = 0;   // a lower bound of now
  std::uint32_t keyring_version = 1;  // of the newest keyring that was in force
  std::string gateway;                // of the last verified contract
};

// That this process need not be started again so soon: the same bundle and pairing were
// refused by the firmware less than one period ago.
struct RefusalMark {
  std::string key;  // of bundle and pairing
  std::uint16_t reason = 0;
  int exit_code = 0;
  std::string line;           // the JSON line, repeated
  std::string boot_id;        // the mark dies with the boot
  std::int64_t until_us = 0;  // boot clock
};

class StateFolder {
 public:
  explicit StateFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Makes the folder if it is missing and takes it for this process until it ends.
  //   kIo           it cannot be made
  //   kStateLocked  another torpord works with it
  Status Claim();

  // A fresh floor when there is no file yet.
  //   kStateMalformed  the file is damaged: the floor is never guessed
  [[nodiscard]] Result<Remembered> Load() const;
  //   kIo  it could not be made durable; the old file stands
  Status Save(const Remembered& remembered) const;

  [[nodiscard]] std::optional<RefusalMark> LoadRefusal()
      const;  // a damaged mark is no mark
  Status SaveRefusal(const RefusalMark& mark) const;
  void ClearRefusal() const;

  // True once after the watchdog has ended the process before.
  [[nodiscard]] bool TakeWatchdogMark() const;
  [[nodiscard]] std::filesystem::path watchdog_mark() const {
    return folder_ / "watchdog-fired";
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path journal() const {
    return folder_ / "journal.sqlite";
  }
  [[nodiscard]] std::filesystem::path trace() const {
    return folder_ / telemetry::kTraceFile;
  }

 private:
  std::filesystem::path folder_;
  Descriptor lock_;
};

// The kernel's id of this boot; empty when it cannot be read.
std::string BootId();

}  // namespace torpor::agent

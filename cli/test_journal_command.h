// The program itself, run on a state folder whose journal the test writes meanwhile.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "cli/test_command.h"
#include "telemetry/journal.h"

namespace torpor::cli {

class CommandOnAJournal : public Command {
 protected:
  CommandOnAJournal() {
    std::filesystem::create_directory(folder_ / "state");
    auto opened = telemetry::Journal::Open(folder_ / "state/journal.sqlite", {});
    EXPECT_TRUE(opened.ok());
    journal_ = std::make_unique<telemetry::Journal>(*std::move(opened));
  }

  std::unique_ptr<telemetry::Journal> journal_;
};

}  // namespace torpor::cli

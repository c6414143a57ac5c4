// torpor train: hands over to torpor-train, which alone needs libtorch.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/commands.h"
#include "cli/say.h"

namespace torpor::cli {
namespace {

constexpr const char* kProgram = "torpor-train";

// Never returns when there is such a program.
void BecomeTorporTrain(const std::vector<std::string>& words, Outcome& outcome) {
  std::vector<std::string> owned{kProgram};
  owned.insert(owned.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : owned) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) ::execv((self.parent_path() / kProgram).c_str(), arguments.data());
  const int beside = error ? ENOENT : errno;
  ::execvp(kProgram, arguments.data());
  if (beside == ENOENT && errno == ENOENT) {
    return RefuseWith(
        outcome, Status::kFileMissing,
        "file-missing (5): there is no torpor-train beside this program or "
        "on PATH; it is a package of its own, torpor-train, and in torpor's "
        "source ./dev build train makes build/train/bin/torpor-train");
  }
  Refuse(outcome, Status::kOs, std::string(kProgram) + ": " + std::strerror(errno));
}

}  // namespace

void AddTrain(CLI::App& app, Outcome& outcome) {
  CLI::App* train = app.add_subcommand(
      "train", "Train a network on healthy recordings (runs torpor-train)");
  train->set_help_flag();  // torpor-train has its own
  train->prefix_command();
  train->footer("Example:\n  torpor train fit --data ../data -o fleet.model");
  train->callback([train, &outcome] {
    std::fflush(nullptr);
    BecomeTorporTrain(train->remaining(), outcome);
  });
}

}  // namespace torpor::cli

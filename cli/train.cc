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
        "source ./dev build train makes build/dev/bin/torpor-train");
  }
  Refuse(outcome, Status::kOs, std::string(kProgram) + ": " + std::strerror(errno));
}

}  // namespace

void AddTrain(const Command& app, Outcome& outcome) {
  const Command train =
      app.Add("train", "Train a network on healthy recordings (runs torpor-train)");
  train.PassOn();
  train.Footer("Example:\n  torpor train fit --data ../data -o fleet.model");
  train.Run([train, &outcome] {
    std::fflush(nullptr);
    BecomeTorporTrain(train.Rest(), outcome);
  });
}

}  // namespace torpor::cli

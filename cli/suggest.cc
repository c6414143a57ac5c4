#include "cli/suggest.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "contract/sign/source_keys.h"

namespace torpor::cli {

std::string Mistyped(const CLI::App& app, std::span<const char* const> words) {
  const CLI::App* here = &app;
  for (const char* raw : words) {
    const std::string word = raw;
    const auto commands = here->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || word.starts_with('-')) break;
    const CLI::App* next = nullptr;
    const CLI::App* nearest = nullptr;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const CLI::App* command : commands) {
      if (command->get_name() == word) next = command;
      const std::size_t distance =
          contract::sign::EditDistance(word, command->get_name());
      if (distance < least) {
        least = distance;
        nearest = command;
      }
    }
    if (next == nullptr) {
      return "there is no '" + word + "' in " + here->get_name() + "; did you mean '" +
             nearest->get_name() + "'?";
    }
    here = next;
  }
  return {};
}

}  // namespace torpor::cli

// torpor-train card: the model card as text.
#include <cstdio>
#include <memory>

#include "train/card.h"
#include "train/commands.h"

namespace torpor::train {

void AddCard(CLI::App& app, Outcome& outcome) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("card", "Show what a model was made of");
  command->add_option("FILE", *file, "The model; its card lies beside it")->required();
  command->footer("Example:\n  torpor-train card fleet.model");
  command->callback([file, &outcome] {
    const auto card = ReadCard(*file);
    if (!card.ok()) {
      return Refuse(outcome, card.status(), *file + " or " + CardPath(*file).string());
    }
    std::fputs(CardText(*card).c_str(), stdout);
  });
}

}  // namespace torpor::train

#include "train/recipe.h"

#include <utility>

namespace torpor::train {

std::string_view NameOf(Variant variant) {
  switch (variant) {
    case Variant::kTransformer:
      return "transformer";
    case Variant::kBlind:
      return "blind";
    case Variant::kMlp:
      return "mlp";
  }
  return "unknown";
}

std::string_view FileNameOf(Variant variant) {
  return variant == Variant::kBlind ? "transformer-blind" : NameOf(variant);
}

std::vector<std::pair<std::string, double>> Choices(const Recipe& recipe) {
  std::vector<std::pair<std::string, double>> all;
  const auto range = [&all](const std::string& name, const Range& value) {
    all.emplace_back(name + ".low", value.low);
    all.emplace_back(name + ".high", value.high);
  };
  const VoiceRecipe& v = recipe.voice;
  all.emplace_back("voice.mountings", v.mountings);
  all.emplace_back("voice.faulty_minutes", v.faulty_minutes);
  all.emplace_back("voice.mixed_share", v.mixed_share);
  range("voice.gain", v.gain);
  all.emplace_back("voice.resonance_share", v.resonance_share);
  range("voice.resonance_db", v.resonance_db);
  range("voice.noise_db", v.noise_db);
  all.emplace_back("voice.coarse_share", v.coarse_share);
  const MachineRecipe& m = recipe.machine;
  all.emplace_back("machine.of_each_voice", m.of_each_voice);
  range("machine.learned_minutes", m.learned_minutes);
  all.emplace_back("machine.standard_share", m.standard_share);
  all.emplace_back("machine.swapped_share", m.swapped_share);
  all.emplace_back("machine.fleet_weight_cycles", m.fleet_weight_cycles);
  all.emplace_back("machine.shrinkage", m.shrinkage);
  all.emplace_back("machine.exemplars", m.exemplars);
  const FaultRecipe& f = recipe.fault;
  range("fault.level_db", f.level_db);
  range("fault.strikes_hz", f.strikes_hz);
  range("fault.resonance", f.resonance);
  range("fault.damping", f.damping);
  all.emplace_back("fault.jitter", f.jitter);
  all.emplace_back("fault.loose_share", f.loose_share);
  all.emplace_back("fault.noise_share", f.noise_share);
  all.emplace_back("fault.harmonics_share", f.harmonics_share);
  all.emplace_back("fault.equal_share", f.equal_share);
  const NetworkRecipe& n = recipe.network;
  all.emplace_back("network.width", n.width);
  all.emplace_back("network.layers", n.layers);
  all.emplace_back("network.heads", n.heads);
  all.emplace_back("network.hidden", n.hidden);
  all.emplace_back("network.dropout", n.dropout);
  const StepRecipe& s = recipe.step;
  all.emplace_back("step.steps", s.steps);
  all.emplace_back("step.warm_up", s.warm_up);
  all.emplace_back("step.batch", s.batch);
  all.emplace_back("step.rate", s.rate);
  all.emplace_back("step.weight_decay", s.weight_decay);
  all.emplace_back("step.averaging", s.averaging);
  all.emplace_back("healthy_share", recipe.healthy_share);
  all.emplace_back("validation_share", recipe.validation_share);
  all.emplace_back("validation_pairs", recipe.validation_pairs);
  return all;
}

}  // namespace torpor::train

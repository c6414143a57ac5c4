#include "cli/contract_diff.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "contract/accept.h"
#include "contract/energy.h"
#include "contract/fields.h"
#include "core/status_table.h"

namespace torpor::cli {
namespace {

using contract::Terms;
using nlohmann::ordered_json;

Spending SpendingOf(const Terms& terms) {
  const Microjoules cycle = contract::ModelledCycle(terms).total;
  // uJ over ms is mW. The schema allows no period of 0, but a source may hold anything.
  const auto period = static_cast<double>(terms.period.count());
  return {cycle, period > 0 ? static_cast<double>(cycle.value) / period : 0.0};
}

// Only numbers have a part in the power model.
Terms WithOnly(const Terms& before, const Terms& after, std::uint16_t number) {
  Terms changed = before;
  const contract::Field* field = contract::FindField(number);
  if (field->IsNumber()) field->set(changed, field->get(after));
  return changed;
}

double Joules(Microjoules energy) { return static_cast<double>(energy.value) * 1e-6; }

std::string Text(const contract::Address& address) { return std::string(address.view()); }

// Values that are too long for their column stand below each other.
std::string Row(const std::string& name, const std::string& before,
                const std::string& after, const std::string& effect) {
  constexpr std::size_t kColumn = 22;
  const bool wide = before.size() > kColumn || after.size() > kColumn;
  std::array<char, 512> line{};
  std::snprintf(line.data(), line.size(),
                wide ? "  %-24s %s\n  %-24s %s %s\n" : "  %-24s %-22s %s%-22s %s\n",
                name.c_str(), before.c_str(), "", after.c_str(), effect.c_str());
  return line.data();
}

std::string Effect(const Spending& before, const Spending& after) {
  const double joules = Joules(after.cycle - before.cycle);
  const double milliwatts = after.average_milliwatts - before.average_milliwatts;
  if (joules == 0 && milliwatts == 0) return "-";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%+10.3f J  %+9.1f mW", joules, milliwatts);
  return text.data();
}

std::string Total(const Spending& spending) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f J, %.1f mW", Joules(spending.cycle),
                spending.average_milliwatts);
  return text.data();
}

ordered_json ToJson(const Spending& spending) {
  return {{"joules_per_cycle", Joules(spending.cycle)},
          {"average_milliwatts", spending.average_milliwatts}};
}

}  // namespace

ContractDiff Compare(const Terms& before, const Terms& after) {
  ContractDiff diff;
  diff.before = SpendingOf(before);
  diff.after = SpendingOf(after);
  std::vector<contract::Difference> differences(contract::Fields().size());
  differences.resize(contract::Differences(before, after, differences));
  for (const contract::Difference& difference : differences) {
    diff.changes.push_back(
        {difference, SpendingOf(WithOnly(before, after, difference.field))});
  }
  diff.follows = contract::CheckVersion(after.version, before.version);
  if (after.version == before.version && !diff.changes.empty())
    diff.follows = Status::kReplayed;
  return diff;
}

std::string Table(const ContractDiff& diff) {
  if (diff.changes.empty()) return "no parameter differs\n";
  std::string text =
      Row("parameter", "before", "after", "alone, modelled: a cycle, mean");
  for (const ChangedParameter& change : diff.changes) {
    text += Row(std::string(contract::FieldName(change.difference.field)),
                Text(change.difference.ours), Text(change.difference.theirs),
                Effect(diff.before, change.alone));
  }
  text += Row("together", Total(diff.before), Total(diff.after),
              Effect(diff.before, diff.after));
  text += diff.follows == Status::kOk
              ? "robots that obey the first would take the second\n"
              : "robots that obey the first would REFUSE the second: " +
                    std::string(Info(diff.follows).meaning) + "; " +
                    std::string(Info(diff.follows).advice) + "\n";
  return text;
}

ordered_json ToJson(const ContractDiff& diff) {
  ordered_json changes = ordered_json::array();
  for (const ChangedParameter& change : diff.changes) {
    changes.push_back({{"parameter", contract::FieldName(change.difference.field)},
                       {"before", change.difference.ours.view()},
                       {"after", change.difference.theirs.view()},
                       {"alone", ToJson(change.alone)}});
  }
  return {{"changes", changes},
          {"before", ToJson(diff.before)},
          {"after", ToJson(diff.after)},
          {"accepted", diff.follows == Status::kOk},
          {"reason", static_cast<int>(diff.follows)}};
}

}  // namespace torpor::cli

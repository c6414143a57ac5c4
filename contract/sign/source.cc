#include "contract/sign/source.h"

#include <toml++/toml.h>

#include <algorithm>
#include <bitset>
#include <chrono>
#include <optional>

#include "contract/fields.h"
#include "contract/sign/files.h"
#include "contract/sign/problem_line.h"
#include "contract/sign/source_keys.h"
#include "contract/sign/source_lists.h"

namespace torpor::contract::sign {
namespace {

using enum Status;

constexpr std::size_t kMaxSourceBytes = 64 * 1024;

// Terms in the making, and which fields have a value yet.
struct Draft {
  Terms terms;
  std::bitset<64> given;
};

std::string Example(const SourceKey& key) {
  const Unit& largest = key.units.back();
  return "\"1 " + std::string(largest.name) + "\"";
}

// One source file on its way into a draft.
class Reader {
 public:
  Reader(std::string_view file, Draft& draft, std::vector<Problem>& problems)
      : file_(file), draft_(draft), problems_(problems) {}

  void ReadRoot(const toml::table& root, bool is_base) {
    for (const auto& [name, node] : root) {
      const std::string_view key = name.str();
      const SourceKey* known = FindSourceKey("", key);
      if (known != nullptr) {
        ReadValue(*known, node);
      } else if (key == "base" && !is_base) {
        continue;  // read before everything else
      } else if (const toml::table* table = node.as_table();
                 table != nullptr && IsTable(key)) {
        ReadTable(key, *table);
      } else {
        Unknown(key, "", name.source());
      }
    }
  }

  void Refuse(Status status, const toml::source_region& where, const std::string& what) {
    Add(status, where.begin.line, where.begin.column, what);
  }

  void Add(Status status, std::size_t line, std::size_t column, const std::string& what) {
    problems_.push_back({status, ProblemLine(file_, line, column, what)});
  }

 private:
  static bool IsTable(std::string_view name) {
    return std::ranges::any_of(SourceKeys(),
                               [&](const SourceKey& k) { return k.table == name; }) &&
           !name.empty();
  }

  void Unknown(std::string_view key, std::string_view table,
               const toml::source_region& where) {
    const std::string path =
        table.empty() ? std::string(key) : std::string(table) + "." + std::string(key);
    Refuse(kTomlUnknownKey, where,
           "unknown key '" + path + "'; the nearest is '" + NearestPath(path) + "'");
  }

  void ReadTable(std::string_view table_name, const toml::table& table) {
    for (const auto& [name, node] : table) {
      const SourceKey* known = FindSourceKey(table_name, name.str());
      if (known == nullptr) {
        Unknown(name.str(), table_name, name.source());
      } else {
        ReadValue(*known, node);
      }
    }
  }

  void ReadValue(const SourceKey& key, const toml::node& node) {
    const Field& field = *FindField(key.field);
    switch (key.kind) {
      case SourceKind::kText:
        return ReadText(key, field, node);
      case SourceKind::kTexts:
        return ReadTexts(key, field, node);
      case SourceKind::kTables:
        return ReadSensors(key, field, node);
      case SourceKind::kChoice:
        return ReadChoice(key, field, node);
      default:
        break;
    }
    const std::optional<std::uint64_t> number = ReadNumber(key, node);
    if (!number || !InBounds(key, *number, field.min, field.max, node)) return;
    field.set(draft_.terms, *number);
    draft_.given.set(key.field);
  }

  bool InBounds(const SourceKey& key, std::uint64_t number, std::uint64_t min,
                std::uint64_t max, const toml::node& node) {
    if (number >= min && number <= max) return true;
    const auto text = [&](std::uint64_t n) {
      return key.kind == SourceKind::kDate ? FormatDate(n) : FormatQuantity(n, key.units);
    };
    Refuse(kOutOfRange, node.source(),
           key.path() + " is " + text(number) + ", allowed are " + text(min) + " to " +
               text(max));
    return false;
  }

  void WrongType(const SourceKey& key, const toml::node& node,
                 const std::string& expected) {
    const std::string what = node.is_floating_point() ? "a float, which no contract has"
                                                      : "of another type than its key";
    Refuse(kTomlType, node.source(), key.path() + " is " + what + "; write " + expected);
  }

  std::optional<std::uint64_t> ReadNumber(const SourceKey& key, const toml::node& node) {
    if (key.kind == SourceKind::kDate) return ReadDate(key, node);
    if (key.kind == SourceKind::kCount) {
      const auto* integer = node.as_integer();
      if (integer == nullptr) {
        WrongType(key, node, "a whole number");
        return std::nullopt;
      }
      // A negative one becomes a number beyond every bound.
      if (integer->get() < 0) {
        Refuse(kOutOfRange, node.source(), key.path() + " is negative");
        return std::nullopt;
      }
      return static_cast<std::uint64_t>(integer->get());
    }
    const auto* text = node.as_string();
    if (text == nullptr) {
      if (node.is_integer()) {
        Refuse(kTomlUnit, node.source(),
               key.path() + " has no unit; write it as in " + Example(key));
      } else {
        WrongType(key, node, "it as in " + Example(key));
      }
      return std::nullopt;
    }
    const auto number = ParseQuantity(text->get(), key.units);
    if (!number.ok()) {
      Refuse(kTomlUnit, node.source(),
             key.path() + " is no whole number of " + std::string(key.units[0].name) +
                 ": '" + text->get() + "'; its units are " + UnitNames(key.units));
      return std::nullopt;
    }
    return *number;
  }

  // A date is midnight UTC; a time of day needs its offset.
  std::optional<std::uint64_t> ReadDate(const SourceKey& key, const toml::node& node) {
    std::chrono::seconds of_day{0};
    toml::date date;
    if (const auto* day = node.as_date()) {
      date = day->get();
    } else if (const auto* moment = node.as_date_time();
               moment != nullptr && moment->get().offset) {
      date = moment->get().date;
      const toml::time& time = moment->get().time;
      of_day = std::chrono::hours(time.hour) + std::chrono::minutes(time.minute) +
               std::chrono::seconds(time.second) -
               std::chrono::minutes(moment->get().offset->minutes);
    } else {
      WrongType(key, node, "2026-11-23 or 2026-11-23T06:00:00Z");
      return std::nullopt;
    }
    const std::chrono::sys_days days = std::chrono::year(date.year) /
                                       std::chrono::month(date.month) /
                                       std::chrono::day(date.day);
    const auto seconds = (days.time_since_epoch() + of_day).count();
    return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
  }

  void ReadChoice(const SourceKey& key, const Field& field, const toml::node& node) {
    std::string names;
    const auto choices = ChoiceNames(key.field);
    const auto* text = node.as_string();
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (text != nullptr && text->get() == choices[i]) {
        field.set(draft_.terms, i + 1);
        draft_.given.set(key.field);
        return;
      }
      names += (i == 0 ? "\"" : ", \"") + std::string(choices[i]) + "\"";
    }
    if (text == nullptr) return WrongType(key, node, "one of " + names);
    Refuse(kOutOfRange, node.source(),
           key.path() + " is '" + text->get() + "', allowed are " + names);
  }

  template <std::size_t kRoom>
  bool Fits(const SourceKey& key, std::string_view text, Text<kRoom>& out,
            const toml::node& node) {
    out.Assign(text);
    return Good(Misfit(key, text, kRoom), node);
  }

  // Whether nothing is wrong; else it is said.
  bool Good(const std::string& what, const toml::node& node) {
    if (!what.empty()) Refuse(kOutOfRange, node.source(), what);
    return what.empty();
  }

  void ReadText(const SourceKey& key, const Field& field, const toml::node& node) {
    const auto* text = node.as_string();
    if (text == nullptr) return WrongType(key, node, "text in quotes");
    Terms& terms = draft_.terms;
    const bool fits =
        field.number == kGatewayField
            ? Fits(key, text->get(), terms.gateway, node)
            : Fits(key, text->get(),
                   field.number == kFleetField ? terms.fleet : terms.name, node);
    if (fits) draft_.given.set(key.field);
  }

  void ReadTexts(const SourceKey& key, const Field& field, const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr) return WrongType(key, node, "a list of texts");
    if (list->size() < field.min || list->size() > field.max) {
      return WrongCount(key, field, node, list->size());
    }
    std::uint32_t count = 0;
    for (const toml::node& entry : *list) {
      const auto* text = entry.as_string();
      if (text == nullptr) return WrongType(key, entry, "a list of texts");
      if (!Good(PutEntry(key, text->get(), count, draft_.terms), entry)) return;
      ++count;
    }
    CloseList(key, count, draft_.terms);
    draft_.given.set(key.field);
  }

  void WrongCount(const SourceKey& key, const Field& field, const toml::node& node,
                  std::size_t count) {
    Refuse(count < field.min ? kOutOfRange : kFieldTooLong, node.source(),
           key.path() + " has " + std::to_string(count) + " entries, allowed are " +
               std::to_string(field.min) + " to " + std::to_string(field.max));
  }

  void ReadSensors(const SourceKey& key, const Field& field, const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr || !list->is_array_of_tables()) {
      return WrongType(key, node, "[[sensors]] tables");
    }
    if (list->empty() || list->size() > kMaxSensors) {
      return WrongCount(key, field, node, list->size());
    }
    std::uint32_t count = 0;
    for (const toml::node& entry : *list) {
      Sensor sensor;
      ReadSensor(*entry.as_table(), sensor);
      draft_.terms.sensor_slots[count++] = sensor;
    }
    draft_.terms.sensor_count = count;
    std::ranges::sort(std::span(draft_.terms.sensor_slots).first(count), {}, &Sensor::id);
    draft_.given.set(key.field);
  }

  void ReadSensor(const toml::table& table, Sensor& sensor) {
    for (const auto& [name, node] : table) {
      const SourceKey* key = FindSourceKey("sensors", name.str());
      if (key == nullptr) {
        Unknown(name.str(), "sensors", name.source());
        continue;
      }
      const Part& part = SensorParts()[key->field - 1U];
      const std::optional<std::uint64_t> number = ReadNumber(*key, node);
      if (number && InBounds(*key, *number, part.min, part.max, node)) {
        SetSensorNumber(sensor, part.number, *number);
      }
    }
    for (const SourceKey& key : SensorKeys()) {
      if (!table.contains(key.key)) {
        Refuse(kTomlMissingKey, table.source(),
               "this sensor has no '" + std::string(key.key) + "'");
      }
    }
  }

  std::string file_;
  Draft& draft_;
  std::vector<Problem>& problems_;
};

// toml++ throws; nothing of that leaves here.
std::optional<toml::table> Parse(std::string_view text, Reader& reader) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    reader.Refuse(kTomlSyntax, error.source(), std::string(error.description()));
  } catch (const std::exception& error) {
    reader.Add(kTomlSyntax, 1, 1, error.what());
  }
  return std::nullopt;
}

void ReadBase(const toml::table& root, Reader& reader, Draft& draft,
              std::vector<Problem>& problems) {
  const toml::node* node = root.get("base");
  if (node == nullptr) return;
  std::string names;
  const auto* text = node->as_string();
  for (const Base& base : Bases()) {
    if (text != nullptr && text->get() == base.name) {
      Reader base_reader(std::string(base.name) + ".toml", draft, problems);
      const auto table = Parse(base.source, base_reader);
      if (table) base_reader.ReadRoot(*table, true);
      return;
    }
    names += (names.empty() ? "" : ", ") + std::string(base.name);
  }
  reader.Refuse(kTomlUnknownBase, node->source(), "base is one of " + names);
}

}  // namespace

Result<Terms> ParseSource(std::string_view text, std::string_view file_name,
                          std::vector<Problem>& problems) {
  const std::size_t before = problems.size();
  Draft draft;
  Reader reader(file_name, draft, problems);
  const std::optional<toml::table> root = Parse(text, reader);
  if (root) {
    ReadBase(*root, reader, draft, problems);
    reader.ReadRoot(*root, false);
  }
  // What is missing can be said only of a source that was understood.
  if (problems.size() == before) {
    for (const Field& field : Fields()) {
      if (draft.given[field.number] || field.min == 0) continue;
      reader.Add(kTomlMissingKey, 1, 1, "'" + SourcePath(field.number) + "' is missing");
    }
  }
  if (problems.size() != before) return problems[before].status;
  return draft.terms;
}

Result<Terms> ReadSource(const std::string& path, std::vector<Problem>& problems) {
  const auto text = ReadFile(path, kMaxSourceBytes);
  if (!text.ok()) {
    problems.push_back({text.status(), path + ": cannot be read"});
    return text.status();
  }
  const std::string_view view(reinterpret_cast<const char*>(text->data()), text->size());
  return ParseSource(view, path, problems);
}

}  // namespace torpor::contract::sign

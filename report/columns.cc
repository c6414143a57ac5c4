#include "report/columns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace torpor::report {
namespace {

using nlohmann::ordered_json;

ordered_json One(const Value& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

std::vector<std::pair<Value, std::size_t>> Runs(std::span<const Value> values) {
  std::vector<std::pair<Value, std::size_t>> runs;
  for (const Value& value : values) {
    if (!runs.empty() && runs.back().first == value) {
      ++runs.back().second;
    } else {
      runs.emplace_back(value, 1);
    }
  }
  return runs;
}

// How long a number is in text, nearly.
std::size_t Digits(const Value& value) {
  std::size_t digits = 1;
  if (!value) return 4;
  for (std::int64_t rest = *value / 10; rest != 0; rest /= 10) ++digits;
  return digits + (*value < 0 ? 1 : 0);
}

struct Encoded {
  ordered_json json = ordered_json::object();
  std::size_t length = 0;
};

Encoded Encode(std::span<const Value> values, bool delta) {
  const auto runs = Runs(values);
  std::size_t plain = 0;
  std::size_t in_runs = 0;
  for (const Value& value : values) plain += Digits(value) + 1;
  for (const auto& [value, times] : runs) {
    in_runs += Digits(value) + Digits(static_cast<std::int64_t>(times)) + 2;
  }
  Encoded encoded;
  if (delta) encoded.json["delta"] = true;
  auto list = ordered_json::array();
  if (in_runs < plain) {
    for (const auto& [value, times] : runs) {
      list.push_back(One(value));
      list.push_back(times);
    }
  } else {
    for (const Value& value : values) list.push_back(One(value));
  }
  encoded.json[in_runs < plain ? "runs" : "plain"] = std::move(list);
  encoded.length = std::min(plain, in_runs);
  return encoded;
}

}  // namespace

ordered_json Column(std::span<const Value> values) {
  Encoded as_they_are = Encode(values, false);
  if (std::ranges::any_of(values, [](const Value& value) { return !value; })) {
    return std::move(as_they_are.json);
  }
  std::vector<Value> differences;
  differences.reserve(values.size());
  std::int64_t before = 0;
  for (const Value& value : values) {
    differences.emplace_back(*value - before);
    before = *value;
  }
  Encoded as_differences = Encode(differences, true);
  return std::move(as_differences.length < as_they_are.length ? as_differences.json
                                                              : as_they_are.json);
}

std::vector<Value> Expand(const ordered_json& column) {
  std::vector<Value> values;
  const auto read = [](const ordered_json& one) {
    return one.is_null() ? Value{} : Value(one.get<std::int64_t>());
  };
  if (column.contains("plain")) {
    for (const auto& one : column["plain"]) values.push_back(read(one));
  } else {
    const auto& runs = column.at("runs");
    for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
      values.insert(values.end(), runs[i + 1].get<std::size_t>(), read(runs[i]));
    }
  }
  if (!column.value("delta", false)) return values;
  std::int64_t sum = 0;
  for (Value& value : values) value = sum += value.value_or(0);
  return values;
}

}  // namespace torpor::report
